"""A web form: an answer is found by the label of its question, and whoever fills it in picks products from a list."""

from apps.orders.choices import OrderStatus
from apps.partners.choices import IntegrationType
from apps.partners.presets.preset import Preset


def _answer(label: str, part: str = "") -> str:
    return f"questions[?label=='{label}'].value{part} | [0]"


ENECO = Preset(
    label="Eneco",
    integration_type=IntegrationType.FORM,
    partner_order_id_field="questions[?label=='Aanvraagnummer'].value | [0]",
    field_mapping={
        "external_order_reference": "submissionId",
        "partner_customer_id": _answer("Klantnummer Eneco"),
        "customer.name": (
            "join(' ', [questions[?label=='Voornaam'].value | [0], questions[?label=='Achternaam'].value | [0]][?@])"
        ),
        "customer.email": _answer("E-mailadres"),
        "customer.phone": _answer("Telefoonnummer"),
        "customer.address.street": _answer("Adres", ".straat"),
        "customer.address.house_number": _answer("Adres", ".huisnummer"),
        "customer.address.addition": _answer("Adres", ".toevoeging"),
        "customer.address.postal_code": _answer("Adres", ".postcode"),
        "customer.address.city": _answer("Adres", ".plaats"),
        # Nothing picked means a lead; our own shape leaves the lines out then.
        "line_items": (
            "(questions[?label=='Wat wilt u laten plaatsen?'].value | [0])[0]"
            " && (questions[?label=='Wat wilt u laten plaatsen?'].value | [0])[].{partner_sku: code, description: keuze}"
        ),
        "installation_preferences.preferred_date": _answer("Wanneer komt het u uit?"),
        "installation_preferences.time_preference": {
            "path": _answer("Dagdeel"),
            "values": {"Ochtend (8.00-12.00)": "morning", "Middag (12.00-17.00)": "afternoon", "Maakt niet uit": ""},
        },
        "installation_preferences.access_notes": _answer("Hoe bereiken wij uw meterkast?"),
        "installation_preferences.notes": _answer("Wilt u nog iets kwijt?"),
    },
    statuses={
        OrderStatus.NEW_LEAD: "Ontvangen",
        OrderStatus.INTAKE_SENT: "Wacht op klant",
        OrderStatus.INTAKE_COMPLETED: "In behandeling",
        OrderStatus.QUOTE_DRAFT: "In behandeling",
        OrderStatus.QUOTE_READY: "In behandeling",
        OrderStatus.QUOTE_SENT: "Offerte bij klant",
        OrderStatus.BOTH_APPROVED: "Akkoord",
        OrderStatus.PLANNING: "Akkoord",
        OrderStatus.SCHEDULED: "Afspraak gemaakt",
        OrderStatus.IN_PROGRESS: "Monteur aan het werk",
        OrderStatus.COMPLETED: "Geplaatst",
        OrderStatus.ON_HOLD: "Gepauzeerd",
        OrderStatus.CANCELLED: "Vervallen",
    },
    meanings={"Klant ziet af": OrderStatus.CANCELLED},
    skus={
        "EN-EVE-11": "ALF-EVE-S-11KW",
        "EN-ZAPTEC-22": "ZAP-HOME-22",
        "EN-KABEL-7": "CABLE-TYPE2-7M",
        "EN-ZON": "ADD-SOLAR-001",
    },
)
