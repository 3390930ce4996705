"""Django's settings. What comes from outside is read and documented in `chargecars.environment`."""

from datetime import timedelta

from corsheaders.defaults import default_headers
from django.core.exceptions import ImproperlyConfigured

from chargecars import environment
from chargecars.environment import BASE_DIR, Environment
from chargecars.unfold import UNFOLD  # noqa: F401 - a setting

env = Environment()

# Who and where we are
ENVIRONMENT = env.name
PRODUCTION = env.production
DEBUG = False
DEMO = env.flag("DEMO", default=ENVIRONMENT == "development")
if PRODUCTION and DEMO:
    raise ImproperlyConfigured("DEMO is on, which production refuses")
DATA_DIR = env.data_dir
PORT = env.number("PORT", 8000)
PUBLIC_BASE_URL = env.required("PUBLIC_BASE_URL", f"http://localhost:{PORT}").rstrip("/")
NUM_PROXIES = env.number("NUM_PROXIES", 1 if PRODUCTION else 0)

# Secrets
SECRET_KEY = env.required("SECRET_KEY", environment.throwaway_key())
SECRET_KEY_FALLBACKS = env.listing("SECRET_KEY_FALLBACKS")
env.required("FIELD_ENCRYPTION_KEYS", "-")
FIELD_ENCRYPTION_KEYS = env.listing("FIELD_ENCRYPTION_KEYS", environment.throwaway_encryption_key())
REQUIRE_MFA = env.flag("REQUIRE_MFA", default=PRODUCTION)
OUTBOUND_ALLOW_HOSTS = environment.outbound_allow_hosts(env)

# The house
APPS = [
    "apps.core",
    "apps.audit",
    "apps.events",
    "apps.gateway",
    "apps.accounts",
    "apps.files",
    "apps.organizations",
    "apps.workflow",
    "apps.catalog",
    "apps.communication",
    "apps.orders",
    "apps.finance",
    "apps.partners",
    "apps.support",
    "apps.reporting",
]
INSTALLED_APPS = [
    "unfold",  # before django.contrib.admin: its templates win
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_fsm",
    "simple_history",
    "pgtrigger",
    "django_celery_beat",
    "anymail",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "corsheaders",
    "csp",
    *APPS,
]
AUTH_USER_MODEL = "accounts.User"
ROOT_URLCONF = "chargecars.urls"
WSGI_APPLICATION = "chargecars.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = False
FIXTURE_DIRS = [BASE_DIR / "fixtures"]

MIDDLEWARE = [
    "chargecars.metrics.Measured",
    "apps.core.middleware.RequestContextMiddleware",
    "chargecars.middleware.ResponseHeaders",
    "apps.gateway.middleware.UsageLogMiddleware",  # outside the guard: what it refuses is a call too
    "apps.core.middleware.InputGuard",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.core.middleware.ActorMiddleware",
    "apps.accounts.middleware.SessionSeen",
    "allauth.account.middleware.AccountMiddleware",
    "apps.accounts.middleware.FactorRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "chargecars.middleware.ContentSecurityPolicy",
    "apps.gateway.middleware.StrangersPages",
    "axes.middleware.AxesMiddleware",  # last, as axes asks
]

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
            ],
        },
    },
]

# Data
DATABASES = environment.databases(env)
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}  # nothing shared may depend on a cache
MEDIA_ROOT = DATA_DIR / "media"  # outside the web root: a view that checks permission serves it
MAILBOX_DIR = DATA_DIR / "mail"
FILE_UPLOAD_PERMISSIONS = 0o640
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 10
SIMPLE_HISTORY_DATE_INDEX = False  # a version is looked up by its record, and written often
SIMPLE_HISTORY_REVERT_DISABLED = True  # a record goes back by a business act, never by a copy of an old row

# Language and time
USE_TZ = True
TIME_ZONE = "Europe/Amsterdam"
USE_I18N = True
LANGUAGE_CODE = "nl"
LANGUAGES = [("nl", "Nederlands"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "chargecars" / "locale"]
FORMAT_MODULE_PATH = ["chargecars.formats"]

# Static files, from the same process
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
WHITENOISE_USE_FINDERS = not PRODUCTION
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# Signing in
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "apps.accounts.backends.LoginBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/admin/login/"
LOGIN_REDIRECT_URL = "/admin/"
AXES_HANDLER = "axes.handlers.database.AxesDatabaseHandler"  # the lock-out survives a lost Redis
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "apps.accounts.backends.login_name"
AXES_LOCKOUT_CALLABLE = "apps.accounts.backends.locked_out"
AXES_HTTP_RESPONSE_CODE = 429
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "apps.core.middleware.client_ip"  # one answer to who is calling
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True  # the audit log has it
# allauth keeps the second factors; nobody signs up, and it has no say in who a person is or in how often one may fail
ACCOUNT_ADAPTER = "apps.accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = str
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False  # it counts in a cache of each process; axes and ours count in the database
ACCOUNT_FORMS = {"reauthenticate": "apps.accounts.forms.PasswordAgainForm"}
MFA_ADAPTER = "apps.accounts.adapters.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "ChargeCars"
MFA_TOTP_TOLERANCE = 1  # half a minute that a phone's clock may be off
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = False
MFA_FORMS = {
    "authenticate": "apps.accounts.forms.CodeForm",
    "reauthenticate": "apps.accounts.forms.CodeAgainForm",
    "authenticate_webauthn": "apps.accounts.forms.PasskeyForm",
    "reauthenticate_webauthn": "apps.accounts.forms.PasskeyAgainForm",
    "activate_totp": "apps.accounts.forms.NewAppForm",
    "add_webauthn": "apps.accounts.forms.NewPasskeyForm",
    "edit_webauthn": "apps.accounts.forms.PasskeyNameForm",
}
ACCESS_TOKEN_LIFETIME = timedelta(hours=24) if DEMO else timedelta(minutes=15)
REFRESH_TOKEN_LIFETIME = timedelta(days=7)

# Sessions live in the database: losing Redis must not log staff out
SESSION_ENGINE = "apps.accounts.sessions"
SESSION_IDLE_TIME = timedelta(minutes=env.number("SESSION_IDLE_MINUTES", 30))
SESSION_MAX_TIME = timedelta(hours=12)
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_NAME = "__Host-sid" if PRODUCTION else "sid"
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCTION else "csrf"

# The edge
env.required("ALLOWED_HOSTS", "-")
ALLOWED_HOSTS = env.listing("ALLOWED_HOSTS", "*")
CSRF_TRUSTED_ORIGINS = [PUBLIC_BASE_URL]
CORS_ALLOWED_ORIGINS = env.listing("CORS_ALLOWED_ORIGINS")
CORS_URLS_REGEX = r"^/api/"  # no front end elsewhere has business with the pages of staff
USE_X_FORWARDED_HOST = False
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # the load balancer asks inside, without TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if NUM_PROXIES else None  # our proxy overwrites it
SECURE_HSTS_SECONDS = 63_072_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
}

# The API
REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "apps.core.api.schema.ApiSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.core.api.parsers.StrictJSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.accounts.api.authentication.ApiKeyAuthentication",
        "apps.accounts.api.authentication.TokenAuthentication",
        "apps.accounts.api.authentication.BrowserAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["apps.accounts.api.permissions.MayCall"],
    "DEFAULT_METADATA_CLASS": None,
    "URL_FORMAT_OVERRIDE": None,  # one shape of answer; `format` is a parameter that no list knows
    "EXCEPTION_HANDLER": "apps.core.api.problems.exception_handler",
    "NUM_PROXIES": NUM_PROXIES,
    "STRICT_JSON": True,
}
# Calls a minute: by a person or key; by address at a public door, at those where people sign in, and with a bad credential or
# none elsewhere. Partners have their own. A whole office signs in and refreshes its tokens from one address; guessing one
# name's password ends after five (axes).
RATE_LIMITS = {"user": 1_000, "public": 10, "sign_in": 60, "stranger": 120}
CORS_ALLOW_HEADERS = [*default_headers, "idempotency-key", "x-request-id"]
CORS_EXPOSE_HEADERS = [
    "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After", "Idempotent-Replayed", "X-Request-ID",
]  # fmt: skip
SPECTACULAR_SETTINGS = {
    "TITLE": "ChargeCars",
    "DESCRIPTION": "Orders, statuses and partners of the ChargeCars back office.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {"PriorityEnum": "apps.orders.choices.Priority.choices"},  # of orders and of tickets
}

# Background work. A task is a nudge to look at a row, so it may run twice or get lost.
REDIS_URL = env.required("REDIS_URL", "redis://127.0.0.1:6379/0")
CELERY_BROKER_URL = REDIS_URL if ENVIRONMENT != "test" else "memory://"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "health_check_interval": 25,
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 60
CELERY_TASK_SOFT_TIME_LIMIT = 45
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_BACKEND = None
CELERY_RESULT_EXPIRES = None  # there are no results to clean up
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.2}
CELERY_TIMEZONE = "UTC"  # a local clock would skip an hour in October; daily local slots are computed by us
CELERY_BEAT_SCHEDULER = "apps.events.schedule:StaffScheduler"
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {  # seconds; what a schedule is at first, staff may change its row
    "events-sweep": {"task": "events.sweep", "schedule": 5.0, "options": {"expire_seconds": 5}},
    "events-purge": {"task": "events.purge", "schedule": 3600.0},
    "communication-send-due": {"task": "communication.send_due_messages", "schedule": 10.0, "options": {"expire_seconds": 10}},
    "communication-staff-mail": {"task": "communication.send_staff_mail", "schedule": 10.0, "options": {"expire_seconds": 10}},
    "communication-staff-digest": {"task": "communication.staff_digest", "schedule": 600.0},
    "partners-send-due": {"task": "partners.send_due", "schedule": 5.0, "options": {"expire_seconds": 5}},
    "partners-health": {"task": "partners.refresh_health", "schedule": 300.0},
    "reporting-figures": {"task": "reporting.add_changes", "schedule": 60.0, "options": {"expire_seconds": 60}},
    "files-orphans": {"task": "files.remove_orphans", "schedule": 24 * 3600.0},
    "gateway-purge": {"task": "gateway.forget_old", "schedule": 3600.0},
    "accounts-sessions": {"task": "accounts.forget_ended_sessions", "schedule": 3600.0},
    "accounts-bulk-runs": {"task": "accounts.forget_old_bulk_runs", "schedule": 24 * 3600.0},
    "finance-summaries": {"task": "finance.update_financial_summaries", "schedule": 24 * 3600.0},
    "finance-commissions": {"task": "finance.work_out_commissions", "schedule": 3600.0},
    "workflow-sla-monitoring": {"task": "workflow.process_sla_monitoring", "schedule": 3600.0},
    "orders-holds": {"task": "orders.watch_holds", "schedule": 3600.0},
    "finance-invoice-completed": {"task": "finance.invoice_completed_orders", "schedule": 3600.0},
    "finance-bank-files": {"task": "finance.import_bank_files", "schedule": 60.0, "options": {"expire_seconds": 60}},
    "finance-online": {"task": "finance.ask_online_payments", "schedule": 20.0, "options": {"expire_seconds": 20}},
    "finance-reconcile": {"task": "finance.reconcile", "schedule": 3600.0},
    "finance-overdue": {"task": "finance.mark_overdue", "schedule": 3600.0},
    "finance-collect": {"task": "finance.collect_due", "schedule": 3600.0},
    "finance-accounting-queue": {"task": "finance.queue_exports", "schedule": 600.0},
    "finance-accounting-send": {"task": "finance.send_exports", "schedule": 30.0, "options": {"expire_seconds": 30}},
    "reporting-mail": {"task": "reporting.send_reports", "schedule": 60.0, "options": {"expire_seconds": 60}},
    "support-promises": {"task": "support.watch_promises", "schedule": 300.0},
    "support-close": {"task": "support.close_resolved", "schedule": 3600.0},
    "audit-partitions": {"task": "audit.keep_partitions", "schedule": 6 * 3600.0},
}
DJANGO_CELERY_BEAT_TZ_AWARE = True

# Payments
MOLLIE_API_URL = env.text("MOLLIE_API_URL", "https://api.mollie.com/v2").rstrip("/")
# The pay page sends the browser on to the provider, and that one to the bank of the customer's choice.
CHECKOUT_SOURCES = ["https:"] if PRODUCTION else ["https:", "http://127.0.0.1:*"]

# Accounting systems of the companies
EXACT_URL = env.text("EXACT_URL", "https://start.exactonline.nl").rstrip("/")
XERO_LOGIN_URL = env.text("XERO_LOGIN_URL", "https://login.xero.com").rstrip("/")
XERO_IDENTITY_URL = env.text("XERO_IDENTITY_URL", "https://identity.xero.com").rstrip("/")
XERO_API_URL = env.text("XERO_API_URL", "https://api.xero.com").rstrip("/")

# SMS and WhatsApp
MESSAGEBIRD_REST_URL = env.text("MESSAGEBIRD_REST_URL", "https://rest.messagebird.com").rstrip("/")
MESSAGEBIRD_CONVERSATIONS_URL = env.text("MESSAGEBIRD_CONVERSATIONS_URL", "https://conversations.messagebird.com/v1").rstrip("/")

# Mail
EMAIL_PROVIDER = env.text("EMAIL_PROVIDER", "mailbox")
EMAIL_PROVIDERS = {
    "postmark": ("anymail.backends.postmark.EmailBackend", "POSTMARK_SERVER_TOKEN"),
    "sendgrid": ("anymail.backends.sendgrid.EmailBackend", "SENDGRID_API_KEY"),
    "mailgun": ("anymail.backends.mailgun.EmailBackend", "MAILGUN_API_KEY"),
}
if EMAIL_PROVIDER in EMAIL_PROVIDERS:
    EMAIL_BACKEND, _key_name = EMAIL_PROVIDERS[EMAIL_PROVIDER]
    EMAIL_API_KEY = env.text("EMAIL_API_KEY")
    if not EMAIL_API_KEY:
        raise ImproperlyConfigured(f"EMAIL_API_KEY is not set; EMAIL_PROVIDER={EMAIL_PROVIDER} needs it")
    ANYMAIL = {_key_name: EMAIL_API_KEY, "REQUESTS_TIMEOUT": (5, 20)}
elif EMAIL_PROVIDER == "mailbox":
    EMAIL_BACKEND = "apps.communication.clients.mailbox.MailboxBackend"
else:
    raise ImproperlyConfigured(f"EMAIL_PROVIDER is {EMAIL_PROVIDER!r}; known: mailbox, {', '.join(EMAIL_PROVIDERS)}")
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "ChargeCars <noreply@chargecars.nl>")

# Logs
LOGGING = environment.logging(env)
