"""Runs inside the system: its partners' messages go to the storm's endpoint, and staff get a token each.

Says as JSON what callers and judge must know: keys of the partners, their words for our statuses, tokens.
"""

import json
import os
import sys
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chargecars.settings")
django.setup()

from apps.accounts.models import User  # noqa: E402 - Django is set up now
from apps.accounts.services import issue_access_token  # noqa: E402
from apps.orders.choices import OrderStatus  # noqa: E402
from apps.partners.models import PartnerIntegration  # noqa: E402
from apps.partners.played_api import ROOT, api_credentials  # noqa: E402

STAFF = 20  # a person may call a thousand times a minute, and half as often while Redis is away


def tune(integration: PartnerIntegration, slug: str, origin: str) -> dict[str, Any]:
    integration.webhook_url = f"{origin}/{slug}"
    integration.rate_limit_config = {"requests_per_minute": 1_000_000}
    if integration.api_base_url:
        integration.api_base_url = f"{origin}{ROOT}"
        integration.credentials = json.dumps(api_credentials(origin, integration.webhook_secret))
    integration.save()
    words = {str(status): integration.outward_status(status) for status in OrderStatus}
    return {
        "words": {status: word for status, word in words.items() if word is not None},
        "ways": [str(channel) for channel in integration.channels],
    }


def main() -> None:
    given = json.loads(sys.argv[1])
    partners = {}
    for slug, api_key in given["api_keys"].items():
        integration = PartnerIntegration.objects.get(partner_organization__slug=slug)
        partners[slug] = {"api_key": api_key, **tune(integration, slug, given["origin"])}
    staff = [User.objects.create_superuser(f"storm{number}@example.nl", None) for number in range(STAFF)]
    sys.stdout.write(json.dumps({"partners": partners, "tokens": [issue_access_token(user) for user in staff]}))


if __name__ == "__main__":
    main()
