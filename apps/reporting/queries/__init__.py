from apps.reporting.queries.finances import FinancialReport
from apps.reporting.queries.orders import OrdersReport

__all__ = ["FinancialReport", "OrdersReport"]
