"""How each partner would write an order that we have in our own shape: the other way round of its preset."""

from collections.abc import Callable
from typing import Any

Canonical = dict[str, Any]


def groendus(order: Canonical) -> Any:
    customer, address = order["customer"], order["customer"]["address"]
    preferences = order.get("installation_preferences", {})
    first, _space, last = customer["name"].partition(" ")
    return {
        "messageVersion": "3.1",
        "order": {
            "reference": order["partner_order_id"],
            "leadId": order.get("partner_lead_id"),
            "purchaseOrder": order.get("partner_po_number"),
            "dealer": {"code": order.get("partner_dealer_id")},
            "customer": {
                "accountNumber": order.get("partner_customer_id"),
                "firstName": first,
                "lastName": last,
                "emailAddress": customer["email"],
                "mobilePhone": customer.get("phone"),
            },
            "deliveryAddress": {
                "streetName": address["street"],
                "houseNumber": address.get("house_number"),
                "houseNumberSuffix": address.get("addition"),
                "zipCode": address["postal_code"],
                "town": address["city"],
                "countryCode": address["country"],
            },
            "products": [
                {"sku": line.get("partner_sku"), "name": line.get("description"), "amount": line["quantity"]}
                for line in order["line_items"]
            ],
            "appointment": {
                "wishDate": preferences.get("preferred_date"),
                "dayPart": {"morning": "AM", "afternoon": "PM"}.get(preferences.get("time_preference", "")),
            },
        },
    }


def essent(order: Canonical) -> Any:
    customer, address = order["customer"], order["customer"]["address"]
    preferences = order.get("installation_preferences", {})
    return {
        "aanvraagnummer": order["partner_order_id"],
        "klantnummer": order.get("partner_customer_id", ""),
        "inkoopnummer": order.get("partner_po_number"),
        "naam": customer["name"],
        "emailadres": customer["email"],
        "telefoon": customer.get("phone", ""),
        "adres": address["street"],
        "postcode": address["postal_code"],
        "woonplaats": address["city"],
        "producten": [
            {"artikelcode": line.get("partner_sku"), "omschrijving": line.get("description"), "aantal": line["quantity"]}
            for line in order["line_items"]
        ],
        "gewenste_datum": preferences.get("preferred_date"),
        "dagdeel": {"morning": "ochtend", "afternoon": "middag"}.get(preferences.get("time_preference", ""), "geen voorkeur"),
        "opmerkingen": preferences.get("notes"),
    }


def eneco(order: Canonical) -> Any:
    customer, address = order["customer"], order["customer"]["address"]
    preferences = order.get("installation_preferences", {})
    first, _space, last = customer["name"].partition(" ")
    answers = {
        "Aanvraagnummer": order["partner_order_id"],
        "Klantnummer Eneco": order.get("partner_customer_id"),
        "Voornaam": first,
        "Achternaam": last,
        "E-mailadres": customer["email"],
        "Telefoonnummer": customer.get("phone"),
        "Adres": {
            "straat": address["street"],
            "huisnummer": address.get("house_number"),
            "toevoeging": address.get("addition"),
            "postcode": address["postal_code"],
            "plaats": address["city"],
        },
        "Wat wilt u laten plaatsen?": [
            {"code": line.get("partner_sku"), "keuze": line.get("description")} for line in order["line_items"]
        ],
        "Wanneer komt het u uit?": preferences.get("preferred_date"),
        "Dagdeel": {"morning": "Ochtend (8.00-12.00)", "afternoon": "Middag (12.00-17.00)"}.get(
            preferences.get("time_preference", ""), "Maakt niet uit"
        ),
        "Wilt u nog iets kwijt?": preferences.get("notes"),
    }
    return {
        "submissionId": order.get("external_order_reference"),
        "questions": [{"label": label, "value": value} for label, value in answers.items()],
    }


def fiftyfive(order: Canonical) -> Any:
    customer, address = order["customer"], order["customer"]["address"]
    preferences = order.get("installation_preferences", {})
    fields = {
        "Klantcode": order.get("partner_customer_id"),
        "Inkooporder": order.get("partner_po_number"),
        "Naam klant": customer["name"],
        "E-mail": customer["email"],
        "Telefoon": customer.get("phone"),
        "Straat + nr": address["street"],
        "Postcode": address["postal_code"],
        "Plaats": address["city"],
        "Land": ["NL", "BE", "DE"].index(address["country"]),
        "Wensdatum": preferences.get("preferred_date"),
    }
    return {
        "task": {
            "id": order.get("external_order_reference"),
            "custom_id": order["partner_order_id"],
            "description": preferences.get("notes"),
            "custom_fields": [{"name": name, "value": value} for name, value in fields.items()],
            "subtasks": [
                {"custom_id": line.get("partner_sku"), "name": line.get("description"), "points": str(line["quantity"])}
                for line in order["line_items"]
            ],
        }
    }


def alva(order: Canonical) -> Any:
    customer, address = order["customer"], order["customer"]["address"]
    preferences = order.get("installation_preferences", {})
    return {
        "mail": {"message-id": order.get("external_order_reference")},
        "confidence": 1,
        "result": {
            "reference": order["partner_order_id"],
            "reseller": order.get("partner_dealer_id"),
            "contact": {"full_name": customer["name"], "e-mail": customer["email"], "phone": customer.get("phone")},
            "site": {
                "address_line": address["street"],
                "zip": address["postal_code"],
                "city": address["city"],
                "country": {"NL": "Nederland", "BE": "België", "DE": "Duitsland"}[address["country"]],
            },
            "chargers": [
                {"model": line.get("partner_sku"), "text": line.get("description"), "count": str(line["quantity"])}
                for line in order["line_items"]
            ],
            "preferred": {
                "date": preferences.get("preferred_date"),
                "part_of_day": {"morning": "am", "afternoon": "pm"}.get(preferences.get("time_preference", ""), "unknown"),
            },
            "remarks": preferences.get("notes", "").split(" ") if preferences.get("notes") else None,
        },
    }


RENDER: dict[str, Callable[[Canonical], Any]] = {
    "groendus": groendus, "essent": essent, "eneco": eneco, "50five": fiftyfive, "alva": alva,
}  # fmt: skip

# What a dialect cannot say: it has no word for it.
SILENT: dict[str, tuple[str, ...]] = {
    "groendus": ("external_order_reference", "installation_preferences.notes"),
    "essent": (
        *("partner_dealer_id", "partner_lead_id", "external_order_reference", "customer.address.country"),
        *("customer.address.house_number", "customer.address.addition"),
    ),
    "eneco": (*("partner_po_number", "partner_dealer_id", "partner_lead_id", "customer.address.country", "line_items.quantity"),),
    "50five": (
        *("partner_dealer_id", "partner_lead_id", "customer.address.house_number", "customer.address.addition"),
        "installation_preferences.time_preference",
    ),
    "alva": (
        *("partner_customer_id", "partner_po_number", "partner_lead_id"),
        *("customer.address.house_number", "customer.address.addition"),
    ),
}
