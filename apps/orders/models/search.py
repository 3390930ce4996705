"""How orders are found by words.

Each word is looked up table by table, each look-up by an index of its own, and the keys are put together: one condition
with an OR across joined tables can use no index and reads every order.
"""

import re
from typing import Any

from django.db import models
from django.db.models import Q

from apps.organizations.models import Address, Contact, Organization

# Each word costs a look into every table.
MOST_WORDS = 5
# An index of trigrams finds nothing by less; a shorter word is looked for at the beginning only.
LETTERS_OF_A_TRIGRAM = 3
POSTCODE_IN_TWO = re.compile(r"\b([1-9][0-9]{3})\s+([a-z]{2})\b", re.IGNORECASE)
WHOLE_NUMBER = re.compile(r"(?:[a-z]{2,10}-)+[0-9]{4}-[0-9]{5,6}", re.IGNORECASE)


def words_of(text: str) -> list[str]:
    """The first words to look for; a postcode is one, however it was typed."""
    return POSTCODE_IN_TWO.sub(r"\1\2", text).split()[:MOST_WORDS]


def keys_having(model: type[models.Model], word: str) -> models.QuerySet[Any]:
    """The keys of the orders in which a word stands: in a number, a name, an address or the notes.

    A whole order number is that order, or what a partner calls by it.
    """
    if WHOLE_NUMBER.fullmatch(word):
        return _keys(model, [Q(order_number=word.upper()), _filled("partner_reference", word, "iexact")])
    holds = "icontains" if len(word) >= LETTERS_OF_A_TRIGRAM else "istartswith"
    named = Q(**{f"name__{holds}": word})
    # Partners are few and bring many orders each: asked inside the query, any name would count as one of those, and every
    # order be read for it. So they are asked first.
    partners = list(Organization.objects.partners().filter(named).values_list("pk", flat=True))
    contacts = [_named(Contact, _filled("email", word, holds)), _named(Contact, Q(**{f"last_name__{holds}": word}))]
    addresses = [
        _named(Address, Q(postal_code__startswith=word.upper())),
        _named(Address, Q(**{f"city__{holds}": word})),
    ]
    return _keys(
        model,
        [
            Q(**{f"order_number__{holds}": word}),
            _filled("partner_reference", word, holds),
            _filled("notes", word, holds),
            Q(customer_organization__in=_named(Organization, named)),
            *([Q(partner_organization__in=partners)] if partners else []),
            *(Q(primary_contact__in=found) for found in contacts),
            *(Q(installation_address__in=found) for found in addresses),
        ],
    )


def _filled(name: str, word: str, holds: str) -> Q:
    """The column holds the word; said to be filled, as the index of it leaves out the empty ones."""
    return Q(**{f"{name}__{holds}": word}) & ~Q(**{name: ""})


def _named(model: type[models.Model], condition: Q) -> models.QuerySet[Any]:
    return model._base_manager.filter(condition).values("pk")


def _keys(model: type[models.Model], conditions: list[Q]) -> models.QuerySet[Any]:
    first, *others = (model._base_manager.filter(condition).values("pk") for condition in conditions)
    return first.union(*others, all=True)
