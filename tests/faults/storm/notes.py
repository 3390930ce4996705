"""What the system said, in a file that only grows."""

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Somebody is about to send an order: from here on it may exist."""

    partner: str
    partner_order_id: str


@dataclass(frozen=True, kw_only=True)
class OrderAnswer:
    """An order was acknowledged."""

    partner: str
    partner_order_id: str
    key: str
    status: int
    replayed: bool
    again: bool  # the key had an answer before, which its caller has seen
    body: str

    @property
    def said(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.body)
        return said


@dataclass(frozen=True, kw_only=True)
class StepAnswer:
    """A step of an order was acknowledged."""

    order_id: str
    key: str
    to_status: str
    body: str

    @property
    def said(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self.body)
        return said


Note = Asked | OrderAnswer | StepAnswer
KINDS: dict[str, type[Note]] = {kind.__name__: kind for kind in (Asked, OrderAnswer, StepAnswer)}


@dataclass
class Notes:
    path: Path
    lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self, note: Note) -> None:
        """Returns when the line is in the file; its caller goes on only then."""
        line = json.dumps({"kind": type(note).__name__, **asdict(note)})
        with self.lock, self.path.open("a") as file:
            file.write(f"{line}\n")

    def read(self) -> Iterator[Note]:
        for line in self.path.read_text().splitlines():
            values = json.loads(line)
            yield KINDS[values.pop("kind")](**values)
