from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.partners.choices import IntegrationType


@dataclass(frozen=True, kw_only=True)
class Preset:
    """How a partner writes its orders and what it calls our statuses and articles.

    Attributes:
        statuses: our status → the word that the partner hears.
        meanings: the word that the partner reports → our status; which of them move an order is agreed per integration.
        skus: the partner's article number → ours.
        particulars: further `partner_specific_config`.
    """

    label: str
    integration_type: IntegrationType
    partner_order_id_field: str
    field_mapping: Mapping[str, Any]
    statuses: Mapping[str, str]
    meanings: Mapping[str, str]
    skus: Mapping[str, str]
    status_call: Mapping[str, str] = field(default_factory=dict)
    api_version: str = ""
    particulars: Mapping[str, Any] = field(default_factory=dict)

    @property
    def status_mapping(self) -> dict[str, dict[str, str]]:
        return {"chargecars_to_partner": dict(self.statuses), "partner_to_chargecars": dict(self.meanings)}

    @property
    def partner_specific_config(self) -> dict[str, Any]:
        call = {"status_call": dict(self.status_call)} if self.status_call else {}
        return {**self.particulars, **call}
