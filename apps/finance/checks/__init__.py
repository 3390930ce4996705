"""What must hold in finance: between documents and the books, and of money that waits, goes back and goes out."""

from apps.finance.checks import books, money


def register() -> None:
    """Plug in; called once, when the app is ready."""
    books.register()
    money.register()
