"""How orders are found by words: all that an order can be found by stands in one text, with one index."""

import re

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import trigrams
from apps.organizations.models import Organization

# Each word costs a look into the index.
MOST_WORDS = 5
# An index of trigrams finds nothing by less; a shorter word is looked for at the beginning only.
LETTERS_OF_A_TRIGRAM = 3
POSTCODE_IN_TWO = re.compile(r"\b([1-9][0-9]{3})\s+([a-z]{2})\b", re.IGNORECASE)
WHOLE_NUMBER = re.compile(r"(?:[a-z]{2,10}-)+[0-9]{4}-[0-9]{5,6}", re.IGNORECASE)
WHOLE_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class OrderWords(models.Model):
    """What an order is found by, each part on a line of its own: its numbers and notes, the customer's name, the contact's
    e-mail address and last name, the postcode and the city. A partner's name is not in it, as all of its orders would have
    to be written when it changes; the partner stands beside it, because an OR across two tables can use no index.

    Triggers keep it, whoever writes the order, its customer, contact or place. It stands apart from the order because each
    step of the order would write the whole index entry again.
    """

    app_privileges = "SELECT"  # the triggers alone write it

    order = models.OneToOneField(
        "orders.Order",
        on_delete=models.DO_NOTHING,  # the database's own foreign key takes them along
        db_constraint=False,
        primary_key=True,
        related_name="words",
        verbose_name=_("order"),
    )
    text = models.CharField(_("words"), max_length=8000)
    partner = models.ForeignKey(
        Organization,
        on_delete=models.DO_NOTHING,
        db_constraint=False,  # the order has it
        null=True,  # null: nobody's but ours
        related_name="+",
        verbose_name=_("partner"),
    )

    class Meta:
        db_table = "order_words"
        verbose_name = _("words of an order")
        verbose_name_plural = _("words of orders")
        indexes = [trigrams("text")]

    def __str__(self) -> str:
        return " ".join(self.text.split())


def words_of(text: str) -> list[str]:
    """The first words to look for; a postcode is one, however it was typed."""
    return POSTCODE_IN_TWO.sub(r"\1\2", text).split()[:MOST_WORDS]


def exactly(text: str) -> Q | None:
    """The condition that an order has just this number or e-mail address, when it looks like one.

    Both have an index of their own, which is far quicker than that of all words, and most of what is looked for is one.
    """
    word = text.strip()
    if WHOLE_NUMBER.fullmatch(word):
        return Q(order_number=word.upper())
    if WHOLE_ADDRESS.fullmatch(word):
        return Q(primary_contact__email=word.lower())
    return None


def having(word: str) -> Q:
    """The condition that a word stands in an order: in a number, a name, an address or the notes.

    What looks like a whole order number is a number of ours or a partner's. A partner's name is that of all its orders.
    """
    if WHOLE_NUMBER.fullmatch(word):
        return Q(words__text__icontains=f"\n{word}\n")
    is_long = len(word) >= LETTERS_OF_A_TRIGRAM
    found = Q(words__text__icontains=word if is_long else f"\n{word}")
    # Partners are few, and asked first: so it is known whether any is meant.
    named = Organization.objects.partners().filter(**{f"name__{'icontains' if is_long else 'istartswith'}": word})
    partners = list(named.order_by().values_list("pk", flat=True))
    return found | Q(words__partner__in=partners) if partners else found
