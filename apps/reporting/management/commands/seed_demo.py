"""Fills a system with a small believable world: people with roles, two partners with keys, and orders under way."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from apps.accounts.services import issue_access_token
from apps.core.actor import acting
from apps.reporting.demo import (
    DemoSecrets,
    DemoWorld,
    open_text_channels,
    seed_orders,
    seed_partner,
    seed_reply,
    seed_user,
    seed_watch,
)
from apps.reporting.demo_tickets import seed_tickets

WORLD = Path(settings.BASE_DIR) / "fixtures" / "demo" / "world.json"


class Command(BaseCommand):
    help = (
        "Makes the people and partners of fixtures/demo, their secrets the same each time: they are kept in "
        "DATA_DIR/demo.json, for its owner's eyes only. Runs again and again; refused in production."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print users and partners with their secrets")
        parser.add_argument("--orders", type=int, default=0, help="how many orders there should be, at various statuses")

    def handle(self, *, orders: int, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("Demo data has no place in production")
        world = DemoWorld(**json.loads(WORLD.read_text()))
        kept = DemoSecrets.load(Path(settings.DATA_DIR) / "demo.json", world)
        with acting(kind="system", label="Demo", source="seed_demo"):
            with transaction.atomic():
                users = {name: seed_user(person, kept.passwords[name]) for name, person in world.users.items()}
                seed_watch(users["manager"])
                partners = {
                    name: seed_partner(name, partner, kept, world.requests_per_minute) for name, partner in world.partners.items()
                }
            open_text_channels()
            active = {name: partners[name] for name in world.active_partners}
            made = seed_orders(active, orders, world.order_statuses)
            seed_tickets(users["support"])
            seed_reply()
        document = kept.document(world, {name: each.partner_organization_id for name, each in partners.items()})
        kept.save(document)
        if not options["json"]:
            self.stdout.write(f"{len(users)} people, {len(partners)} partners, {made} new orders; see {kept.path}")
            return
        for name, user in users.items():
            document["users"][name]["token"] = issue_access_token(user)
        self.stdout.write(json.dumps(document, indent=2))
