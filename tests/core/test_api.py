"""The API kit: what every endpoint takes, refuses and answers."""

import json
from datetime import date, timedelta

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.accounts.services import issue_access_token
from apps.core import clock
from tests.core.hostile import HostileBody, hostile_bodies
from tests.factories.accounts import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.urls_of_tests")]

PLAYGROUND = "/api/v1/playground"


@pytest.fixture(autouse=True)
def roomy_limits(settings) -> None:
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, 10_000)


@pytest.fixture
def user() -> User:
    return UserFactory()


@pytest.fixture
def caller(user) -> Client:
    return Client(headers={"authorization": f"Bearer {issue_access_token(user)}"})


def post(client: Client, raw: bytes | str, path: str = PLAYGROUND, content_type: str = "application/json", **headers: str):
    return client.generic("POST", path, raw, content_type=content_type, headers=headers)


def faults(response) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in response.json().get("errors", [])]


@pytest.mark.parametrize("body", [body for body in hostile_bodies() if body.raw], ids=str)  # no body is an empty object
def test_a_hostile_body_gets_a_problem_document(client, body: HostileBody) -> None:
    response = post(client, body.raw)

    assert response.status_code == body.status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == body.code


@pytest.mark.parametrize("raw", ["null", "[]", '"x"', "1", "true"])
def test_a_body_that_is_no_object_is_refused(client, raw: str) -> None:
    response = post(client, raw)

    assert (response.status_code, response.json()["code"]) == (400, "not_an_object")


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-7",
        "application/json; charset=utf-16",
        "application/json; charset=bogus",
        "application/json; charset=latin-1",
        "nonsense",
    ],
)
def test_another_kind_of_body_is_415(client, content_type: str) -> None:
    response = post(client, "{}", content_type=content_type)

    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", 'application/json;charset="UTF-8"']
)
def test_utf8_may_be_said_or_left_out(client, content_type: str) -> None:
    assert post(client, "{}", content_type=content_type).status_code == 201


NOT_WELL_FORMED = [
    ('{"is_staff": true}', ("/is_staff", "unknown_field")),
    ('{"id": "x", "text": "a"}', ("/id", "unknown_field")),
    ('{"lines": [{"quantity": 1, "unit_price": 1, "vat": 1}]}', ("/lines/0/vat", "unknown_field")),
    ('{"lines": [{"quantity": 1, "unit_price": 1}, {"quantity": "x", "unit_price": 1}]}', ("/lines/1/quantity", "invalid")),
    ('{"lines": [{"quantity": 1}]}', ("/lines/0/unit_price", "required")),
    ('{"lines": {}}', ("/lines", "not_a_list")),
    ('{"lines": [1]}', ("/lines/0", "invalid")),
    ('{"text": 1}', ("/text", "invalid")),
    ('{"text": true}', ("/text", "invalid")),
    ('{"text": null}', ("/text", "null")),
    ('{"text": ""}', ("/text", "blank")),
    ('{"text": "   "}', ("/text", "blank")),
    ('{"text": "123456789012345678901"}', ("/text", "max_length")),
    ('{"text": "a\\nb"}', ("/text", "line_end")),
    ('{"text": "a\\n"}', ("/text", "line_end")),
    ('{"aside": "a\\n"}', ("/aside", "line_end")),
    ('{"note": null}', ("/note", "null")),
    ('{"text": "a\\u2028b"}', ("/text", "line_end")),
    ('{"email": "a@b"}', ("/email", "invalid")),
    ('{"email": "a@[127.0.0.1]"}', ("/email", "address_literal")),
    ('{"email": "a@example.org\\nBcc: b@example.org"}', ("/email", "invalid")),
    ('{"email": "a@example.org\\n"}', ("/email", "invalid")),
    ('{"email": 1}', ("/email", "invalid")),
    ('{"number": "1"}', ("/number", "invalid")),
    ('{"number": 1.0}', ("/number", "invalid")),
    ('{"number": true}', ("/number", "invalid")),
    ('{"number": 11}', ("/number", "max_value")),
    ('{"number": -1}', ("/number", "min_value")),
    ('{"flag": 1}', ("/flag", "invalid")),
    ('{"flag": "true"}', ("/flag", "invalid")),
    ('{"key": 1}', ("/key", "invalid")),
    ('{"key": [1]}', ("/key", "invalid")),
    ('{"key": {"id": 1}}', ("/key", "invalid")),
    ('{"key": "6a2f0b1c5d3e4f60718293a4b5c6d7e8"}', ("/key", "invalid")),
    ('{"key": "urn:uuid:6a2f0b1c-5d3e-4f60-7182-93a4b5c6d7e8"}', ("/key", "invalid")),
    ('{"choice": "middle"}', ("/choice", "invalid_choice")),
    ('{"choice": ["low"]}', ("/choice", "invalid_choice")),
    ('{"choice": 1}', ("/choice", "invalid_choice")),
    *[
        (json.dumps({"day": day}), ("/day", code))
        for day, code in [
            ("20260101", "invalid"), ("2026-W01-1", "invalid"), ("2026-1-1", "invalid"), ("01-02-2026", "invalid"),
            ("2026-02-30", "invalid"), ("0000-00-00", "invalid"), ("٢٠٢٦-٠١-٠١", "invalid"), ("2026-01-01\n", "invalid"),
            ("2026-01-01T00:00:00", "invalid"), ("", "invalid"), (20260101, "invalid"), (["2026-01-01"], "invalid"),
            ("1999-12-31", "out_of_range"), ("0001-01-01", "out_of_range"), ("9999-12-31", "out_of_range"),
        ]
    ],
    *[
        (json.dumps({"moment": moment}), ("/moment", code))
        for moment, code in [
            ("2026-03-29T02:30:00", "offset_required"), ("2026-10-25T02:30:00", "offset_required"),
            ("2026-01-01", "invalid"), ("2026-01-01 10:00:00+01:00", "invalid"), ("2026-01-01T25:00:00Z", "invalid"),
            ("2026-01-01T10:00:00+25:00", "invalid"), ("0001-01-01T00:00:00Z", "out_of_range"), (1767225600, "invalid"),
        ]
    ],
]  # fmt: skip


@pytest.mark.parametrize(("raw", "fault"), NOT_WELL_FORMED)
def test_a_field_of_another_shape_is_refused_by_name(client, raw: str, fault: tuple[str, str]) -> None:
    response = post(client, raw)

    assert response.status_code == 400
    assert faults(response) == [fault]


@pytest.mark.parametrize("nothing", ['""', '"  "', "null"])
def test_an_optional_text_is_nothing_in_any_spelling(client, nothing: str) -> None:
    response = post(client, f'{{"aside": {nothing}}}')

    assert (response.status_code, response.json()) == (201, {"aside": ""})


WELL_FORMED_AMOUNTS = [
    ("599.00", "599.00"), ("0", "0"), ("-0", "0"), ("-0.00", "0.00"), ("-12.5", "-12.5"), ("999999999.99", "999999999.99"),
]  # fmt: skip
BAD_AMOUNTS = [
    "1.005", "0.30000000000000004", "1000000000.00", "01.00", ".5", "5.", "+1", " 1.00 ", "1.00\n", "1_000", "1,00",
    "1.000,00", "1E+2", "1e2", "NaN", "sNaN", "Infinity", "0x10", "١٢٣", "１２", "EUR 1", "", "--1", "1.0.0",
]  # fmt: skip


@pytest.mark.parametrize(("given", "kept"), WELL_FORMED_AMOUNTS)
def test_an_amount_is_a_string_or_a_number_and_never_rounded(client, given: str, kept: str) -> None:
    as_text = post(client, json.dumps({"amount": given}))
    as_number = post(client, f'{{"amount": {given}}}')

    assert as_text.json() == {"amount": kept}
    assert as_number.json() == {"amount": kept}


@pytest.mark.parametrize("given", BAD_AMOUNTS)
def test_an_amount_in_another_spelling_is_refused(client, given: str) -> None:
    response = post(client, json.dumps({"amount": given}))

    assert response.status_code == 400
    assert faults(response)[0][0] == "/amount"
    assert faults(response)[0][1] in ("invalid", "too_many_decimals")


@pytest.mark.parametrize("raw", ['{"amount": true}', '{"amount": [1]}', '{"amount": {"value": 1}}', '{"amount": null}'])
def test_an_amount_of_another_type_is_refused(client, raw: str) -> None:
    assert faults(post(client, raw))[0][0] == "/amount"


def test_prices_take_four_decimals_and_quantities_three(client) -> None:
    fits = post(client, '{"lines": [{"quantity": "1.125", "unit_price": 12.3456}]}')
    too_fine = post(client, '{"lines": [{"quantity": "1.1251", "unit_price": 12.34567}]}')

    assert fits.status_code == 201
    assert faults(too_fine) == [("/lines/0/quantity", "too_many_decimals"), ("/lines/0/unit_price", "too_many_decimals")]


def test_days_reach_from_2000_to_five_years_ahead(client) -> None:
    today = clock.today()
    last = today.replace(year=today.year + 5) if (today.month, today.day) != (2, 29) else date(today.year + 5, 3, 1)

    assert post(client, '{"day": "2000-01-01"}').status_code == 201
    assert post(client, json.dumps({"day": last.isoformat()})).status_code == 201
    assert faults(post(client, json.dumps({"day": (last + timedelta(days=1)).isoformat()}))) == [("/day", "out_of_range")]


def test_all_faults_are_told_at_once(client) -> None:
    response = post(client, '{"text": 1, "number": "x", "extra": 1}')

    assert sorted(faults(response)) == [("/extra", "unknown_field"), ("/number", "invalid"), ("/text", "invalid")]


PROBLEMS = [
    ("refused", 422, "guard_failed"),
    ("conflict", 409, "status_conflict"),
    ("forbidden", 403, "permission_denied"),
    ("not-found", 404, "not_found"),
    ("unauthenticated", 401, "not_authenticated"),
    ("too-many", 429, "rate_limited"),
    ("unavailable", 503, "unavailable"),
    ("database-gone", 503, "unavailable"),
    ("value-refused", 400, "value_out_of_range"),
    ("constraint", 409, "conflict"),
    ("defect", 500, "internal_error"),
]


@pytest.mark.parametrize(("how", "status", "code"), PROBLEMS)
def test_every_refusal_is_a_problem_document(client, how: str, status: int, code: str) -> None:
    client.raise_request_exception = False

    response = client.get(f"/api/v1/refusing/{how}", headers={"x-request-id": "request-12345678"})
    document = response.json()

    assert response.status_code == document["status"] == status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["X-Request-ID"] == document["request_id"] == "request-12345678"
    assert document["code"] == code
    assert document["type"] == f"urn:chargecars:problem:{code}"
    assert {"title", "detail"} <= set(document)
    assert not any(secret in response.text for secret in ("10.0.0.1", "column x", "secret"))


def test_a_refusal_carries_its_reasons_fields_and_headers(client) -> None:
    refused = client.get("/api/v1/refusing/refused").json()
    conflict = client.get("/api/v1/refusing/conflict").json()
    too_many = client.get("/api/v1/refusing/too-many")
    unavailable = client.get("/api/v1/refusing/unavailable")

    assert refused["reasons"] == [{"code": "address_missing", "detail": "No address."}]
    assert conflict["errors"] == [{"pointer": "/version", "code": "old", "detail": "Old."}]
    assert too_many.headers["Retry-After"] == "17"
    assert unavailable.headers["Retry-After"] == "5"


def test_what_no_view_answers_is_a_problem_document_too(client) -> None:
    missing = client.get("/api/v1/nothing-here")
    wrong_method = client.put(PLAYGROUND, "{}", content_type="application/json")
    not_acceptable = client.get("/api/v1/people-only", headers={"accept": "application/xml"})

    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert (wrong_method.status_code, wrong_method.json()["code"]) == (405, "method_not_allowed")
    assert (not_acceptable.status_code, not_acceptable.json()["code"]) == (406, "not_acceptable")


def test_a_page_of_people_gets_a_page(client) -> None:
    response = client.get("/nothing-here")

    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html")


def test_a_write_that_is_refused_leaves_nothing(caller, user) -> None:
    refused = post(caller, '{"name": "Half", "status": 409}', "/api/v1/write")
    name_after_refusal = User.objects.get(pk=user.pk).first_name
    accepted = post(caller, '{"name": "Whole"}', "/api/v1/write")

    assert (refused.status_code, name_after_refusal) == (409, "Sanne")
    assert (accepted.status_code, User.objects.get(pk=user.pk).first_name) == (201, "Whole")


class TestLists:
    PATH = "/api/v1/people"

    @pytest.fixture(autouse=True)
    def people(self, user) -> list[str]:
        moment = clock.now()
        emails = [f"a{number:03d}@example.org" for number in range(60)]
        for number, email in enumerate(emails):
            # Three of one moment: the key must decide between them.
            UserFactory(email=email, created_at=moment - timedelta(minutes=number // 3 + 1))
        return emails

    def test_25_rows_by_default_and_200_at_most(self, caller) -> None:
        assert len(caller.get(self.PATH).json()["results"]) == 25
        assert len(caller.get(f"{self.PATH}?limit=200").json()["results"]) == 61

    def test_every_row_stands_on_exactly_one_page(self, caller, people) -> None:
        pages, address = [], f"{self.PATH}?limit=7"
        while address:
            page = caller.get(address).json()
            pages.append([row["email"] for row in page["results"]])
            address = page["next"]
        seen = [email for page in pages for email in page]

        assert len(pages) == 9
        assert sorted(seen[1:]) == people
        assert len(set(seen)) == len(seen) == 61

    def test_one_can_go_back(self, caller) -> None:
        first = caller.get(f"{self.PATH}?limit=7").json()
        second = caller.get(first["next"]).json()
        back = caller.get(second["previous"]).json()

        assert first["previous"] is None
        assert back["results"] == first["results"]
        assert caller.get(back["next"]).json()["results"] == second["results"]

    def test_links_are_whole_addresses_that_keep_the_filters(self, caller) -> None:
        page = caller.get(f"{self.PATH}?limit=7&language=nl").json()

        assert page["next"].startswith("http://testserver/api/v1/people?")
        assert "language=nl" in page["next"]

    @pytest.mark.parametrize("limit", ["0", "-1", "201", "1e3", "٢", "", "10000000000000000000000", "1.0", "x"])
    def test_another_limit_is_refused(self, caller, limit: str) -> None:
        response = caller.get(self.PATH, {"limit": limit})

        assert (response.status_code, faults(response)) == (400, [("/limit", "invalid_limit")])

    @pytest.mark.parametrize("cursor", ["", "x", "WzBd", "bnVsbA", "e30", "W10", "é", "A" * 900, "WzAsIjIwMjYtMDEtMDEiLCJ4Il0"])
    def test_a_cursor_of_ones_own_is_refused(self, caller, cursor: str) -> None:
        response = caller.get(self.PATH, {"cursor": cursor})

        assert (response.status_code, faults(response)) == (400, [("/cursor", "invalid_cursor")])

    def test_an_unknown_filter_is_refused(self, caller) -> None:
        response = caller.get(f"{self.PATH}?langauge=nl&page=2")

        assert response.status_code == 400
        assert faults(response) == [("/langauge", "unknown_parameter"), ("/page", "unknown_parameter")]

    def test_a_filter_given_twice_is_refused(self, caller) -> None:
        assert faults(caller.get(f"{self.PATH}?language=nl&language=en")) == [("/language", "repeated_parameter")]

    def test_a_value_that_the_filter_does_not_know_is_refused(self, caller) -> None:
        assert faults(caller.get(f"{self.PATH}?language=fr")) == [("/language", "invalid_choice")]
