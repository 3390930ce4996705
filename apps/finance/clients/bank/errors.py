"""What stands against a bank file. The caller keeps the file and books nothing of it."""

from decimal import Decimal

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Refused, Text

MOST_SHOWN = 60


class BankFileRefused(Refused):
    """A bank file of which nothing may be booked."""

    code = "bank_file_refused"


class UnreadableBankFile(BankFileRefused):
    """The file is not what a bank sends: on which line, and what was expected there.

    Attributes:
        line: number of the line in the file, from 1.
        expected: what a bank file would have had there; translatable.
        found: the beginning of what stands there, in printable signs; may be empty.
    """

    code = "bank_file_unreadable"

    def __init__(self, expected: Text, *, line: int, found: str = "") -> None:
        self.line, self.expected, self.found = line, expected, _printable(found)
        if self.found:
            detail = format_lazy(_("Line {line}: expected {expected}, found “{found}”."), **self._words())
        else:
            detail = format_lazy(_("Line {line}: expected {expected}."), **self._words())
        super().__init__(detail, line=line, found=self.found)

    def _words(self) -> dict[str, object]:
        return {"line": self.line, "expected": self.expected, "found": self.found}


class BalanceDiffers(BankFileRefused):
    """Opening balance plus entries is not the closing balance that the bank states.

    Attributes:
        account: as in the file.
        number: the statement's number as in the file.
        expected: opening balance plus all entries, in the account's currency.
        stated: the bank's closing balance; None when it states none in the account's currency.
    """

    code = "bank_balance_differs"

    def __init__(self, *, account: str, number: str, expected: Decimal, stated: Decimal | None) -> None:
        self.account, self.number, self.expected, self.stated = account, number, expected, stated
        detail = format_lazy(
            _(
                "Statement {number} of {account}: opening balance and entries make {expected}, the bank's closing balance is {stated}."
            ),
            number=number,
            account=account,
            expected=expected,
            stated=_("not stated in the account's currency") if stated is None else stated,
        )
        said = None if stated is None else str(stated)
        super().__init__(detail, account=account, number=number, expected=str(expected), stated=said)


def _printable(text: str) -> str:
    shown = "".join(sign if sign.isprintable() else "·" for sign in text[: MOST_SHOWN + 1].strip())
    return shown if len(shown) <= MOST_SHOWN else f"{shown[:MOST_SHOWN]}…"
