from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.core.admin import ActionForm
from apps.orders.choices import OrderType
from apps.orders.models import Order
from apps.organizations.queries import colleagues_of
from apps.support.choices import AssignedDepartment, TicketEscalation, TicketStatus, TicketType
from apps.support.models import Macro, Ticket
from apps.support.models.comment import CONTENT_LENGTH

AFTER_AN_ANSWER = (TicketStatus.OPEN, TicketStatus.PENDING, TicketStatus.RESOLVED)
MOST_CHOICES = 500


class AnswerForm(ActionForm):
    """What is said to the customer, and what becomes of the ticket by it."""

    content = forms.CharField(label=_("answer"), max_length=CONTENT_LENGTH, widget=forms.Textarea)
    then = forms.ChoiceField(label=_("and then"), required=False)
    macro = forms.ModelChoiceField(Macro.objects.none(), required=False, widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reachable = [
            status for status in AFTER_AN_ANSWER if status in self.record.workflows[self.record.workflow_name()].statuses
        ]
        words = {
            TicketStatus.OPEN: _("we go on with it"),
            TicketStatus.PENDING: _("wait for the customer"),
            TicketStatus.RESOLVED: _("it is resolved"),
        }
        self.fields["then"].choices = [(status.value, words[status]) for status in reachable]
        self.fields["macro"].queryset = Macro.objects.visible_to(self.by).in_use() if self.by else Macro.objects.none()
        self.fields["content"].widget.attrs["rows"] = 8


class NoteForm(ActionForm):
    """What colleagues tell each other."""

    content = forms.CharField(label=_("note"), max_length=CONTENT_LENGTH, widget=forms.Textarea)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("reason"), max_length=2000, widget=forms.Textarea)


class AssignForm(ActionForm):
    assigned_to = forms.ModelChoiceField(None, label=_("assigned to"), required=False, empty_label=_("Whoever takes it"))
    assigned_department = forms.ChoiceField(label=_("department"), choices=AssignedDepartment.choices)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assigned_to"].queryset = colleagues_of(self.by).order_by("first_name", "email")


class EscalateForm(forms.Form):
    level = forms.ChoiceField(
        label=_("to"), choices=[each for each in TicketEscalation.choices if each[0] != TicketEscalation.NONE]
    )
    reason = forms.CharField(label=_("why"), max_length=2000, widget=forms.Textarea)


class MergeForm(ActionForm):
    """The other tickets of the same customer and company that are not done with."""

    into = forms.ModelChoiceField(None, label=_("goes on in"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = (
            Ticket.objects.handled_by(self.by)
            .unfinished()
            .filter(customer_organization=self.record.customer_organization_id, business_entity=self.record.business_entity_id)
        )
        self.fields["into"].queryset = others.exclude(pk=self.record.pk).order_by("-created_at")
        self.fields["into"].label_from_instance = lambda other: f"{other.ticket_number} · {other.subject}"


class OrderForm(ActionForm):
    """The orders of whoever asks."""

    order = forms.ModelChoiceField(None, label=_("order"), required=False, empty_label=_("About no order"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        customer = self.record.customer_organization
        own = {"partner_organization": customer} if customer.is_partner else {"customer_organization": customer}
        orders = Order.objects.visible_to(self.by).kept().filter(business_entity=self.record.business_entity_id, **own)
        keys = list(orders.order_by("-created_at").values_list("pk", flat=True)[:MOST_CHOICES])
        self.fields["order"].queryset = Order.objects.filter(pk__in=keys).order_by("-created_at")


class ConvertForm(forms.Form):
    order_type = forms.ChoiceField(label=_("type"), choices=OrderType.choices)
    requested_date = forms.DateField(label=_("requested date"), required=False)


class EditForm(forms.ModelForm):
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Ticket
        fields = ["subject", "category", "priority"]


class SalesForm(forms.ModelForm):
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Ticket
        fields = ["sales_stage", "opportunity_value", "lead_source", "conversion_probability"]


class TicketForm(forms.ModelForm):
    """A question that came in by phone, or that a colleague writes down for somebody."""

    kind = forms.ChoiceField(label=_("type"), choices=TicketType.choices)

    class Meta:
        model = Ticket
        fields = ["business_entity", "contact", "subject", "description", "category", "priority", "order", "assigned_to"]
        widgets = {"description": UnfoldAdminTextareaWidget(attrs={"rows": 6})}


class MacroForm(forms.ModelForm):
    """An answer that is given often; a text of several lines has a field of several lines."""

    class Meta:
        model = Macro
        exclude: list[str] = []  # the page lists what it holds
        widgets = {
            "text_nl": UnfoldAdminTextareaWidget(attrs={"rows": 8}),
            "text_en": UnfoldAdminTextareaWidget(attrs={"rows": 8}),
        }
