"""Bodies that nobody may send, with the code each is refused with; used wherever JSON comes in."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("hostile_bodies.json")


@dataclass(frozen=True)
class HostileBody:
    name: str
    raw: bytes
    code: str
    status: int

    def __str__(self) -> str:
        return self.name


def hostile_bodies() -> list[HostileBody]:
    rows = json.loads(FILE.read_text())
    return [HostileBody(row["name"], _raw(row), row["code"], row.get("status", 400)) for row in rows]


def _raw(row: dict[str, Any]) -> bytes:
    if "hex" in row:
        return bytes.fromhex(row["hex"])
    if "members" in row:
        return json.dumps({f"m{number}": number for number in range(row["members"])}).encode()
    if "repeat" in row:
        before, middle, times, after = row["repeat"]
        return f"{before}{middle * times}{after}".encode()
    return str(row["text"]).encode()
