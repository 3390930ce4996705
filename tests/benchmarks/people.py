"""Run in the system under measurement: makes callers with a token each, lifts the demo partner's limit, and says the tokens.

A person may call a thousand times a minute, so that the benchmark speaks for many.
"""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chargecars.settings")
django.setup()

from apps.accounts.models import User  # noqa: E402 - Django is set up now
from apps.accounts.services import issue_access_token  # noqa: E402
from apps.partners.models import PartnerIntegration  # noqa: E402

CALLERS = 40

PartnerIntegration.objects.update(rate_limit_config={"requests_per_minute": 1_000_000}, test_mode=False)
users = []
for number in range(CALLERS):
    email = f"bench{number}@example.nl"
    user = User.objects.filter(email=email).first() or User.objects.create_superuser(email, "a-password-of-the-benchmark-1")
    users.append(user)
sys.stdout.write(json.dumps([issue_access_token(user) for user in users]))
