"""Brings the database to the code's version: tables, rights, reference data, demo data.

One process does it all, and none of it when the code, the reference data and the cluster are the same as last time.
"""

import contextlib
import io
import json
import os
import sys
from hashlib import sha256
from pathlib import Path

STAMPED = ("apps/**/*.py", "fixtures/reference/*", "fixtures/demo/*", "chargecars/settings.py", "requirements.lock")


def fingerprint(base: Path, database: str) -> str:
    """Of everything that decides what this module would do."""
    digest = sha256(database.encode())
    for pattern in STAMPED:
        for path in sorted(base.glob(pattern)):
            if path.is_file():
                digest.update(f"{path.relative_to(base)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def main() -> None:
    from chargecars.environment import BASE_DIR, Environment

    env = Environment()
    stamp = env.data_dir / "prepared"
    current = fingerprint(BASE_DIR, env.text("DATABASE_URL"))
    if "--unless-unchanged" in sys.argv and stamp.exists() and stamp.read_text() == current:
        return
    stamp.unlink(missing_ok=True)
    _prepare(production=env.production)
    stamp.write_text(current)


def _prepare(*, production: bool) -> None:
    import django
    from django.core.management import call_command, get_commands

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chargecars.settings")
    django.setup()
    from chargecars.runtime.swift_migrations import migrate_as_owner  # Django is set up now

    _say("Preparing the database ...")
    migrate_as_owner()
    call_command("apply_grants", verbosity=0)
    known = get_commands()
    if production:
        call_command("collectstatic", verbosity=0, interactive=False)
    if "load_reference" in known:
        call_command("load_reference", verbosity=0)
    if "seed_demo" in known and not production:
        _say("Filling it with demo data ...")
        with contextlib.redirect_stdout(io.StringIO()) as told:  # it prints secrets, which DATA_DIR/demo.json keeps
            call_command("seed_demo", "--json")
        json.loads(told.getvalue())


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
