"""What is ordered: lines priced and checked as a whole, with every fault named at its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.catalog.choices import ArticleType
from apps.catalog.models import Article
from apps.core.errors import FieldError, Refused, Text
from apps.core.money import Totals, line_total, totals
from apps.orders.choices import BillingResponsibility, LineItemType
from apps.orders.models import LineItem, Order
from apps.orders.models.line_item import STANDARD_VAT, VAT_RATES

MOST_LINES = 1000
MOST_MONEY = Decimal("9999999999.99")
SERVICES = (ArticleType.SERVICE_LABOR, ArticleType.CONSULTATION)
# How columns are called in an order as it is sent to us.
NAMES = {"unit_price_customer": "unit_price", "tax_rate": "vat_rate", "total": "unit_price"}

Fault = tuple[str, str, Text]


@dataclass(frozen=True, kw_only=True)
class LineData:
    """A line as it was asked for. Prices in EUR excl. VAT; what is None comes from the article.

    `id` names the line of the order that this one replaces, when lines are edited.
    """

    article: Article | None = None
    description: str = ""
    quantity: Decimal = Decimal(1)
    unit_price: Decimal | None = None
    vat_rate: Decimal | None = None
    billing_responsibility: str = BillingResponsibility.CUSTOMER
    external_item_reference: str = ""
    partner_sku: str = ""
    id: UUID | None = None


def build_lines(lines: Sequence[LineData]) -> list[LineItem]:
    """Lines ready to be stored with an order, priced from the catalogue where no price was given.

    Raises:
        Refused: lines_refused, with each fault at its place; too_many_lines.
    """
    if len(lines) > MOST_LINES:
        raise Refused(_("An order has at most 1,000 lines."), code="too_many_lines")
    built = [_build(line, position) for position, line in enumerate(lines, start=1)]
    faults = [
        FieldError(pointer=f"/line_items/{index}/{name}", code=code, detail=detail)
        for index, item in enumerate(built)
        for name, code, detail in _faults(item)
    ]
    if faults:
        raise Refused(_("The lines cannot be ordered like this."), code="lines_refused", fields=faults)
    return built


def total_of(lines: Sequence[LineItem]) -> Totals:
    """What the lines come to: VAT is rounded per rate over their sum.

    Raises:
        Refused: total_out_of_range.
    """
    sums = totals((line.total, line.tax_rate) for line in lines)
    if not 0 <= sums.excl_vat <= sums.incl_vat <= MOST_MONEY:
        raise Refused(_("The total must be at least zero and below ten billion euro."), code="total_out_of_range")
    return sums


def write_totals(order: Order, sums: Totals) -> None:
    """Put the sums on the order, which the caller saves."""
    order.total_excl_vat, order.total_vat, order.total_incl_vat = sums.excl_vat, sums.vat, sums.incl_vat


def _build(line: LineData, position: int) -> LineItem:
    article = line.article
    item = LineItem(  # type: ignore[misc]  # a price that is missing is refused by `_faults`, at its place
        line_order=position,
        article=article,
        description=line.description or (article.name if article else ""),
        line_item_type=_kind(line),
        quantity=line.quantity,
        unit_price_customer=article.list_price if line.unit_price is None and article else line.unit_price,
        tax_rate=(article.vat_rate if article else STANDARD_VAT) if line.vat_rate is None else line.vat_rate,
        billing_responsibility=line.billing_responsibility,
        external_item_reference=line.external_item_reference,
        partner_sku=line.partner_sku,
    )
    if line.id is not None:
        item.id = line.id
    return item


def _kind(line: LineData) -> LineItemType:
    if line.article is None:
        return LineItemType.DISCOUNT if line.unit_price is not None and line.unit_price < 0 else LineItemType.PRODUCT
    if line.article.article_type in SERVICES:
        return LineItemType.SERVICE
    return LineItemType.SHIPPING if line.article.article_type == ArticleType.SHIPPING else LineItemType.PRODUCT


def _faults(item: LineItem) -> list[Fault]:
    """What is wrong with a line; its total is worked out once its parts are known to be numbers in range."""
    faults = _invalid(item, exclude={"order", "article", "total"})
    if item.article is not None and not (item.article.is_active and item.article.is_sellable):
        faults.append(("article", "article_not_sold", _("This article is not sold.")))
    if faults:
        return faults
    if item.quantity <= 0:
        faults.append(("quantity", "not_positive", _("The quantity must be more than zero.")))
    if item.tax_rate not in VAT_RATES:
        faults.append(("vat_rate", "unknown_vat_rate", _("VAT is 21%, 9% or 0%.")))
    item.total = line_total(quantity=item.quantity, unit_price=item.unit_price_customer)
    return faults + _invalid(item, exclude={field.name for field in LineItem._meta.fields} - {"total"})


def _invalid(item: LineItem, *, exclude: set[str]) -> list[Fault]:
    try:
        item.clean_fields(exclude=exclude)
    except ValidationError as invalid:
        # The first fault of a field says enough: a number with too many digits is often too large as well.
        return [
            (NAMES.get(name, name), errors[0].code or "invalid", " ".join(errors[0].messages))
            for name, errors in invalid.error_dict.items()
        ]
    return []
