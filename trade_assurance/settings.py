"""One settings file; everything that differs between machines comes from the environment (README, "Configuration")."""

from operator import attrgetter
from pathlib import Path
from urllib.parse import urlsplit

import environ

from trade_assurance.logs import configured
from trade_assurance.rest.described import OAUTH2_PROVIDER, SPECTACULAR_SETTINGS  # noqa: F401 - settings
from trade_assurance.staff_look import UNFOLD  # noqa: F401 - a setting

BASE_DIR = Path(__file__).resolve().parent.parent
DATA = BASE_DIR / ".data"  # what a machine without services keeps: embedded servers, mail as files, beat's clock
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")


def needed(name, local):
    """A setting that has a default on a developer's machine and none in production."""
    return env(name, default=local if LOCAL else environ.Env.NOTSET)


# --- where we are
DEBUG = env.bool("DEBUG", False)
DEMO = env.bool("DEMO", False)  # demo sign-ins, the sandbox's hosted pages, no forced second factor for staff
LOCAL = DEBUG or DEMO
SECRET_KEY = needed("SECRET_KEY", "only-for-development-and-never-for-money")
SITE_URL = needed("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
OPERATOR_NAME = env("OPERATOR_NAME", default="the operator of this site")  # whom the terms bind
CONTACT_EMAIL = env("CONTACT_EMAIL", default="help@trade-assurance.example")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", urlsplit(SITE_URL).hostname])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])
HTTPS = SITE_URL.startswith("https://")

# --- the parts
INSTALLED_APPS = [
    "trade_assurance",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "oauth2_provider",
    "django_htmx",
    "django_cotton",
    "heroicons",
    "django_fsm",
    "pgtrigger",
    "pghistory",
    "events",
    "ledger",
    "accounts",
    "suppliers",
    "orders",
    "payments",
    "disputes",
    "notifications",
]

MIDDLEWARE = [
    "trade_assurance.middleware.request_id",
    "trade_assurance.middleware.isolation_headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "accounts.middleware.StaffRules",
    "accounts.middleware.person",
    "payments.fraud.sightings.watch",
    "trade_assurance.middleware.PolicyMiddleware",
]

ROOT_URLCONF = "trade_assurance.urls"
WSGI_APPLICATION = "trade_assurance.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "trade_assurance.context.site",
                "notifications.context.inbox",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "trade_assurance.templatetags.say",
                "trade_assurance.templatetags.ta",
            ],
        },
    }
]

# --- databases: no SQL state outlives a transaction, so pgbouncer in transaction mode works
DATABASES = {
    "default": env.db("DATABASE_URL", default="postgres://postgres@127.0.0.1:5432/trade_assurance")
    | {
        "ATOMIC_REQUESTS": False,
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", 60),
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
}
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
REDIS_URL = env("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "site",
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
    }
}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["trade_assurance.formats"]

# --- files
STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
S3_ENDPOINT_URL = env("S3_ENDPOINT_URL", default="") or None  # none: Amazon's
S3_BUCKET = env("S3_BUCKET", default="")  # set, contract files and evidence live there and not in MEDIA_ROOT
STORAGES = {
    "default": {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": S3_ENDPOINT_URL,
            "region_name": env("S3_REGION", default="us-east-1"),
            "access_key": env("S3_ACCESS_KEY", default="") or None,  # without one, what the machine's role may
            "secret_key": env("S3_SECRET_KEY", default="") or None,
            "signature_version": "s3v4",
            "addressing_style": env("S3_ADDRESSING_STYLE", default="path" if S3_ENDPOINT_URL else "auto"),
            "default_acl": None,
            "file_overwrite": False,
            "max_memory_size": 2 * 2**20,  # larger downloads pass through a temporary file
        },
    }
    if S3_BUCKET
    else {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
MEDIA_ROOT = Path(env("MEDIA_ROOT", default=str(BASE_DIR / "media")))

# --- pages and their protection (quality.md §3)
SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", False) else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],  # data: the QR code of a second factor
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "manifest-src": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
    | ({"upgrade-insecure-requests": True} if HTTPS else {})
}
CSP_ADDED = {  # by path: what pages of others' making need beyond it
    "/admin/": {"script-src": ["'unsafe-eval'", "'unsafe-inline'"], "style-src": ["'unsafe-inline'"]},
    "/api/docs/": {"style-src": ["'unsafe-inline'"]},
    "/dev/mail/": {"style-src": ["'unsafe-inline'"]},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

# --- e-mail
if env("EMAIL_URL", default=""):
    globals().update(env.email_url("EMAIL_URL"))
elif LOCAL:
    EMAIL_BACKEND, EMAIL_FILE_PATH = "django.core.mail.backends.filebased.EmailBackend", DATA / "mail"
EMAIL_TIMEOUT = 20  # seconds; a letter is leased for longer (accounts.mails)
DEFAULT_FROM_EMAIL = env("FROM_EMAIL", default=f"Trade Assurance <no-reply@{urlsplit(SITE_URL).hostname}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- API (docs/api.md)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "trade_assurance.rest.authentication.KeyAuthentication",
        "trade_assurance.rest.authentication.TokenAuthentication",
        "trade_assurance.rest.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["trade_assurance.rest.authentication.InScope"],
    "DEFAULT_THROTTLE_CLASSES": ["trade_assurance.rest.limits.Limit"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["trade_assurance.rest.parsing.BoundedJSON"],
    "DEFAULT_PAGINATION_CLASS": "trade_assurance.rest.paging.Keyset",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "trade_assurance.rest.schema.Schema",
    "EXCEPTION_HANDLER": "trade_assurance.rest.problems.handler",
    "URL_FORMAT_OVERRIDE": None,
    "NUM_PROXIES": env.int("TRUSTED_PROXY_COUNT", 0),
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SILENCED_SYSTEM_CHECKS = ["oauth2_provider.W008"]  # http: accounts.actions lets loopback redirects alone have it
API_LIMITS = {  # requests a minute, of each key or person; of each address for guesses at keys
    "read": env.int("API_READS_A_MINUTE", 600),
    "write": env.int("API_WRITES_A_MINUTE", 120),
    "visitor": env.int("API_GUESSES_A_MINUTE", 30),
}

# --- logs: one line per event, as JSON in production, with the request's id
LOG_LEVEL = env("LOG_LEVEL", default="INFO").upper()
LOGGING = configured(level=LOG_LEVEL, local=LOCAL)
if env("SENTRY_DSN", default=""):
    import sentry_sdk

    sentry_sdk.init(
        dsn=env("SENTRY_DSN"),
        send_default_pii=False,
        include_local_variables=False,  # a variable or a form can hold a limit that was sealed (product.md §6.10)
        max_request_body_size="never",
        environment=urlsplit(SITE_URL).hostname,
    )

# The bank that holds buyers' money; each supplier's designated account is a number of ours there.
DESIGNATED_BANK = {
    "name": env("DESIGNATED_BANK_NAME", default="Citibank"),
    "holder": env("DESIGNATED_BANK_HOLDER", default="Trade Assurance for {supplier}"),
    "prefix": env("DESIGNATED_BANK_PREFIX", default="DEMO"),
    "swift": env("DESIGNATED_BANK_SWIFT", default="CITIXX00XXX"),
}


# accounts
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/dashboard/"
AUTHENTICATION_BACKENDS = ["notifications.signing_in.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "full_name", "company_name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文"), ("es", "Español")]
SESSION_ENGINE = "django.contrib.sessions.backends.db"  # so that no page needs Valkey
SESSION_COOKIE_AGE = 14 * 24 * 3600  # "keep me signed in"; without it the session ends with the browser
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
STAFF_SESSION_IDLE = 30 * 60
STAFF_SESSION_AGE = 8 * 3600
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0)  # proxies in front that append X-Forwarded-For
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {"signup": "trade_assurance.signup.SignupForm"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = attrgetter("display_name")
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CHANGE_EMAIL = True  # one address; the old one counts until the new one is confirmed
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # in the browser that signed up
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60
ACCOUNT_DEFAULT_HTTP_PROTOCOL = SITE_URL.partition(":")[0]
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key", "signup": "10/m/ip", "reset_password": "10/m/ip,3/m/key"}
MFA_ADAPTER = "accounts.adapters.MFAAdapter"
MFA_FORMS = {
    "login_webauthn": "accounts.passkeys.LoginForm",
    "authenticate_webauthn": "accounts.passkeys.AuthenticateForm",
    "reauthenticate_webauthn": "accounts.passkeys.ReauthenticateForm",
    "add_webauthn": "accounts.passkeys.AddForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Trade Assurance"
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG or DEMO  # passkeys over http://localhost

# personal data: how long a person can think again, and how long the law wants contracts and cases kept
ERASURE_WAIT_DAYS = env.int("ERASURE_WAIT_DAYS", 3)
CONTRACTS_KEPT_YEARS = env.int("CONTRACTS_KEPT_YEARS", 10)

# disputes: whose holidays are no business days, what scans evidence, and the key of sealed limits (ADR 9)
PLATFORM_COUNTRY = env("PLATFORM_COUNTRY", default="NL")
EVIDENCE_SCANNER = env("EVIDENCE_SCANNER", default="")  # dotted path of a virus scanner's function (README)
SEALING_KEY = env("SEALING_KEY", default="")  # without one it is derived from SECRET_KEY
CASE_FILE_KEY = env("CASE_FILE_KEY", default="")  # signs case files (ADR 23); without one from SECRET_KEY
CASE_FILE_RATES = {"case_file": "10/10m/user", "verify": "20/10m/ip"}  # how often one is made, and checked

# the daily close: from when on what it finds is to be looked at, in days
CLOSE_CLEARING_DAYS = env.int("CLOSE_CLEARING_DAYS", 10)  # card and online money that a gateway has not settled
CLOSE_SENDING_DAYS = env.int("CLOSE_SENDING_DAYS", 7)  # refunds and payouts on their way through the bank
CLOSE_STATEMENT_DAYS = env.int("CLOSE_STATEMENT_DAYS", 4)  # days without a bank statement
RATES_STALE_DAYS = env.int("RATES_STALE_DAYS", 3)  # business days that a reference rate serves

# payments: which gateway takes and sends the money of each method; none outside the demo unless named
SANDBOX = env.bool("SANDBOX", LOCAL)  # the pretend bank and its pages
PAYMENT_GATEWAYS = env.dict(
    "PAYMENT_GATEWAYS",
    default=dict.fromkeys(("card", "online", "tt"), "payments.gateways.sandbox.gateway.Sandbox") if SANDBOX else {},
)
BANK_ACCOUNTS = env.list("BANK_ACCOUNTS", default=[])  # our accounts at the bank: IBANs, or what its statements say
PAYOUT_WORDS = env.dict("PAYOUT_WORDS", default={"stripe": "STRIPE"})  # gateway=word that its payouts' sender has
STRIPE_SECRET_KEY = env("STRIPE_SECRET_KEY", default="")  # sk_ or, better, a restricted rk_
STRIPE_WEBHOOK_SECRETS = env.list("STRIPE_WEBHOOK_SECRETS", default=[])  # several while one takes another's place
STRIPE_WEBHOOK_TOLERANCE = env.int("STRIPE_WEBHOOK_TOLERANCE", 300)  # seconds that a report may be old
STRIPE_API_BASE = env("STRIPE_API_BASE", default="https://api.stripe.com").rstrip("/")
STRIPE_TIMEOUT = env.int("STRIPE_TIMEOUT", 20)  # seconds that an answer may take; then it is unknown
STRIPE_CHECKOUT_HOSTS = env.list("STRIPE_CHECKOUT_HOSTS", default=["https://checkout.stripe.com"])  # its hosted page
if any("stripe" in path for path in PAYMENT_GATEWAYS.values()):  # browsers hold a form's redirects to form-action too
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"] += STRIPE_CHECKOUT_HOSTS
# our own account that transfers leave from, by currency: {"EUR": {"holder": …, "iban": …, "bic": …, "country": …}}
PAYING_ACCOUNTS = env.json("PAYING_ACCOUNTS", default={})
FRAUD_THRESHOLD = env.int("FRAUD_THRESHOLD", 100)  # the score from which a payment is held for review
FRAUD_WEIGHTS = {name: int(weight) for name, weight in env.dict("FRAUD_WEIGHTS", default={}).items()}  # rule=weight,…
FRAUD_SIGHTINGS = env.bool("FRAUD_SIGHTINGS", not DEMO)  # note devices and addresses; in a demo one visitor plays all
SANDBOX_BANK_DELAY = env.int("SANDBOX_BANK_DELAY", 20)  # seconds until money at the pretend bank arrives
SANDBOX_COST_BP = env.int("SANDBOX_COST_BP", 259)  # what it keeps of card and online money, in basis points
SANDBOX_UNREACHABLE = env.bool("SANDBOX_UNREACHABLE", False)  # play a bank that does not answer

# carriers: who is asked where goods are: sandbox, aftership, none, or the path of a class (orders/tracking)
TRACKING = env("TRACKING", default="sandbox" if SANDBOX else "none")
AFTERSHIP_API_KEY = env("AFTERSHIP_API_KEY", default="")
AFTERSHIP_API_BASE = env("AFTERSHIP_API_BASE", default="https://api.aftership.com/tracking/2026-07").rstrip("/")
AFTERSHIP_TIMEOUT = env.int("AFTERSHIP_TIMEOUT", 10)  # seconds that an answer may take; then it is unknown

# webhooks: what systems are told (docs/webhooks.md)
WEBHOOK_RUNS = env.int("WEBHOOK_RUNS", 1)  # workers that send at the same time
WEBHOOK_CA_FILE = env("WEBHOOK_CA_FILE", default="")  # certificates to trust instead of the system's
WEBHOOK_LOCALHOST = LOCAL and env.bool("WEBHOOK_LOCALHOST", False)  # a developer's own machine, by http too

# web push: notices in browsers, by this VAPID key (RFC 8292). Without one there is none of it; in a demo one is made
WEB_PUSH_KEY = env("WEB_PUSH_KEY", default="")
