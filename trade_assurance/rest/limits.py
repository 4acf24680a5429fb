"""How often one person's programs may ask, told in each answer (draft-ietf-httpapi-ratelimit-headers)."""

import time

import structlog
from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.throttling import BaseThrottle

logger = structlog.get_logger(__name__)
MINUTE = 60


class Limit(BaseThrottle):
    """So many requests a minute for each key, or person without one; `API_LIMITS` says how many.

    While Valkey is away nobody is refused: limits protect the service, not the money.
    """

    def allow_request(self, request, view) -> bool:
        policy = "read" if request.method in SAFE_METHODS else "write"
        if not (request.user and request.user.is_authenticated):
            policy = "visitor"
        quota, now = settings.API_LIMITS[policy], int(time.time())
        window, self.left_s = now // MINUTE, MINUTE - now % MINUTE
        used = self.count(f"api:{policy}:{self.who(request)}:{window}")
        told = getattr(request, "_request", request)
        told.rate_limit = (policy, quota, max(0, quota - used), self.left_s)
        return used <= quota

    def count(self, key: str) -> int:
        try:
            cache.add(key, 0, timeout=2 * MINUTE)
            return cache.incr(key)
        except (RedisError, OSError, ValueError) as error:
            logger.warning("limits not counted", error=type(error).__name__)
            return 0

    def who(self, request) -> str:
        if request.auth is not None:
            return f"{type(request.auth).__name__.lower()}-{request.auth.pk}"
        return str(request.user.pk) if request.user and request.user.is_authenticated else self.get_ident(request)

    def wait(self):
        return self.left_s


def tell(request, response) -> None:
    """Write the limit and what is left of it into the answer."""
    told = getattr(getattr(request, "_request", request), "rate_limit", None)
    if told is not None:
        policy, quota, left, left_s = told
        response["RateLimit-Policy"] = f'"{policy}";q={quota};w={MINUTE}'
        response["RateLimit"] = f'"{policy}";r={left};t={left_s}'
