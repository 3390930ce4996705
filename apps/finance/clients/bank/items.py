"""What a bank file tells, in the same words whatever the bank and the format."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """The head of a statement, or of a notice with the details of batches; its entries follow it.

    Attributes:
        account: the account as the file names it, without spaces: an IBAN or the bank's own number.
        account_iban: the IBAN, with right check digits; made of the bank's own number where the bank is known. Empty when the
            file gives none.
        number: the bank's number of the statement, with the page where the bank counts pages: '12312', '1301/1'.
        opening_balance: in `currency`; None when `details_only`.
        source: 'CAMT.053.001.08', 'MT940'.
        bank: 'ABNA', 'INGB', ...: as in the IBANs of that bank; empty when unknown.
        details_only: a CAMT.054: its entries are the parts of what a statement books, and are not booked themselves.
        line: where it begins in the file.
    """

    account: str
    account_iban: str
    currency: str
    number: str
    opening_balance: Decimal | None
    opening_date: date | None
    source: str
    bank: str
    details_only: bool
    line: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One movement on the account; of a batch that the file takes apart, one of its parts.

    Attributes:
        amount: in the account's currency; positive came in, negative went out, whatever was reversed.
        counterparty_account: as in the file, without spaces; `counterparty_iban` only with right check digits.
        description: what the payer wrote, in one line, with the words that the bank broke over lines whole again.
        structured_reference: a reference with right check digits, an ISO 11649 ('RF...') or a Dutch payment reference (16
            digits), that the bank marks as one or that is all that the payer wrote.
        bank_reference: the bank's own reference of this movement.
        booking_reference: the bank's reference of the booking that it is part of: by it a CAMT.054 finds its entry.
        type_code: the bank's code for the kind of movement: 'PMNT/RCDT/ESCT', 'NTRF', 'N654'.
        return_reason: why a payment came back (ISO code), if the bank says.
        batch_reference: the payer's or our reference of the batch; empty outside batches.
        batch_amount, batch_size: of the whole booking; the size as the bank states it, 0 when it does not.
        line: where it stands in the file.
    """

    booking_date: date
    value_date: date
    amount: Decimal
    counterparty_name: str = ""
    counterparty_account: str = ""
    counterparty_iban: str = ""
    description: str = ""
    structured_reference: str = ""
    end_to_end_id: str = ""
    mandate_id: str = ""
    bank_reference: str = ""
    booking_reference: str = ""
    type_code: str = ""
    is_reversal: bool = False
    return_reason: str = ""
    batch_reference: str = ""
    batch_amount: Decimal | None = None
    batch_size: int = 0
    line: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Closing:
    """The end of a statement.

    Attributes:
        closing_balance: as the bank states it, in the statement's currency; None when `details_only`, and when it states it in
            another.
        expected_balance: opening balance plus entries; None when `details_only`.
        entries, credits, debits: how many there were, the sum of what came in, the sum of what went out (negative).
    """

    statement: Statement
    closing_balance: Decimal | None
    closing_date: date | None
    expected_balance: Decimal | None
    entries: int
    credits: Decimal
    debits: Decimal

    @property
    def adds_up(self) -> bool:
        return self.closing_balance == self.expected_balance


Item = Statement | Entry | Closing
