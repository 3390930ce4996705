"""The figures of the business: one definition each, from which dashboard, reports, mail, home and files take value and rows.

`FIGURES` names them; `figure.value(scope, period)` gives one, `readings` many at once with what they are compared with, and
`movers` says what made one move.
"""

from apps.reporting.figures.figure import Figure, Good, Reading, Unit, Value, change, readings
from apps.reporting.figures.money import MONEY_FIGURES
from apps.reporting.figures.movers import Mover, movers
from apps.reporting.figures.orders import HOLD_FIGURES, ORDER_FIGURES, SLA_FIGURES
from apps.reporting.figures.periods import Period, Span
from apps.reporting.figures.scopes import Scope, entities_of
from apps.reporting.figures.tickets import TICKET_FIGURES
from apps.reporting.figures.trouble import TROUBLE_FIGURES

EVERY = (*ORDER_FIGURES, *MONEY_FIGURES, *HOLD_FIGURES, *SLA_FIGURES, *TICKET_FIGURES, *TROUBLE_FIGURES)
FIGURES: dict[str, Figure] = {figure.name: figure for figure in EVERY}

__all__ = [
    "FIGURES",
    "Figure",
    "Good",
    "Mover",
    "Period",
    "Reading",
    "Scope",
    "Span",
    "Unit",
    "Value",
    "change",
    "entities_of",
    "movers",
    "readings",
]
