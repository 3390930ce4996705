"""The command lines of the system's own processes."""

import sys

from chargecars.environment import Environment
from chargecars.runtime.configuration import Configuration


def web(configuration: Configuration) -> list[str]:
    """Request line and headers fit in 8 KiB and come within ten seconds, or are refused before any Python runs."""
    workers = Environment().number("WEB_WORKERS", 2)
    return [
        sys.executable, "-m", "granian", "chargecars.asgi:application", "--interface", "asginl",
        "--host", "0.0.0.0", "--port", str(configuration.port),  # noqa: S104 - a back office is for the whole network
        "--workers", str(workers), "--http", "1", "--no-ws",
        "--http1-buffer-size", "8192", "--http1-header-read-timeout", "10000",
        "--respawn-failed-workers", "--workers-kill-timeout", "15", "--workers-max-rss", "1024",
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
