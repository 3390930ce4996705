"""Who comes to the dashboard and the reports; what they see on the dashboard each figure says by its own right."""

from apps.accounts.choices import Scope as Right

READERS = (
    Right.SALES_ORDERS,
    Right.SALES_REPORTS,
    Right.OPERATIONS_PLANNING,
    Right.OPERATIONS_REPORTS,
    Right.SUPPORT_TICKETS,
    Right.FINANCE_REPORTS,
    Right.FINANCE_INVOICES,
)
REPORT_READERS = (Right.SALES_REPORTS, Right.OPERATIONS_REPORTS, Right.FINANCE_REPORTS)
MONEY_READERS = (Right.FINANCE_REPORTS,)
