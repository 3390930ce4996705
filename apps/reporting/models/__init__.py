from apps.reporting.models.report import ReportMail, ReportSubscription
from apps.reporting.models.rollup import FigureChange, FigureState, FigureTotal
from apps.reporting.models.verified import Verified
from apps.reporting.models.watched import (
    CountedCommission,
    CountedHold,
    CountedInvoice,
    CountedJournalLine,
    CountedOnlinePayment,
    CountedOrder,
    CountedPayment,
    CountedStatus,
    CountedStep,
)

__all__ = [
    "CountedCommission",
    "CountedHold",
    "CountedInvoice",
    "CountedJournalLine",
    "CountedOnlinePayment",
    "CountedOrder",
    "CountedPayment",
    "CountedStatus",
    "CountedStep",
    "FigureChange",
    "FigureState",
    "FigureTotal",
    "ReportMail",
    "ReportSubscription",
    "Verified",
]
