"""The command lines of the system's own processes."""

import sys

from chargecars.environment import Environment
from chargecars.runtime.configuration import Configuration


def web(configuration: Configuration) -> list[str]:
    """Limits as a hostile client meets them: a short request line, few headers, a total time per request."""
    workers = Environment().number("WEB_WORKERS", 2)
    return [
        sys.executable, "-m", "gunicorn", "chargecars.wsgi",
        "--bind", f"0.0.0.0:{configuration.port}",
        "--workers", str(workers), "--threads", "4", "--worker-class", "gthread",
        "--limit-request-line", "4094", "--limit-request-fields", "60", "--limit-request-field_size", "8190",
        "--timeout", "30", "--graceful-timeout", "15", "--keep-alive", "5",
        "--max-requests", "5000", "--max-requests-jitter", "500",
        "--worker-tmp-dir", str(configuration.data_dir), "--no-control-socket",
    ]  # fmt: skip


def worker(configuration: Configuration) -> list[str]:
    concurrency = Environment().number("WORKER_CONCURRENCY", 2)
    return [
        sys.executable, "-m", "celery", "--app", "chargecars", "worker",
        "--loglevel", "INFO", "--concurrency", str(concurrency), "--without-gossip", "--without-mingle",
    ]  # fmt: skip


def beat(configuration: Configuration) -> list[str]:
    return [
        sys.executable, "-m", "celery", "--app", "chargecars", "beat",
        "--loglevel", "INFO", "--pidfile=",
    ]  # fmt: skip
