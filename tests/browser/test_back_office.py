"""The back office as staff meet it: home, search, letters, languages."""

from apps.communication.services import send_due_messages, send_notification
from apps.organizations.models import BusinessEntity
from tests.factories.organizations import ContactFactory, OrganizationFactory


def customer(name: str = "Fenna", email: str = "fenna@example.nl"):
    entity = BusinessEntity.objects.get(entity_code="laderthuis")
    organization = OrganizationFactory(business_entity=entity, name=f"{name} Zonderling", email=email)
    return ContactFactory(organization=organization, first_name=name, last_name="Zonderling", email=email)


def test_the_palette_finds_a_customer(staff):
    customer()
    staff.open("/admin/")

    staff.page.keyboard.press("Control+k")
    staff.page.locator("#command-results").wait_for(state="attached")
    staff.page.keyboard.type("zonderling")
    staff.page.locator("a", has_text="Fenna Zonderling").first.click()

    staff.page.wait_for_url("**/admin/organizations/**")


def test_a_customers_letter_is_there_to_read_as_the_customer_sees_it(staff):
    send_notification(
        template_code="hold_notification",
        recipient_contact=customer(),
        variables={
            "order_number": "LT-2026-00001",
            "hold_reason_details": "De laadpaal is later geleverd.",
            "estimated_resume_date": "",
        },
    )
    send_due_messages(limit=10)

    staff.open("/admin/mailbox/")
    staff.page.get_by_role("link", name="Uw order LT-2026-00001 is tijdelijk uitgesteld").click()

    letter = staff.page.frame_locator("iframe")
    letter.get_by_text("De laadpaal is later geleverd.").wait_for()
    letter.get_by_text("LaderThuis.nl B.V.").first.wait_for()
    staff.look("mail")


def test_the_back_office_speaks_english_too(staff):
    staff.open("/admin/communication/communicationtemplate/")
    assert staff.reads("Berichtsjablonen")

    staff.page.get_by_text("sanne@example.org").last.click()
    staff.page.get_by_role("button", name="English").click()

    staff.page.get_by_text("Message templates").first.wait_for()
    assert staff.page.url.endswith("/admin/communication/communicationtemplate/")


def test_a_filtered_list_keeps_its_name_on_a_phone(staff):
    staff.page.set_viewport_size({"width": 390, "height": 844})

    staff.open("/admin/orders/order/?q=nobody")

    word = staff.page.locator("#header-inner .cc-crumb-word")
    assert word.inner_text() == "Orders"
    assert word.evaluate("word => getComputedStyle(word).clipPath") == "none"
