"""What needs a person today: the figures that are to be zero, each with how bad it is when it is not."""

from dataclasses import dataclass

from apps.reporting.figures import FIGURES, Period, Reading, Scope, Span, readings
from apps.reporting.figures.figure import asks_of
from apps.reporting.figures.reading import Ask

DANGER, WARNING, QUIET = "danger", "warning", "success"
SEVERITY = {
    "sla_escalated": DANGER,
    "sla_breached": WARNING,
    "holds_overdue": WARNING,
    "failed_payments": WARNING,
    "partner_errors": DANGER,
    "dead_deliveries": DANGER,
    "reports_failed": DANGER,
    "number_warnings": WARNING,
    "unmatched_money": WARNING,
    "differences": DANGER,
}
ALERTING = [FIGURES[name] for name in SEVERITY]


@dataclass(frozen=True, kw_only=True)
class Alert(Reading):
    """A figure that is to be zero; `severity` is success as long as it is."""

    severity: str


def alert_asks() -> list[Ask]:
    """What the alerts ask of the totals."""
    return asks_of(ALERTING, Period.named(Span.DAYS_7))


def alerts(scope: Scope) -> list[Alert]:
    """All of them that the asker may see, also those that are zero; of failures, those of the last seven days."""
    found = readings(ALERTING, scope, Period.named(Span.DAYS_7))
    return [
        Alert(
            figure=each.figure,
            period=each.period,
            value=each.value,
            previous=each.previous,
            last_year=each.last_year,
            url=each.url,
            severity=SEVERITY[each.figure.name] if each.value else QUIET,
        )
        for each in found
    ]
