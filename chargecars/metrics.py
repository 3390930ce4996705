"""What the platform measures: how long requests take, what waits or was given up, and how clock and numbers fare."""

import os
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence

from django.db.models import Min, Model
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from apps.communication.choices import DeliveryStatus
from apps.communication.models import CommunicationMessage
from apps.core import clock
from apps.core.doors import open_to
from apps.events.choices import DeliveryState
from apps.events.models import EventDelivery
from apps.events.queries import sending_is_held, standings
from apps.organizations.models import NumberSequence
from apps.partners.models import PartnerDelivery
from chargecars import health
from chargecars.environment import BASE_DIR

VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
REQUESTS = Histogram("chargecars_request_seconds", "Time to answer a request", ["method", "route", "status"])
OPEN = (DeliveryState.TODO, DeliveryState.PARKED)
WAITING: list[tuple[str, type[Model], str, Sequence[str]]] = [
    ("event", EventDelivery, "state", OPEN),
    ("partner", PartnerDelivery, "state", OPEN),
    ("message", CommunicationMessage, "delivery_status", (DeliveryStatus.PENDING, DeliveryStatus.FAILED)),
]


class Measured:
    """Times every request by its route, so that one order more is not one series more."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        method = request.method if request.method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS") else "other"
        labels = (method, match.route if match else "none", str(response.status_code))
        REQUESTS.labels(*labels).observe(time.perf_counter() - began)
        return response


class Backlog(Collector):
    """Rows that wait, and rows that were given up; a person should look at the second kind."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        waiting = GaugeMetricFamily("chargecars_waiting", "Rows that are to leave the building", labels=["kind", "state"])
        oldest = GaugeMetricFamily("chargecars_oldest_due_seconds", "How long the oldest of them is due", labels=["kind"])
        now = clock.now()
        for kind, model, field, states in WAITING:
            for state in states:  # one at a time, so that each finds its own small index
                waiting.add_metric([kind, str(state)], model._default_manager.filter(**{field: state}).count())
            due = model._default_manager.filter(**{field: states[0], "next_attempt_at__lte": now})
            first = due.aggregate(at=Min("next_attempt_at"))["at"]
            oldest.add_metric([kind], (now - first).total_seconds() if first else 0)
        yield waiting
        yield oldest


class Clockwork(Collector):
    """How the jobs of the clock fare, and whether anything may leave the building."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        success = GaugeMetricFamily(
            "chargecars_job_last_success_timestamp_seconds", "When a job last went well; 0: never", labels=["job"]
        )
        trouble = GaugeMetricFamily(
            "chargecars_job_trouble", "1: late by three turns, failed, or switched off though needed", labels=["job", "kind"]
        )
        for job in standings():
            success.add_metric([job.job], job.last_success_at.timestamp() if job.last_success_at else 0)
            for kind in ("late", "failing", "missed"):
                trouble.add_metric([job.job, kind], getattr(job, kind))
        yield success
        yield trouble
        yield GaugeMetricFamily("chargecars_sending_held", "1: nothing is sent since a restore", sending_is_held())


class Numbers(Collector):
    """How far each series of this year is; the 100,000th number of one has a digit more."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        given = GaugeMetricFamily(
            "chargecars_numbers_given", "Last number of a series of this year", labels=["business_entity", "document_type"]
        )
        series = NumberSequence.objects.filter(year=clock.today().year, is_test=False)
        for code, kind, value in series.values_list("business_entity__entity_code", "document_type", "current_value"):
            given.add_metric([code, kind], value)
        yield given


class System(Collector):
    """Which version this is, and whether what it stands on answers. Without the database the rest is left out."""

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("chargecars_build", "The version that runs", {"version": VERSION})
        up = GaugeMetricFamily("chargecars_up", "1: it answers", labels=["part"])
        states = {"database": health.check(health.database), "redis": health.check(health.redis_server)}
        for part, state in states.items():
            up.add_metric([part], state == "ok")
        yield up
        if states["database"] == "ok":
            for part in (Backlog(), Clockwork(), Numbers()):
                yield from part.collect()


@open_to("the platform: counts and times, no names; the proxy in front keeps others out")
def view(request: HttpRequest) -> HttpResponse:
    """All web processes together, where the supervisor gave them a common folder."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    present = CollectorRegistry(auto_describe=False)
    present.register(System())
    return HttpResponse(generate_latest(registry) + generate_latest(present), content_type=CONTENT_TYPE_LATEST)
