"""What the back office asks before it calls a service."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.catalog.models import Article
from apps.core.admin import ActionForm
from apps.files.formats import FORMATS
from apps.orders.choices import BillingResponsibility, CancellationCode, HoldReason, OrderType, Priority
from apps.orders.models import Order
from apps.orders.models.line_item import STANDARD_VAT, VAT_RATES
from apps.orders.queries import addresses_of, known_customer
from apps.orders.services import LineData
from apps.organizations.models import Address, BusinessEntity, Organization
from apps.organizations.queries import colleagues_of

TEXT_LENGTH = 2000
NOTES_LENGTH = 5000


# Behind the buttons that move an order


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("reason"), max_length=TEXT_LENGTH, widget=forms.Textarea)


class CancelForm(forms.Form):
    cancellation_code = forms.ChoiceField(label=_("why"), choices=[("", "–"), *CancellationCode.choices])
    reason = forms.CharField(
        label=_("explanation"),
        max_length=TEXT_LENGTH,
        widget=forms.Textarea,
        help_text=_("The customer and the partner may read this."),
    )


class NoteForm(forms.Form):
    reason = forms.CharField(
        label=_("note"),
        max_length=TEXT_LENGTH,
        widget=forms.Textarea,
        help_text=_("Who agreed, when and how: by phone, by e-mail, on paper."),
    )


class OrderNoteForm(forms.Form):
    """A note for colleagues, with a file if there is one."""

    text = forms.CharField(
        label=_("note"),
        max_length=NOTES_LENGTH,
        widget=forms.Textarea,
        help_text=_("For colleagues alone: no customer and no partner reads it."),
    )
    file = forms.FileField(
        label=_("file"),
        max_length=150,
        required=False,
        widget=forms.FileInput({"accept": ",".join(f".{name}" for name in FORMATS)}),
    )


class ScheduleForm(forms.Form):
    planned_start_date = forms.DateField(label=_("day"))


class HoldForm(forms.Form):
    hold_reason_category = forms.ChoiceField(label=_("reason"), choices=HoldReason)
    hold_reason_details = forms.CharField(
        label=_("explanation"),
        max_length=TEXT_LENGTH,
        widget=forms.Textarea,
        help_text=_("The customer and the partner read this."),
    )
    estimated_resume_date = forms.DateField(label=_("expected to go on"), required=False)
    notify_customer = forms.BooleanField(label=_("tell the customer"), required=False, initial=True)
    notify_partner = forms.BooleanField(label=_("tell the partner"), required=False, initial=True)


class HoldRequestForm(forms.Form):
    hold_reason_details = forms.CharField(
        label=_("why"), max_length=TEXT_LENGTH, widget=forms.Textarea, help_text=_("Whoever has the order decides.")
    )


class ResumeForm(forms.Form):
    resolution_notes = forms.CharField(label=_("how it was resolved"), max_length=TEXT_LENGTH, widget=forms.Textarea)
    new_planned_date = forms.DateField(label=_("new day"), required=False)


class BulkResumeForm(forms.Form):
    """For many orders: each goes on where it was held, on its own day."""

    resolution_notes = forms.CharField(label=_("how it was resolved"), max_length=TEXT_LENGTH, widget=forms.Textarea)


# Behind the buttons that change what an order says


class BulkAssignForm(ActionForm):
    """Whose many orders become."""

    order_owner = forms.ModelChoiceField(label=_("owner"), queryset=User.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["order_owner"].queryset = colleagues_of(self.by).order_by("first_name", "last_name", "email")


class EditForm(ActionForm):
    """The fields of an order that staff change; `version` refuses what was based on an older reading."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    priority_level = forms.ChoiceField(label=_("priority"), choices=Priority)
    order_owner = forms.ModelChoiceField(label=_("owner"), queryset=User.objects.none(), required=False)
    requested_date = forms.DateField(label=_("requested date"), required=False)
    planned_completion_date = forms.DateField(label=_("planned completion"), required=False)
    notes = forms.CharField(label=_("notes"), max_length=NOTES_LENGTH, required=False, widget=forms.Textarea)
    internal_notes = forms.CharField(label=_("internal notes"), max_length=NOTES_LENGTH, required=False, widget=forms.Textarea)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Whoever owns it may keep it, also when they have left.
        keepers = Q(pk__in=colleagues_of(self.by).values("pk")) | Q(pk=self.record.order_owner_id)
        self.fields["order_owner"].queryset = User.objects.filter(keepers)


class DuplicateForm(forms.Form):
    """What goes along to the copy."""

    with_lines = forms.BooleanField(label=_("lines, at the prices of this order"), required=False, initial=True)
    with_addresses = forms.BooleanField(label=_("addresses"), required=False, initial=True)
    with_partner = forms.BooleanField(label=_("partner"), required=False, initial=True)
    with_notes = forms.BooleanField(label=_("notes"), required=False)


class AddressFields(forms.Form):
    street = forms.CharField(label=_("street"), max_length=200)
    house_number = forms.CharField(label=_("house number"), max_length=40)
    house_number_addition = forms.CharField(label=_("addition"), max_length=40, required=False)
    postal_code = forms.CharField(label=_("postcode"), max_length=10)
    city = forms.CharField(label=_("city"), max_length=100)


class AddressForm(AddressFields):
    version = forms.IntegerField(widget=forms.HiddenInput)


# Lines


class LineForm(forms.Form):
    """One line: an article from the catalogue, or something described with its price."""

    id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    article = forms.CharField(
        label=_("article"), max_length=50, required=False, widget=forms.TextInput({"list": "articles", "autocomplete": "off"})
    )
    description = forms.CharField(label=_("description"), max_length=500, required=False)
    quantity = forms.DecimalField(label=_("quantity"), max_digits=10, decimal_places=3, min_value=Decimal("0.001"), initial=1)
    unit_price = forms.DecimalField(label=_("unit price"), max_digits=12, decimal_places=4, required=False)
    vat_rate = forms.TypedChoiceField(
        label=_("VAT"),
        choices=[(str(rate), f"{rate:.0%}") for rate in VAT_RATES],
        coerce=Decimal,
        initial=str(STANDARD_VAT),
    )
    billing_responsibility = forms.ChoiceField(
        label=_("paid by"), choices=BillingResponsibility, initial=BillingResponsibility.CUSTOMER
    )

    def clean_article(self) -> Article | None:
        number = self.cleaned_data["article"].partition(" ")[0]
        if not number:
            return None
        article: Article | None = Article.objects.sellable().filter(article_number=number).first()
        if article is None:
            raise forms.ValidationError(_("There is no such article, or it is not sold."), code="unknown_article")
        return article

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if "article" in given and given["article"] is None:
            if not given.get("description"):
                self.add_error("description", _("Name an article or describe the line."))
            if given.get("unit_price") is None and "unit_price" not in self.errors:
                self.add_error("unit_price", _("A line without an article needs a price."))
        return given


class LineFormSetBase(forms.BaseFormSet):
    def kept(self) -> list[LineForm]:
        """The lines that were filled in and not crossed out."""
        filled = [form for form in self.forms if form.has_changed() or form.initial.get("id")]
        return [form for form in filled if not form.cleaned_data.get("DELETE")]

    def lines(self) -> tuple[LineData, ...]:
        return tuple(
            LineData(**{name: value for name, value in form.cleaned_data.items() if name != "DELETE"}) for form in self.kept()
        )


LineFormSet = forms.formset_factory(LineForm, formset=LineFormSetBase, extra=1, can_delete=True, max_num=200, validate_max=True)


# A new order


class CustomerKind(models.TextChoices):
    PERSON = "person", _("Private person")
    COMPANY = "company", _("Company")


class NewOrderForm(forms.Form):
    """An order on the phone: for whom, where, what. The e-mail address comes first: it tells whether we know the customer."""

    form_key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    business_entity = forms.ModelChoiceField(label=_("business entity"), queryset=BusinessEntity.objects.none())
    email = forms.EmailField(
        label=_("e-mail address"),
        max_length=254,
        required=False,
        help_text=_("Whoever we know by this address is found again."),
    )
    customer = forms.ModelChoiceField(
        label=_("or a known customer by name"),
        queryset=Organization.objects.none(),
        required=False,
        widget=AutocompleteSelect(Order._meta.get_field("customer_organization"), admin.site),
    )
    known_address = forms.ModelChoiceField(label=_("address"), queryset=Address.objects.none(), required=False)
    customer_kind = forms.ChoiceField(label=_("customer"), choices=CustomerKind, required=False, initial=CustomerKind.PERSON)
    name = forms.CharField(label=_("name of the person"), max_length=200, required=False)
    phone = forms.CharField(label=_("phone"), max_length=40, required=False)
    company_name = forms.CharField(label=_("company"), max_length=200, required=False)
    legal_name = forms.CharField(label=_("legal name"), max_length=200, required=False)
    kvk_number = forms.CharField(label=_("KvK number"), max_length=20, required=False)
    vat_number = forms.CharField(label=_("BTW number"), max_length=30, required=False)
    iban = forms.CharField(label="IBAN", max_length=50, required=False)
    street = forms.CharField(label=_("street"), max_length=200, required=False)
    house_number = forms.CharField(label=_("house number"), max_length=40, required=False)
    house_number_addition = forms.CharField(label=_("addition"), max_length=40, required=False)
    postal_code = forms.CharField(label=_("postcode"), max_length=10, required=False)
    city = forms.CharField(label=_("city"), max_length=100, required=False)
    order_type = forms.ChoiceField(label=_("type"), choices=OrderType)
    priority_level = forms.ChoiceField(label=_("priority"), choices=Priority, initial=Priority.NORMAL)
    requested_date = forms.DateField(label=_("requested date"), required=False)
    partner_organization = forms.ModelChoiceField(label=_("partner"), queryset=Organization.objects.none(), required=False)
    partner_reference = forms.CharField(label=_("partner's reference"), max_length=100, required=False)
    notes = forms.CharField(label=_("notes"), max_length=NOTES_LENGTH, required=False, widget=forms.Textarea)

    PERSON = ("customer_kind", "name", "phone")
    COMPANY = ("company_name", "legal_name", "kvk_number", "vat_number", "iban")
    PLACE = ("street", "house_number", "house_number_addition", "postal_code", "city")
    REST = (
        (_("Kind of order"), ("order_type", "priority_level", "requested_date")),
        (_("Partner and notes"), ("partner_organization", "partner_reference", "notes")),
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        self.fields["business_entity"].queryset = BusinessEntity.objects.visible_to(by).filter(is_active=True)
        self.fields["customer"].queryset = Organization.objects.visible_to(by).customers().filter(is_active=True)
        self.fields["partner_organization"].queryset = Organization.objects.visible_to(by).partners().filter(is_active=True)
        self.fields["known_address"].queryset = Address.objects.visible_to(by)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        given["customer"] = given.get("customer") or self._found(given)
        if not given["customer"]:
            self._ask(given, ("email", "name"), _("Choose a customer, or give name and e-mail address."))
            if given.get("customer_kind") == CustomerKind.COMPANY:
                self._ask(given, ("company_name",), _("A company has a name."))
        if given.get("known_address"):
            self._refuse_strange_address(given)
        elif any(given.get(name) for name in self.PLACE):
            self._ask(given, ("street", "postal_code", "city"), _("An address needs this."))
        return given

    def _found(self, given: dict[str, Any]) -> Organization | None:
        """Whom the e-mail address names; where other details were typed too, the service compares them with what we know."""
        if given.get("name") or not given.get("email") or not given.get("business_entity"):
            return None
        return known_customer(given["business_entity"], given["email"], by=self.by)

    def _ask(self, given: dict[str, Any], names: tuple[str, ...], words: Any) -> None:
        for name in names:
            if not given.get(name) and name not in self.errors:
                self.add_error(name, words)

    def _refuse_strange_address(self, given: dict[str, Any]) -> None:
        customer = given["customer"] or known_customer(given.get("business_entity"), given.get("email", ""), by=self.by)
        if customer is None or given["known_address"] not in addresses_of(customer):
            self.add_error("known_address", _("This address is not one of this customer."))

    def section(self, names: tuple[str, ...]) -> list[forms.BoundField]:
        return [self[name] for name in names]

    def person(self) -> list[forms.BoundField]:
        return self.section(self.PERSON)

    def company(self) -> list[forms.BoundField]:
        return self.section(self.COMPANY)

    def place(self) -> list[forms.BoundField]:
        return self.section(self.PLACE)

    def rest(self) -> list[tuple[Any, list[forms.BoundField]]]:
        return [(title, self.section(names)) for title, names in self.REST]
