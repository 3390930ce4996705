"""Run in the system under measurement: makes each request twice in this process and keeps what it did for `bare`.

Says how many statements and rows each act comes to.
"""

import json
import os
import pickle
import sys
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chargecars.settings")
django.setup()

from django.test import Client  # noqa: E402 - Django is set up now

from apps.orders.models import Order  # noqa: E402
from tests.benchmarks import acts  # noqa: E402
from tests.benchmarks.bare import Script  # noqa: E402
from tests.benchmarks.recording import Recording, recording  # noqa: E402

FOLDER = Path(os.environ["BENCH_SCRIPTS"])


def post(path: str, body: bytes, token: str, key: str = "") -> tuple[Recording, Any]:
    headers = {"Authorization": f"Bearer {token}", **({"Idempotency-Key": key} if key else {})}
    with recording() as kept:
        answer = Client().post(path, body, content_type="application/json", headers=headers)
    if answer.status_code >= 300:
        raise SystemExit(f"{path} answers {answer.status_code}: {answer.content.decode()}")
    return kept, answer.json()


def keep(name: str, recordings: list[Recording], *, word: str, before: int) -> dict[str, int]:
    """Without savepoints, which bare has no use for; the usage log's statements come after the commit."""
    plain = [
        [(step.sql, step.parameters) for step in each.statements if "SAVEPOINT" not in step.sql.split('"')[0]]
        for each in recordings
    ]
    script = Script(plain[0], plain[1], word=word, before=before, after=2)
    (FOLDER / f"{name}.pickle").write_bytes(pickle.dumps(script))
    return {"statements": recordings[0].count, "without_savepoints": len(plain[0])}


def intake(api_key: str) -> dict[str, Any]:
    words = [acts.new_word(), acts.new_word()]
    for word in (acts.new_word(), acts.new_word()):  # what is read once per process is not of every request
        post("/api/v1/partners/groendus/orders", acts.groendus_order(word), api_key, f"bench-{word}")
    made = [post("/api/v1/partners/groendus/orders", acts.groendus_order(word), api_key, f"bench-{word}")[0] for word in words]
    told = keep("intake", made, word=words[0], before=_before(made[0]))
    again = post("/api/v1/partners/groendus/orders", acts.groendus_order(words[0]), api_key, f"bench-{words[0]}")[0]
    return {"intake": told, "replay": {"statements": again.count, "without_savepoints": again.count}}


def status(token: str) -> dict[str, Any]:
    orders = list(Order.objects.filter(status="new_lead", is_test=False).order_by("-created_at").values_list("pk", flat=True)[:3])
    body = {"entity_type": "order", "to_status": "intake_completed", "transition_reason": "Gebeld."}
    made = [
        post("/api/v1/status-engine/change", json.dumps({**body, "entity_id": str(order)}).encode(), token)[0] for order in orders
    ]
    told = keep("status", made[1:], word="no word", before=_before(made[1]))
    return {"status": {**told, "order": str(orders[1])}}


def _before(made: Recording) -> int:
    """How many statements stand ahead of the transaction, which begins by telling who acts."""
    return next(index for index, step in enumerate(made.statements) if "chargecars.acting" in step.sql)


if __name__ == "__main__":
    keys = json.loads(sys.stdin.read()) if len(sys.argv) == 1 else json.loads(sys.argv[1])
    sys.stdout.write(json.dumps({**intake(keys["api_key"]), **status(keys["token"])}))
