"""Run in the system under measurement: browsers that are logged in, an order in the middle of the list and how long its page
takes; says the cookies, the addresses to ask for and the statements of the longest page.
"""

import json
import os
import sys
from urllib.parse import urlencode

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chargecars.settings")
django.setup()

from django.conf import settings  # noqa: E402 - Django is set up now
from django.test import Client  # noqa: E402

from apps.accounts.models import User  # noqa: E402
from apps.core.api.pagination import Cursor  # noqa: E402
from apps.orders.models import Order  # noqa: E402
from apps.workflow.models import StatusTransition  # noqa: E402
from tests.benchmarks.recording import recording  # noqa: E402

COOKIE = settings.SESSION_COOKIE_NAME


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def addresses(middle: Order) -> dict[str, list[str]]:
    customer = middle.primary_contact.email  # a name has more orders where there are more: that would be another answer
    cursor = Cursor(False, middle.created_at, middle.pk).encoded()
    api, admin = "/api/v1/orders", "/admin/orders/order/"
    return {
        "API list": [api],
        "API filter": [f"{api}?status=planning", f"{api}?business_entity=laderthuis&order_type=installation"],
        "API number": [f"{api}?{urlencode({'search': middle.order_number})}"],
        "API customer": [f"{api}?{urlencode({'search': customer})}"],
        "API middle": [f"{api}?{urlencode({'cursor': cursor})}"],
        "admin list": [admin],
        "admin filter": [f"{admin}?status=planning"],
        "admin number": [f"{admin}?{urlencode({'q': middle.order_number})}"],
        "admin customer": [f"{admin}?{urlencode({'q': customer})}"],
        "admin middle": [f"{admin}?after={middle.pk}"],
    }


def page_statements(client: Client) -> int:
    """Of the order with the longest log among some."""
    long = StatusTransition.objects.filter(entity_type="order", sequence__gte=12)
    longest = long.order_by("pk").values_list("entity_id", flat=True).first()
    address = f"/admin/orders/order/{longest or Order.objects.first().pk}/change/"
    client.get(address)
    with recording() as kept:
        client.get(address)
    return kept.count


if __name__ == "__main__":
    clients = [browser_of(user) for user in User.objects.filter(email__startswith="bench", is_superuser=True)]
    at = int(sys.argv[1])
    middle = Order.objects.kept().select_related("primary_contact").order_by("-created_at", "-pk")[at]
    told = {
        "cookies": [f"{COOKIE}={client.cookies[COOKIE].value}" for client in clients],
        "addresses": addresses(middle),
        "page": page_statements(clients[0]),
    }
    sys.stdout.write(json.dumps(told))
