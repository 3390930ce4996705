"""The ground under the tests: a throw-away PostgreSQL of their own, and nothing that outlives the run.

Unless DATABASE_URL is set (then MIGRATION_DATABASE_URL must be a role that may create databases), a cluster is laid in the
temporary folder, the tables are made once as their owner, and every process of the run gets a clone of that database.
Tests run as the application's role, which owns nothing: what production may not do, a test may not either.

- `db` (or `@pytest.mark.django_db`): the usual test inside a transaction that is rolled back.
- `real_commits`: a database of the test's own, cloned from the template, where threads and commits are real. Use it
  instead of `transactional_db`, whose flush runs into the guards against TRUNCATE. Not together with `db`.
- `furnished_commits`: the same with the reference data. `reference_data` has it in the database of a whole file, for tests
  with `db`.
- `together`: runs functions at the same moment in threads (see `tests.concurrency`), for use with `real_commits`.
- `as_owner`: a psycopg connection of the tables' owner, for what the application may not do (negative controls).
- `deliver_events`: runs every due delivery of the outbox, until none is left; one that fails fails the test.
- `redis_url`: a Valkey of this run, emptied for the test; settings.REDIS_URL points to it.
- `data_dir`: settings.DATA_DIR and the folders below it, empty for this test.
"""

import os

import django
from hypothesis import settings

from tests import ground

os.environ["DJANGO_SETTINGS_MODULE"] = "chargecars.settings"
ground.prepare_environment()
django.setup()  # pytest-django looks for settings before this file is read, and found none

# How long a case takes says how busy the machine is, and nothing about the case.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

pytest_plugins = ["tests.fixtures"]


def pytest_unconfigure() -> None:
    ground.clear()
