"""Calling the API as a program does, with a key."""

import json
import uuid

from django.test import Client
from django.utils import timezone

from accounts import actions


class Caller:
    """A program with one key. `post` sends a new Idempotency-Key each time, unless `key` names one."""

    def __init__(self, user, scope="write"):
        self.key, self.secret = actions.make_key(user_id=user.pk, name="test", scope=scope, by=user, now=timezone.now())
        self.client = Client(raise_request_exception=False)

    def call(self, method, path, body=None, *, key=None, **headers):
        options = {}
        if body is not None:
            options = {"data": json.dumps(body), "content_type": "application/json"}
        headers = {"authorization": f"Bearer {self.secret}"} | headers
        if method != "GET":
            headers["idempotency-key"] = key or str(uuid.uuid4())
        address = path if path.startswith("/") else f"/api/v1/{path}"
        return self.client.generic(method, address, **options, headers=headers)

    def get(self, path, **headers):
        return self.call("GET", path, **headers)

    def post(self, path, body=None, *, key=None, **headers):
        return self.call("POST", path, body, key=key, **headers)

    def put(self, path, body=None, *, key=None, **headers):
        return self.call("PUT", path, body, key=key, **headers)

    def delete(self, path, *, key=None, **headers):
        return self.call("DELETE", path, key=key, **headers)
