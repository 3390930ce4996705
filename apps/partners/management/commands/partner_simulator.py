"""Plays two partners against a running system and prints the loop: order in, status out."""

import json
import secrets
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.error import URLError

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.core import clock
from apps.partners.played_api import ApiCall
from apps.partners.presets import PRESETS
from apps.partners.simulator import DEFAULT_PORT, Received, Receiver, messages, post_order

ACCEPTED = (200, 201)


class Command(BaseCommand):
    help = (
        "Posts orders in two dialects to a running system, listens on loopback for their statuses, verifies each signature "
        "and prints each status in the order of its arrival. It plays Essent's own API too: gives tokens to our client, checks "
        "them, and prints what is told by a call as “essent API”. Ends with 0 when every order was accepted and, with "
        "--wait-for-completion, when one of them was heard to be completed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default=settings.PUBLIC_BASE_URL, help="the system's address")
        parser.add_argument("--demo", type=Path, default=Path(settings.DATA_DIR) / "demo.json", help="keys and secrets")
        parser.add_argument("--orders", type=int, default=50, help="how many orders, over both partners")
        parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="where to listen on loopback")
        parser.add_argument("--post-only", action="store_true", help="post and do not listen")
        parser.add_argument(
            "--wait-for-completion",
            type=float,
            metavar="SECONDS",
            help="listen until an order is completed, at most so long; otherwise until Ctrl-C",
        )

    def handle(self, *, url: str, demo: Path, orders: int, **options: Any) -> None:
        self.partners = self._read(demo)
        if options["post_only"]:
            self._post(url, orders)
            return
        known = {name: partner["webhook_secret"] for name, partner in self.partners.items()}
        try:
            receiver = Receiver(known, port=options["port"], on_received=self._print, on_api_call=self._print_call)
        except OSError as error:
            raise CommandError(f"Port {options['port']} is taken: {error.strerror}. Choose another with --port.") from error
        with receiver:
            self._tell(f"Listening on {receiver.url('<partner>')}")
            ours = self._post(url, orders)
            self._listen(receiver, ours, options["wait_for_completion"])
        if bad := [call for call in receiver.calls if call.problem]:
            raise CommandError(f"{len(bad)} messages had no valid signature")
        if lost := [call for call in receiver.api_calls if call.problem and "token" not in call.problem]:
            raise CommandError(f"{len(lost)} calls of Essent's API were not in the shape that was agreed")

    def _read(self, demo: Path) -> dict[str, dict[str, str]]:
        try:
            partners: dict[str, dict[str, str]] = json.loads(demo.read_text())["partners"]
        except FileNotFoundError:
            raise CommandError(f"{demo} is not there. Run `manage.py seed_demo` first.") from None
        return {name: partner for name, partner in partners.items() if name in PRESETS}

    def _post(self, url: str, orders: int) -> set[str]:
        """Post by turns for each partner; gives the numbers that the partners know their orders by."""
        run = f"{clock.local(clock.now()):%m%d%H%M}{secrets.token_hex(2)}"
        queues = {name: messages(name, run) for name in self.partners}
        names = list(queues)
        accepted: set[str] = set()
        for number in range(orders):
            name = names[number % len(names)]
            try:
                reply = post_order(base_url=url, partner=name, api_key=self.partners[name]["api_key"], message=next(queues[name]))
            except URLError as error:
                raise CommandError(f"{url} does not answer: {error.reason}") from error
            if reply.status not in ACCEPTED:
                raise CommandError(f"{name}: {reply.status} {json.dumps(reply.body, ensure_ascii=False)}")
            accepted.add(reply.body["partner_order_id"])
            self._say(name, reply.body["partner_order_id"], reply.body["order_number"], reply.body["status"])
        self._tell(f"{len(accepted)} orders accepted")
        return accepted

    def _listen(self, receiver: Receiver, ours: set[str], seconds: float | None) -> None:
        def completed() -> bool:
            return any(
                call.data["to_status"] == "completed" and call.data["partner_order_id"] in ours for call in receiver.accepted()
            )

        try:
            heard = receiver.wait_for(completed if seconds else lambda: False, seconds=seconds or 10**8)
        except KeyboardInterrupt:
            return
        if not heard:
            raise CommandError(f"No order was completed within {seconds:g} seconds")
        self._tell("The loop is closed: an order was completed and its partner heard of it")

    def _print(self, received: Received) -> None:
        if received.problem:
            self.stderr.write(f"{received.path}: {received.problem}")
            return
        data = received.data
        self._say(received.path.strip("/"), data["partner_order_id"], data["order_number"], data["status"], data["sequence"])

    def _print_call(self, call: ApiCall) -> None:
        if call.problem:
            self.stderr.write(f"essent API: {call.problem}")
            return
        self._say("essent API", call.partner_order_id, "", call.status, call.sequence)

    def _say(self, partner: str, partner_order_id: str, order_number: str, status: str, sequence: int = 1) -> None:
        moment = f"{clock.local(clock.now()):%H:%M:%S}"
        self._tell(f"{moment}  {partner:<10} {partner_order_id:<24} {order_number:<16} {sequence:>3}  {status}")

    def _tell(self, text: str) -> None:
        """A line that is there at once, also where somebody reads along in a file or a pipe."""
        self.stdout.write(text)
        self.stdout.flush()
