"""Whatever stands behind the question mark, of the API's lists and of staff's: an answer or a refusal, never a failure."""

from urllib.parse import quote

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from tests.architecture.doors import doors
from tests.architecture.house import is_ours
from tests.doors.world import SUPERUSER, World, one_call

LISTS = sorted(
    f"/{door.route}" for door in doors() if door.api_view is not None and "<" not in door.route and hasattr(door.api_view, "get")
)
PAGES = sorted((model for model in admin.site._registry if is_ours(model)), key=lambda model: model._meta.label)
WORDS = [
    "",
    "x",
    "0",
    "-1",
    "99999999999999999999",
    "1e400",
    "NaN",
    "null",
    "' OR 1=1",
    "%00",
    "%ff",
    "%ed%a0%80",
    "..%2f",
    quote("\u202eabc"),
    "x" * 900,
]
NAMES = [
    "p",
    "o",
    "e",
    "q",
    "after",
    "id",
    "id__in",
    "pk",
    "status",
    "status__exact",
    "created_at_from",
    "view",
    "_popup",
    "_to_field",
    "cursor",
    "limit",
    "search",
]


def queries() -> list[str]:
    """Every word in every parameter, a few at a time, and what no form sends."""
    each = [f"{name}={word}" for name in NAMES for word in WORDS]
    return [*each[:: len(WORDS) - 1], "a=1&a=2&a=3", "=", "&&&", "q=" + "+".join("abcdefgh"), "created_at_from=2026-02-30", "o=1.-2.3", "id=1&id=2", "business_entity__id__exact=x"]  # fmt: skip


@pytest.mark.parametrize("address", LISTS)
def test_a_bad_query_of_a_list_is_no_failure(world: World, address: str) -> None:
    client = Client(raise_request_exception=False, headers=world.callers[SUPERUSER])
    found = {}
    for query in queries():
        with one_call():
            answer = client.get(f"{address}?{query}")
        if answer.status_code >= 500 and answer.status_code != 503:
            found[query] = answer.status_code

    assert found == {}


@pytest.mark.parametrize("model", PAGES, ids=lambda model: model._meta.label)
def test_a_bad_query_of_a_page_is_no_failure(world: World, model: type) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(world.admin)
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    found = {}
    for query in queries():
        with one_call():
            answer = client.get(f"{address}?{query}")
        if answer.status_code >= 500:
            found[query] = answer.status_code

    assert found == {}
