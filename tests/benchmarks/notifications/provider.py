"""A MessageBird on loopback that takes every SMS, knows them again, and says how many it took and how many twice."""

import asyncio
import json
import sys
from collections import Counter
from typing import Any
from urllib.parse import parse_qs, urlsplit

taken: Counter[str] = Counter()
by_recipient: dict[str, list[dict[str, str]]] = {}


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            lower = head.lower()
            length = int(lower.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]) if b"content-length:" in lower else 0
            body = await reader.readexactly(length)
            told = json.dumps(take(json.loads(body)) if head.startswith(b"POST") else tell(head.split(b" ")[1].decode())).encode()
            status = b"201 Created" if head.startswith(b"POST") else b"200 OK"
            writer.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(told), told))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def take(sms: dict[str, Any]) -> dict[str, str]:
    reference = str(sms["reference"])
    taken[reference] += 1
    kept = {"id": reference, "reference": reference}
    by_recipient.setdefault(str(sms["recipients"][0]), []).append(kept)
    return kept


def tell(address: str) -> dict[str, object]:
    query = parse_qs(urlsplit(address).query)
    if "recipient" in query:
        return {"items": by_recipient.get(query["recipient"][0], [])}
    return {"taken": len(taken), "twice": sum(count - 1 for count in taken.values())}


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
