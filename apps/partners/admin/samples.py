"""Messages to begin a try-out with: what this partner sent, what of it was refused, and invented ones of each dialect."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder

from apps.core import clock
from apps.core.errors import Text
from apps.gateway.models import ApiUsageLog, RawInbound
from apps.partners.health import LISTED, latest_orders, refused_calls
from apps.partners.models import PartnerIntegration, PartnerMessage
from apps.partners.presets import PRESETS
from apps.partners.simulator import PAYLOADS

# What tells of a message without being one.
NOT_INBOUND = ("order.status_changed",)


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """One message that can be put into the try-out: `query` in the page's address does so."""

    label: str
    detail: Text
    query: str


def invented(integration: PartnerIntegration) -> list[Beginning]:
    """The messages of `fixtures/payloads`, those of the integration's own dialect first."""
    own = [name for name, preset in PRESETS.items() if preset.partner_order_id_field == integration.partner_order_id_field]
    paths = sorted(_files().items(), key=lambda item: (item[0].split("/")[0] not in own, item[0]))
    return [Beginning(label=name, detail="", query=f"sample={name}") for name, _path in paths]


def received(integration: PartnerIntegration) -> list[Beginning]:
    """The latest orders of the partner, as they came."""
    latest = PartnerMessage.objects.filter(reference__order__in=latest_orders(integration, most=LISTED))
    rows = latest.select_related("reference").defer("payload")
    return [
        Beginning(label=row.reference.partner_order_id, detail=_moment(row.received_at), query=f"message={row.pk}")
        for row in rows.order_by("-received_at")[:LISTED]
    ]


def refused(integration: PartnerIntegration) -> list[Beginning]:
    """The latest messages of the partner that were refused, as far as they are kept."""
    calls = refused_calls(integration)
    kept = {row.request_id: row for row in raw_of(calls).defer("body")}
    return [
        Beginning(label=call.error_code, detail=_moment(call.occurred_at), query=f"refused={kept[call.request_id].pk}")
        for call in calls
        if call.request_id in kept
    ]


def raw_of(calls: Sequence[ApiUsageLog]) -> Any:
    """What those calls carried, as far as it is kept."""
    return RawInbound.objects.filter(request_id__in=[call.request_id for call in calls if call.request_id])


def text_of(integration: PartnerIntegration, *, sample: str = "", message: str = "", refused_id: str = "") -> str:
    """The text of one of these messages; empty where it is none of this integration's."""
    if sample in (files := _files()):
        return files[sample].read_text()
    if found := PartnerMessage.objects.filter(reference__integration=integration, pk=_key(message)).first():
        return json.dumps(found.payload, indent=2, ensure_ascii=False, cls=DjangoJSONEncoder)
    raw = raw_of(refused_calls(integration)).filter(pk=_key(refused_id)).first()
    return raw.body if raw is not None else ""


def _files() -> dict[str, Path]:
    paths = {str(path.relative_to(PAYLOADS).with_suffix("")): path for path in PAYLOADS.rglob("*.json")}
    return {name: path for name, path in paths.items() if name not in NOT_INBOUND}


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _moment(moment: Any) -> str:
    return f"{clock.local(moment):%d-%m %H:%M}"
