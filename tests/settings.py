"""The site's settings with what tests need: nothing leaves the machine, and nothing is slow on purpose."""

import os
import uuid

os.environ |= {"DEBUG": "0", "DEMO": "1", "SECRET_KEY": "tests", "SITE_URL": "http://testserver", "EMAIL_URL": ""}
os.environ.pop("SENTRY_DSN", None)

from trade_assurance.settings import *  # noqa: F403
from trade_assurance.settings import BASE_DIR, CACHES, DATABASES, LOGGING, STORAGES

ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
STATIC_ROOT = BASE_DIR / "static"  # as it is; nothing is collected for tests
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
CACHES = {"default": CACHES["default"] | {"KEY_PREFIX": f"test-{uuid.uuid4().hex}"}}  # runs side by side do not meet
DATABASES["default"] |= {"CONN_MAX_AGE": 0}
LOGGING["root"]["level"] = "WARNING"
WEB_PUSH_KEY = "WJTJ49nLgt2CWzAFP1Oq1JsjYBJbDkcVdYQp5dSp2U4"  # of nobody: 32 bytes, as any that are random
