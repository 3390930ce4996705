"""A partner on loopback that takes every message: 204 for a POST, and for a GET how many orders it heard to be cancelled."""

import asyncio
import json
import sys
from collections import defaultdict

heard: set[bytes] = set()
cancelled: set[str] = set()
sequences: dict[str, int] = defaultdict(int)
out_of_order = 0


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            lower = head.lower()
            length = int(lower.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]) if b"content-length:" in lower else 0
            body = await reader.readexactly(length)
            if head.startswith(b"POST"):
                take(lower.split(b"webhook-id:", 1)[1].split(b"\r\n", 1)[0].strip(), json.loads(body)["data"])
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
            else:
                told = json.dumps({"heard": len(cancelled), "out_of_order": out_of_order}).encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(told), told))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def take(webhook_id: bytes, told: dict[str, object]) -> None:
    global out_of_order  # noqa: PLW0603 - the whole program is this one count
    if webhook_id in heard:
        return
    heard.add(webhook_id)
    order, sequence = str(told["order_id"]), int(str(told["sequence"]))
    out_of_order += sequence < sequences[order]
    sequences[order] = sequence
    if told["to_status"] == "cancelled":
        cancelled.add(order)


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
