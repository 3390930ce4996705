"""What the platform measures: how long requests take, and what waits to leave the building or was given up."""

import os
import time
from collections.abc import Callable, Iterable, Iterator

from django.db.models import Count, Model
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from apps.communication.choices import DeliveryStatus
from apps.communication.models import CommunicationMessage
from apps.core.doors import open_to
from apps.events.choices import DeliveryState
from apps.events.models import EventDelivery
from apps.partners.models import PartnerDelivery

REQUESTS = Histogram("chargecars_request_seconds", "Time to answer a request", ["method", "route", "status"])
OPEN = (DeliveryState.TODO, DeliveryState.PARKED)
WAITING: list[tuple[str, type[Model], str, Iterable[str]]] = [
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
        gauge = GaugeMetricFamily("chargecars_waiting", "Rows that are to leave the building", labels=["kind", "state"])
        for kind, model, field, states in WAITING:
            rows = model._default_manager.filter(**{f"{field}__in": states}).values_list(field).annotate(Count("pk"))
            counts = dict.fromkeys(states, 0) | dict(rows.order_by())
            for state, count in counts.items():
                gauge.add_metric([kind, str(state)], count)
        yield gauge


@open_to("the platform: counts and times, no names; the proxy in front keeps others out")
def view(request: HttpRequest) -> HttpResponse:
    """All web processes together, where the supervisor gave them a common folder."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    backlog = CollectorRegistry()
    backlog.register(Backlog())
    return HttpResponse(generate_latest(registry) + generate_latest(backlog), content_type=CONTENT_TYPE_LATEST)
