"""A bank line that is the payout of a payment provider: which payments came in with it."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.admin import ActionForm, euro
from apps.finance import services
from apps.finance.models import BankTransaction, ProviderMovement, ProviderSettlement
from apps.finance.queries import expected_payouts


class SettleForm(ActionForm):
    """A payout as the provider told of it, or its payments one by one."""

    payout = forms.ChoiceField(label=_("payout"), required=False)
    references = forms.CharField(
        label=_("or its payments"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea,
        help_text=_("The provider's references of all its payments, refunds and chargebacks, one on a line."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payout"].choices = [("", _("the payments named below")), *self._payouts()]

    def _payouts(self) -> list[tuple[str, str]]:
        """Those that the line can be, the one with the least fee first."""
        amount = self.record.amount
        possible = [each for each in expected_payouts(self.record.business_entity) if each.gross >= amount]
        return [
            (
                each.reference,
                _("%(reference)s · payments: %(count)s · %(gross)s · fee %(fee)s")
                % {"reference": each.reference, "count": each.count, "gross": euro(each.gross), "fee": euro(each.gross - amount)},
            )
            for each in sorted(possible, key=lambda each: each.gross)
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        named = list(dict.fromkeys((cleaned.get("references") or "").split()))
        chosen = cleaned.get("payout", "")
        if bool(named) == bool(chosen):
            raise forms.ValidationError(_("Choose a payout, or name its payments: one of the two."), code="one_of_two")
        return {"reference": chosen, "movements": self._movements(chosen, named)}

    def _movements(self, chosen: str, named: Sequence[str]) -> list[ProviderMovement]:
        waiting = ProviderMovement.objects.filter(business_entity=self.record.business_entity_id, settlement=None)
        if chosen:
            return list(waiting.filter(settlement_reference=chosen))
        found = {each.reference: each for each in waiting.filter(reference__in=named)}
        if missing := [reference for reference in named if reference not in found]:
            detail = _("Not known, or paid out already: %(references)s") % {"references": ", ".join(missing[:20])}
            raise forms.ValidationError(detail, code="unknown_reference")
        return list(found.values())


def settle(
    *, bank_transaction: BankTransaction, movements: Sequence[ProviderMovement], reference: str, by: User
) -> ProviderSettlement:
    """What a person says that a line pays out."""
    return services.bank_line_settle(bank_transaction=bank_transaction, movements=movements, reference=reference, by=by)
