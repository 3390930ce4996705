"""The demo world: read from `fixtures/demo`, its secrets made once and kept, its rows made where they are missing."""

import json
import os
import secrets as random
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Self

from django.contrib.auth.models import Group
from django.utils.crypto import get_random_string

from apps.accounts.choices import Scope
from apps.accounts.keys import new_key, parse_key
from apps.accounts.models import ApiKey, User
from apps.core import clock
from apps.core.errors import DomainError
from apps.orders.choices import HoldReason, OrderStatus
from apps.orders.models import Order
from apps.organizations.choices import EntityCode, PartnerStatus
from apps.organizations.models import BusinessEntity, Membership, Organization
from apps.partners.api.serializers import PartnerOrderIn, incoming_order
from apps.partners.mapping import read_partner_order_id
from apps.partners.models import PartnerIntegration, PartnerOrderReference
from apps.partners.presets import PRESETS
from apps.partners.services import ReceivedMessage, accept_order, apply_preset, recognise_order, save_integration
from apps.partners.signing import new_webhook_secret
from apps.partners.simulator import DEFAULT_PORT, messages
from apps.core.api.serializers import shaped
from apps.workflow.services import change_entity_status

# The usual way of an installation; a demo order goes along it as far as it should get.
WAY = (
    OrderStatus.INTAKE_COMPLETED,
    OrderStatus.QUOTE_DRAFT,
    OrderStatus.QUOTE_READY,
    OrderStatus.QUOTE_SENT,
    OrderStatus.BOTH_APPROVED,
    OrderStatus.PLANNING,
    OrderStatus.SCHEDULED,
    OrderStatus.IN_PROGRESS,
    OrderStatus.COMPLETED,
)
