"""What `make run` was asked to do, checked before anything starts."""

import fcntl
import json
import os
import secrets
from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO

from chargecars import environment
from chargecars.runtime import process
from chargecars.runtime.process import RuntimeProblem, reachable_by_all

SYSTEM_FOLDER = Path("/var/lib/chargecars")


@dataclass
class Configuration:
    """Folders, port and addresses; `values` is what the children get in their environment."""

    production: bool
    data_dir: Path
    port: int
    host_name: str = "localhost"  # what we call the system when we ask it: production answers to its own names only
    embedded_database: bool = False
    values: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @classmethod
    def from_environment(cls) -> "Configuration":
        env = environment.Environment()
        found = cls(production=env.production, data_dir=env.data_dir, port=env.number("PORT", 8000))
        found.host_name = next((name.lstrip(".") for name in env.listing("ALLOWED_HOSTS") if name != "*"), "localhost")
        if not 0 < found.port < 65536:
            raise RuntimeProblem(f"PORT is {found.port}; it must be between 1 and 65535")
        return found

    def check_port(self) -> None:
        if not process.port_is_free(self.port, "0.0.0.0"):  # noqa: S104 - the address that the web server binds
            raise RuntimeProblem(f"port {self.port} is busy; stop what uses it, or choose another: PORT=8001 make run")

    def prepare_data_dir(self) -> IO[str]:
        """Make DATA_DIR ours alone, as long as the file that is returned stays open."""
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            for name in ("log", "mail", "media", "static"):
                (self.data_dir / name).mkdir(exist_ok=True)
            lock = (self.data_dir / "lock").open("a")
        except PermissionError as error:
            raise RuntimeProblem(f"DATA_DIR {self.data_dir} cannot be written: it belongs to another user") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RuntimeProblem(f"another `make run` uses DATA_DIR {self.data_dir}; stop it, or set another") from error
        return lock

    def cluster_home(self) -> Path:
        """As root, PostgreSQL runs as somebody else, who must be able to reach the cluster; DATA_DIR says where it is."""
        note = self.data_dir / "postgres.path"
        if note.exists():
            return self.data_dir / note.read_text().strip()
        place = "postgres"
        if os.geteuid() == 0 and not reachable_by_all(self.data_dir):
            place = str(SYSTEM_FOLDER / sha256(os.fsencode(self.data_dir)).hexdigest()[:16])
            Path(place).mkdir(parents=True, exist_ok=True)
            if not reachable_by_all(Path(place)):
                raise RuntimeProblem(f"{place} cannot be reached by an unprivileged user; set DATABASE_URL instead")
        note.write_text(f"{place}\n")
        return self.data_dir / place

    def secrets_of_this_system(self) -> dict[str, str]:
        """Made once and kept; production brings its own."""
        if self.production:
            return {}
        kept = self.kept()
        return {
            "SECRET_KEY": kept.get("SECRET_KEY") or secrets.token_urlsafe(48),
            "FIELD_ENCRYPTION_KEYS": kept.get("FIELD_ENCRYPTION_KEYS") or "dev:" + b64encode(secrets.token_bytes(32)).decode(),
            "VALKEY_PASSWORD": kept.get("VALKEY_PASSWORD") or secrets.token_urlsafe(24),
        }

    def kept(self) -> dict[str, str]:
        try:
            kept: dict[str, str] = json.loads((self.data_dir / "environment.json").read_text())
        except FileNotFoundError:
            return {}
        return kept

    def keep(self, values: dict[str, str]) -> None:
        """For `manage.py` in a second shell; production keeps its secrets elsewhere."""
        if not self.production:
            write_secret(self.data_dir / "environment.json", json.dumps(values, indent=1))


def write_secret(path: Path, text: str) -> None:
    """Whole or not at all, and for our eyes only."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(path)
