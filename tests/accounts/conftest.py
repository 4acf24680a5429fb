import re

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts import actions

PASSWORD = "river stone lantern 42"


@pytest.fixture
def person(db):
    """A buyer with a confirmed address, made as sign-up makes one."""
    return make_person("mere@southern.example", full_name="Mere Tane", company_name="Southern Imports", country="NZ")


def make_person(email, **fields):
    extra = {name: fields.pop(name) for name in ("is_staff", "is_superuser") if name in fields}
    verified = fields.pop("verified", True)
    user = actions.register(email=email, password=PASSWORD, now=timezone.now(), verified=verified, **fields)
    if extra:
        for name, value in extra.items():
            setattr(user, name, value)
        user.save()
    assert EmailAddress.objects.filter(user=user, verified=verified).exists()
    return user


def sign_in(client, email, password=PASSWORD, **extra):
    return client.post("/accounts/login/", {"login": email, "password": password, **extra})


def links(text):
    return re.findall(r"https?://[^/\s]+(/\S+)", text)
