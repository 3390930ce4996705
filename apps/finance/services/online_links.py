"""The address at which an invoice is paid online: the same one for as long as nobody makes it anew, and not to be guessed."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.errors import Refused
from apps.finance.models import Invoice, MollieConnection, PayLink

SALT = "finance.pay_link"
UUID_BYTES = 16


def pay_link(invoice: Invoice) -> str:
    """Where an invoice is paid online; empty where it cannot be.

    A part that goes to a blocked account (g-rekening) cannot go by a provider: such an invoice is paid by transfer.
    """
    if invoice.is_credit_note or invoice.invoice_number is None or invoice.parties.get("g_account"):
        return ""
    connection = MollieConnection.objects.filter(business_entity=invoice.business_entity_id).first()
    if connection is None or not connection.takes_payments:
        return ""
    return address_of_token(token_of(invoice))


def address_of_token(token: str) -> str:
    return f"{settings.PUBLIC_BASE_URL}/pay/{token}"


def token_of(invoice: Invoice) -> str:
    """The invoice and the number of its link, signed: a stranger can make none."""
    told = urlsafe_b64encode(invoice.pk.bytes + _number(invoice).to_bytes(2)).rstrip(b"=").decode()
    return signing.Signer(salt=SALT, sep=".").sign(told)


def invoice_of_token(token: str) -> Invoice | None:
    """The invoice that a pay link is of; None for one that is not ours or was made anew since."""
    try:
        told = signing.Signer(salt=SALT, sep=".").unsign(token)
        content = urlsafe_b64decode(told + "=" * (-len(told) % 4))
    except (signing.BadSignature, binascii.Error, ValueError):
        return None
    invoice: Invoice | None = Invoice.objects.for_page().filter(pk=UUID(bytes=content[:UUID_BYTES])).first()
    is_last = invoice is not None and _number(invoice) == int.from_bytes(content[UUID_BYTES:])
    return invoice if is_last else None


@transaction.atomic
def renew_pay_link(*, invoice: Invoice, by: User | None) -> Invoice:
    """Make the pay link of an invoice anew: who has the old one can no longer use it.

    Raises:
        Refused: not_payable_online.
    """
    if not pay_link(invoice):
        raise Refused(_("This invoice cannot be paid online."), code="not_payable_online")
    PayLink.objects.get_or_create(invoice=invoice)
    PayLink.objects.filter(invoice=invoice).update(number=F("number") + 1)
    return invoice


def _number(invoice: Invoice) -> int:
    link = PayLink.objects.filter(invoice=invoice).first()
    return link.number if link else 1
