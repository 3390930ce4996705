"""Fills a database with very many believable orders, to see how the system does with them."""

import time
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from apps.catalog.models import Article
from apps.core import clock
from apps.orders.models import Order
from apps.partners.models import PartnerIntegration
from apps.reporting.bulk.loading import TABLES, Report, load, vacuum
from apps.reporting.bulk.plan import Plan
from apps.reporting.services import rebuild_figures
from apps.workflow.models import BusinessCalendar
from apps.workflow.services import Affected, recompute_all


class Command(BaseCommand):
    help = (
        "Writes orders of years with their customers, lines, steps, holds, partners' references and messages, histories and "
        "audit log, by SQL as the tables' owner, all or nothing. Other work on these tables waits meanwhile. The same seed on "
        "the same day gives the same orders. Refused in production, and where there are orders unless --append."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--orders", type=int, required=True, help="how many")
        parser.add_argument("--seed", type=int, default=1, help="another seed, other orders")
        parser.add_argument("--years", type=int, default=3, help="over how many years up to yesterday, from 2025 on at most")
        parser.add_argument("--append", action="store_true", help="beside the orders that are there; their numbers go on")

    def handle(self, *, orders: int, seed: int, years: int, append: bool, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("Made-up orders have no place in production")
        if orders < 1 or years < 1 or seed < 0:
            raise CommandError("--orders and --years begin at 1, --seed at 0")
        if not append and Order.objects.exists():
            raise CommandError("There are orders already; --append adds to them")
        if not Article.objects.sellable().exists():
            raise CommandError("There is nothing to sell yet: manage.py load_reference first")
        if not PartnerIntegration.objects.filter(is_active=True, takes_orders=True).exists():
            call_command("seed_demo", verbosity=0, stdout=self.stderr)
        began = time.monotonic()
        plan = Plan(orders=orders, seed=seed, years=years, until=clock.today() - timedelta(days=1))
        report = load(plan, tell=self.stdout.write)
        with report.timed("clocks by calendars"):
            self.stdout.write(f"{self._by_calendar()} clocks by the calendars of companies")
        with report.timed("figures"):
            self.stdout.write(f"{rebuild_figures()} totals of figures")
            vacuum("figure_total")
        self._summarize(report, orders, time.monotonic() - began)

    def _by_calendar(self) -> int:
        """What was written counts every hour; where a company has a calendar its clocks are set by that."""
        companies = BusinessCalendar.objects.values_list("business_entity", flat=True)
        return sum(recompute_all(Affected(business_entity_id=company)) for company in companies)

    def _summarize(self, report: Report, orders: int, seconds: float) -> None:
        for table in TABLES:
            self.stdout.write(f"{table:<40} {report.rows[table]:>12} rows")
        for phase, taken in report.seconds.items():
            self.stdout.write(f"{phase:<40} {taken:>12.1f} s")
        self.stdout.write(f"{orders} orders in {seconds:.1f} s, {orders / seconds:.0f} a second")
