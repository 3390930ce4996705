"""The pages where customers ask and rate: for everybody, without a script, and telling nothing."""

from datetime import timedelta

import pytest
import time_machine

from apps.core import clock
from apps.organizations.models import Organization
from apps.support.choices import TicketStatus as S
from apps.support.models import Ticket
from apps.support.services import add_comment, rating_link, resolve_ticket, take_up_again
from tests.factories.orders import OrderFactory

HERE = "/support/chargecars"
QUESTION = {
    "name": "Sanne de Wit",
    "email": "Sanne@Example.nl",
    "category": "scheduling",
    "order_number": "",
    "subject": "Wanneer komen jullie?",
    "message": "Wij hebben nog niets gehoord.",
    "website": "",
}

pytestmark = pytest.mark.usefixtures("entity")


@pytest.fixture
def roomy(settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "public": 1000}


@pytest.fixture
def path(ask, agent):
    """The rating page of a resolved ticket."""
    resolve_ticket(ticket=ask(), resolution="Vrijdag.", by=agent)
    return rating_link(Ticket.objects.get()).removeprefix("http://testserver")


def test_a_question_becomes_a_ticket_and_its_number_is_told(client, roomy, deliver_events):
    answer = client.post(f"{HERE}?language=nl", QUESTION)
    thanks = client.get(answer.headers["Location"])

    ticket = Ticket.objects.get()
    assert (answer.status_code, thanks.status_code) == (303, 200)
    assert ticket.ticket_number in thanks.content.decode()
    assert (ticket.subject, ticket.category, ticket.source, ticket.status) == (QUESTION["subject"], "scheduling", "form", S.NEW)
    assert (ticket.contact.email, ticket.contact.full_name, ticket.order) == ("sanne@example.nl", "Sanne de Wit", None)


def test_the_page_needs_no_script_and_takes_none(client):
    page = client.get(HERE)

    policy = page.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert b"<script" not in page.content
    assert page.headers["Content-Language"] == "nl" or b'lang="nl"' in page.content
    assert b'lang="en"' in client.get(f"{HERE}?language=en").content


def test_an_order_is_linked_only_when_number_and_address_belong_together(client, roomy, entity, customer):
    order = OrderFactory(business_entity=entity, customer_organization=customer.organization, primary_contact=customer)
    number = order.order_number.lower()

    client.post(HERE, QUESTION | {"order_number": number})
    client.post(HERE, QUESTION | {"order_number": number, "email": "stranger@example.nl", "subject": "Vreemd"})

    mine, strangers = Ticket.objects.get(subject=QUESTION["subject"]), Ticket.objects.get(subject="Vreemd")
    assert (mine.order, mine.contact) == (order, customer)
    assert strangers.order is None
    assert number in strangers.description


@pytest.mark.parametrize(
    "wrong",
    [{"email": "nope"}, {"name": ""}, {"message": ""}, {"category": "fun"}, {"subject": "x" * 201}, {"name": "a\x00b"}, {"message": " "}],
)  # fmt: skip
def test_what_is_wrong_is_shown_and_nothing_is_made(client, roomy, wrong):
    answer = client.post(HERE, QUESTION | wrong)

    assert answer.status_code in (400, 422)
    assert (Ticket.objects.count(), Organization.objects.customers().count()) == (0, 0)


def test_a_machine_believes_that_it_was_heard(client):
    answer = client.post(HERE, QUESTION | {"website": "https://spam.example"})

    assert (answer.status_code, client.get(answer.headers["Location"]).status_code) == (303, 200)
    assert Ticket.objects.count() == 0


def test_scripts_in_a_question_do_not_survive(client, roomy):
    client.post(HERE, QUESTION | {"message": "<p>Hallo</p><script>alert(1)</script>", "subject": "<b>Vet</b>"})

    ticket = Ticket.objects.get()
    assert (ticket.description, ticket.subject) == ("Hallo", "Vet")


def test_a_made_up_number_is_not_thanked_for(client, roomy):
    assert b"SUP-2026-00001" not in client.get(f"{HERE}?thanks=SUP-2026-00001").content


def test_one_address_does_not_ask_without_end(client):
    assert [client.get(HERE).status_code for _ in range(12)][-1] == 429


def test_no_company_no_form(client):
    assert client.get("/support/nobody").status_code == 404


def test_whoever_has_the_link_rates_once_it_is_resolved(client, roomy, path):
    opened = client.get(path)
    assert (opened.status_code, Ticket.objects.get().satisfaction_rating) == (200, None)

    answer = client.post(path, {"rating": "4", "comment": "<script>x</script>Snel geholpen."})

    ticket = Ticket.objects.get()
    assert answer.status_code == 200
    assert (ticket.satisfaction_rating, ticket.satisfaction_comment) == (4, "Snel geholpen.")
    assert ticket.rated_at is not None


@pytest.mark.parametrize("rating", ["0", "6", "", "x", "1e3"])
def test_a_rating_is_one_to_five(client, roomy, path, rating):
    assert client.post(path, {"rating": rating}).status_code == 422
    assert Ticket.objects.get().satisfaction_rating is None


def test_a_ticket_that_was_opened_again_is_not_rated(client, roomy, path, agent):
    take_up_again(ticket=Ticket.objects.get(), by=agent)

    assert client.post(path, {"rating": "5"}).status_code == 409
    assert Ticket.objects.get().satisfaction_rating is None


def test_a_link_that_is_not_ours_opens_nothing(client, roomy, path):
    assert client.get(path[:-2] + "xx").status_code == client.get("/rate/abc").status_code == 404


def test_an_answer_is_what_the_customer_reads_in_their_language(ask, agent, customer, deliver_events):
    customer.language = "en"
    customer.save()
    add_comment(ticket=ask(), content="On Friday.", by=agent)

    deliver_events()

    subjects = sorted(message.subject for message in customer.messages.all())
    number = Ticket.objects.get().ticket_number
    assert subjects == [f"Re: Wanneer komen jullie? ({number})", f"We have received your question: {number}"]


def test_a_second_press_of_the_button_asks_nothing_more(client, roomy):
    first, again = client.post(HERE, QUESTION), client.post(HERE, QUESTION)

    number = Ticket.objects.get().ticket_number
    assert [number in client.get(each.headers["Location"]).content.decode() for each in (first, again)] == [True, True]
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        client.post(HERE, QUESTION)
    assert Ticket.objects.count() == 2


def test_the_same_words_about_something_else_are_another_question(client, roomy, entity, customer):
    orders = [
        OrderFactory(business_entity=entity, customer_organization=customer.organization, primary_contact=customer)
        for _ in range(2)
    ]
    for more in (
        {},
        {"subject": "De andere paal"},
        {"category": "billing"},
        *({"order_number": order.order_number} for order in orders),
        {"email": "piet@example.nl"},
    ):
        client.post(HERE, QUESTION | more)

    assert Ticket.objects.count() == 6
