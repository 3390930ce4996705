"""Every setting that comes from outside is read here, and nowhere else.

A value is taken from the environment; outside production it falls back to `environment.json` in DATA_DIR, which `make run`
writes (mode 0600: it holds secrets), so that `manage.py` in a second shell speaks to the running system; then to its
default. Production reads the environment alone and refuses to start when a required name is missing. Each name, with its
meaning and defaults, stands in the table of settings in the README.
"""

import json
import os
import secrets
from base64 import b64encode
from pathlib import Path
from typing import Any

import structlog
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

BASE_DIR = Path(__file__).resolve().parent.parent
LOOPBACK = ("localhost", "127.0.0.1", "::1", "[::1]")


def data_dir() -> Path:
    return Path(os.environ.get("DATA_DIR") or BASE_DIR / ".data").resolve()


class Environment:
    """Typed look-ups that name what is missing."""

    def __init__(self) -> None:
        self.name = os.environ.get("ENVIRONMENT", "development")
        if self.name not in ("development", "test", "production"):
            raise ImproperlyConfigured(f"ENVIRONMENT is {self.name!r}; it must be development, test or production")
        self.data_dir = data_dir()
        self._kept = {} if self.name != "development" else self._read_kept()

    @property
    def production(self) -> bool:
        return self.name == "production"

    def _read_kept(self) -> dict[str, str]:
        try:
            kept: dict[str, str] = json.loads((self.data_dir / "environment.json").read_text())
        except FileNotFoundError:
            return {}
        return kept

    def text(self, name: str, default: str = "") -> str:
        return os.environ.get(name) or self._kept.get(name) or default

    def required(self, name: str, default: str = "") -> str:
        """The default counts outside production only."""
        value = self.text(name, "" if self.production else default)
        if not value:
            raise ImproperlyConfigured(f"{name} is not set")
        return value

    def listing(self, name: str, default: str = "") -> list[str]:
        return [part.strip() for part in self.text(name, default).split(",") if part.strip()]

    def number(self, name: str, default: int) -> int:
        value = self.text(name, str(default))
        if not value.isdecimal():
            raise ImproperlyConfigured(f"{name} is {value!r}; it must be a whole number")
        return int(value)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.text(name, "1" if default else "0").lower()
        if value not in ("1", "0", "true", "false", "on", "off"):
            raise ImproperlyConfigured(f"{name} is {value!r}; it must be 1 or 0")
        return value in ("1", "true", "on")


def throwaway_key() -> str:
    """For commands that run before the first `make run`, such as makemigrations: nothing outlives the process."""
    return secrets.token_urlsafe(48)


def throwaway_encryption_key() -> str:
    return "dev:" + b64encode(secrets.token_bytes(32)).decode()


APPLICATION_LIMITS = "-c lock_timeout=3s -c statement_timeout=15s -c idle_in_transaction_session_timeout=30s"
# PostgreSQL takes a disk to be one that turns, and walks past a hundred thousand orders of another company rather than jump.
SOLID_STATE = "-c random_page_cost=1.1"


def database(url: str, limits: str = "") -> dict[str, Any]:
    """Django's form of a libpq address; `limits` keep one request from holding up the others."""
    parts = conninfo_to_dict(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **parts,
            "options": f"{SOLID_STATE} {limits}",
            "prepare_threshold": 1,
        },  # for what asks for it: apps.core.prepared
    }


def databases(env: Environment) -> dict[str, dict[str, Any]]:
    """`default` is the application's role; `owner` is for migrate, apply_grants and the like, and no request uses it."""
    url = env.required("DATABASE_URL", "postgresql://chargecars_app@127.0.0.1:5432/chargecars")
    owner_url = env.text("MIGRATION_DATABASE_URL", url)
    owner = database(owner_url)
    owner["CONN_MAX_AGE"] = 0
    owner["TEST"] = {"MIRROR": "default"}
    return {"default": database(url, APPLICATION_LIMITS), "owner": owner}


def outbound_allow_hosts(env: Environment) -> list[str]:
    hosts = env.listing("OUTBOUND_ALLOW_HOSTS", "" if env.production else "localhost,127.0.0.1,::1")
    if env.production and any(host in LOOPBACK or host.startswith("127.") for host in hosts):
        raise ImproperlyConfigured("OUTBOUND_ALLOW_HOSTS lists a loopback address, which production refuses")
    return hosts


def logging(env: Environment) -> dict[str, Any]:
    """One line per event on stderr: readable for people, JSON for machines."""
    json_lines = env.text("LOG_FORMAT", "json" if env.production else "console") == "json"
    last = structlog.processors.JSONRenderer() if json_lines else structlog.dev.ConsoleRenderer(colors=False)
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processor": last,
                "foreign_pre_chain": shared,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": env.text("LOG_LEVEL", "INFO")},
        "loggers": {"django": {"level": "INFO", "propagate": True, "handlers": []}},
    }
