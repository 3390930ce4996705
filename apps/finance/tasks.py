from django.utils.translation import gettext_lazy as _

from apps.core.jobs import job
from apps.finance import services
from apps.finance.services import accounting
from apps.finance.services.bank_files import doorbell
from apps.finance.services.online_ask import doorbell as online_doorbell

SECONDS = 45.0  # a task ends well before its time limit
MATCHING_SECONDS = 1_800.0
BATCH = 500


@job(
    "finance.invoice_completed_orders",
    label=_("Invoice completed orders"),
    does=_(
        "Makes the invoices of orders that were completed, within 48 hours; of one that cannot be invoiced it keeps why. "
        "Without it nothing is invoiced but by hand."
    ),
)
def invoice_completed_orders() -> int:
    return services.invoice_completed_orders(seconds=SECONDS)


@job(
    "finance.mark_overdue",
    label=_("Watch days of payment"),
    does=_("Marks invoices as overdue that are not paid in time. Without it no invoice becomes overdue."),
)
def mark_overdue() -> int:
    return services.mark_overdue(limit=BATCH)


@job(
    "finance.work_out_commissions",
    label=_("Work out commissions"),
    does=_(
        "Works out what partners earn by orders that were invoiced before they were completed. Without it those "
        "commissions are missing; all others are worked out when an invoice is approved."
    ),
)
def work_out_commissions() -> int:
    return services.refresh_completed()


@job(
    "finance.update_financial_summaries",
    label=_("Work out the months"),
    does=_("Works out revenue, costs and what is open of the months in which something changed. Without it they stand still."),
    essential=False,
)
def update_financial_summaries() -> int:
    return services.update_financial_summaries()


@job(
    "finance.collect_due",
    label=_("Write to late payers"),
    does=_("Sends the letters that are due to customers who have not paid. Without it nobody is reminded."),
)
def collect_due() -> int:
    return services.collect_due(seconds=SECONDS)


@job(
    "finance.import_bank_files",
    label=_("Read bank files"),
    does=_("Reads and books bank files that were sent, and matches what came in. Without it they wait."),
    minutes=60,
)
def import_bank_files() -> int:
    doorbell.answer()
    done = services.import_waiting_files()
    if done:
        services.payment_reconcile(seconds=MATCHING_SECONDS)
    return len(done)


@job(
    "finance.reconcile",
    label=_("Match payments"),
    does=_("Looks again at what came in on the bank and is not matched. Without it that happens only when a file comes in."),
)
def reconcile() -> int:
    return services.payment_reconcile(seconds=SECONDS - 10).matched


@job(
    "finance.ask_online_payments",
    label=_("Follow online payments"),
    does=_(
        "Asks Mollie what has become of online payments, and to pay refunds back. Without it nobody's online payment is booked."
    ),
)
def ask_online_payments() -> int:
    online_doorbell.answer()
    sent = services.online_refunds_send(seconds=10.0)
    return sent + services.online_payments_ask(seconds=SECONDS - 25)


@job(
    "finance.queue_exports",
    label=_("Put in line for accounting"),
    does=_(
        "Puts documents and payments in line for the companies' accounting systems, and keeps those open that had nothing "
        "to do for days. Without it payments are not sent."
    ),
)
def queue_exports() -> int:
    return accounting.queue_missing() + accounting.keep_access()


@job(
    accounting.SEND,
    label=_("Send to accounting"),
    does=_("Sends what is in line to the companies' accounting systems, in order. Without it everything waits."),
    minutes=3,
)
def send_exports() -> int:
    accounting.doorbell.answer()
    return accounting.send_exports()
