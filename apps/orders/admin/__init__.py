from apps.orders.admin.holds import OrderHoldAdmin
from apps.orders.admin.notes import OrderNoteAdmin
from apps.orders.admin.orders import OrderAdmin

__all__ = ["OrderAdmin", "OrderHoldAdmin", "OrderNoteAdmin"]
