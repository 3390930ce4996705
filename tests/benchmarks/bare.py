"""The yardstick `bare`: a WSGI function that makes, with psycopg alone, the very statements that a request of ours made.

What it makes is a recording of two of our requests: where the two differ stands something that every request brings anew,
a key, a moment, a number, a text with the request's own word in it.
"""

import json
import os
import pickle
import re
import threading
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from apps.core.keys import new_key

NUMBER = re.compile(r"([A-Z-]+-\d{4}-)(\d{5,6})")
_local = threading.local()


class Script:
    """The statements of one request, as templates.

    `first` and `second` are the recordings as lists of (sql, parameters); `word` is the first request's own word; `before`
    counts the statements ahead of the transaction, `after` those behind its commit.
    """

    def __init__(self, first: list[Any], second: list[Any], *, word: str, before: int, after: int) -> None:
        self.word, self.before, self.after = word, before, after
        self.steps = [
            (sql, [self._template(one, other) for one, other in zip(parameters, others, strict=True)])
            for (sql, parameters), (_sql, others) in zip(first, second, strict=True)
        ]

    def _template(self, one: Any, other: Any) -> tuple[str, Any]:
        if _plain(one) == _plain(other):
            return "same", one
        return "new", one


def _plain(value: Any) -> Any:
    return json.dumps(value.obj, default=str) if hasattr(value, "obj") else value


def _fresh(value: Any, known: dict[Any, Any], words: tuple[str, str], number: str) -> Any:
    """The value that this request has in the place of the recorded one; the same one wherever it stood."""
    if hasattr(value, "obj"):
        return Jsonb(json.loads(_fresh(json.dumps(value.obj, default=str), known, words, number)))
    if isinstance(value, datetime):
        return datetime.now(UTC)
    if isinstance(value, uuid.UUID):
        return known.setdefault(str(value), str(new_key()))
    if isinstance(value, str):
        text = value.replace(*words)
        for old, new in known.items():
            text = text.replace(old, new)
        if text == value and re.fullmatch("[0-9a-f]{32,64}", value):
            return known.setdefault(value, (uuid.uuid4().hex + uuid.uuid4().hex)[: len(value)])
        return NUMBER.sub(lambda found: found[1] + number, text) if number else text
    return value


def _connection() -> psycopg.Connection:
    if not hasattr(_local, "connection"):
        _local.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    connection: psycopg.Connection = _local.connection
    return connection


def load(name: str) -> Script:
    return pickle.loads((Path(os.environ["BENCH_SCRIPTS"]) / f"{name}.pickle").read_bytes())


_scripts: dict[str, Script] = {}


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    name = environ["PATH_INFO"].strip("/")
    script = _scripts.get(name) or _scripts.setdefault(name, load(name))
    message = json.loads(environ["wsgi.input"].read())
    known = dict(message.get("known", {}))
    number = ""
    connection = _connection()
    last = len(script.steps) - script.after

    def run(index: int) -> None:
        nonlocal number
        sql, templates = script.steps[index]
        values = [
            value if kind == "same" else _fresh(value, known, (script.word, message["word"]), number) for kind, value in templates
        ]
        cursor = connection.execute(sql, values)
        if cursor.description:
            rows = cursor.fetchall()
            if "number_sequence" in sql and rows:
                number = f"{rows[0][0]:05d}"

    for index in range(script.before):
        run(index)
    with connection.transaction():
        for index in range(script.before, last):
            run(index)
    for index in range(last, len(script.steps)):
        run(index)
    body = json.dumps({"number": number, "known": known}, default=str).encode()
    start_response("201 Created", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
