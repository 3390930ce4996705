from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.core.models import known, trigrams
from apps.organizations.choices import AddressFlag, AddressType, Confidence, Country, ValidationSource
from apps.organizations.models.scope import ScopedQuerySet

HOUSE_NUMBERS = (1, 99_999)


class AddressQuerySet(ScopedQuerySet["Address"]):
    is_group_wide_without_entity = True


class Address(AuditedModel):
    """A place, written one way: the house number apart from its addition, the postcode without a space."""

    business_entity = models.ForeignKey(
        "organizations.BusinessEntity",
        on_delete=models.PROTECT,
        null=True,  # null: an address of the whole group, such as a warehouse or a partner's location
        blank=True,
        related_name="customer_addresses",
        verbose_name=_("business entity"),
    )
    address_type = models.CharField(_("type"), max_length=20, choices=AddressType)
    street = models.CharField(_("street"), max_length=200)
    house_number = models.PositiveIntegerField(
        _("house number"),
        null=True,  # null: it could not be read; the addition holds it as it was given
        blank=True,
        validators=[MinValueValidator(HOUSE_NUMBERS[0]), MaxValueValidator(HOUSE_NUMBERS[1])],
    )
    house_number_addition = models.CharField(_("addition"), max_length=40, blank=True)
    postal_code = models.CharField(_("postcode"), max_length=10)
    city = models.CharField(_("city"), max_length=100)
    municipality = models.CharField(_("municipality"), max_length=100, blank=True)
    province = models.CharField(_("province"), max_length=50, blank=True)
    country = models.CharField(_("country"), max_length=2, choices=Country, default=Country.NETHERLANDS)
    latitude = models.DecimalField(_("latitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    is_validated = models.BooleanField(_("validated"), default=False)
    validated_at = models.DateTimeField(_("validated at"), null=True, blank=True)
    validation_source = models.CharField(_("validated by"), max_length=20, choices=ValidationSource, blank=True)
    validation_confidence = models.CharField(_("confidence"), max_length=10, choices=Confidence, blank=True)
    flag = models.CharField(_("needs a look"), max_length=30, choices=AddressFlag, blank=True)
    bag_id = models.CharField(_("BAG id"), max_length=16, blank=True)
    google_place_id = models.CharField(_("Google place id"), max_length=300, blank=True)
    access_instructions = models.TextField(_("access instructions"), max_length=2000, blank=True)

    objects = AddressQuerySet.as_manager()

    class Meta(AuditedModel.Meta):
        db_table = "address"
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        ordering = ["postal_code", "house_number", "house_number_addition"]
        constraints = [
            known("address_type", AddressType),
            known("country", Country),
            models.CheckConstraint(
                name="address_dutch_postal_code",
                condition=~Q(country=Country.NETHERLANDS) | Q(postal_code__regex=r"^[1-9][0-9]{3}[A-Z]{2}$"),
            ),
            models.CheckConstraint(
                name="address_house_number_range",
                condition=Q(house_number__isnull=True) | Q(house_number__range=HOUSE_NUMBERS),
            ),
            models.CheckConstraint(
                name="address_house_number_or_flag",
                condition=Q(house_number__isnull=False) | ~Q(flag=""),
            ),
            models.CheckConstraint(
                name="address_coordinates",
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(
                    latitude__isnull=False,  # a comparison with null would let the row pass
                    longitude__isnull=False,
                    latitude__range=(-90, 90),
                    longitude__range=(-180, 180),
                ),
            ),
            models.CheckConstraint(
                name="address_validated_coherent", condition=Q(is_validated=False) | Q(validated_at__isnull=False)
            ),
            models.CheckConstraint(
                name="address_access_instructions_length",
                condition=LessThanOrEqual(Length("access_instructions"), 2000),
            ),
        ]
        indexes = [
            models.Index(fields=["postal_code", "house_number"], name="address_by_postal_code"),
            trigrams("city"),
        ]

    def __str__(self) -> str:
        return f"{self.street_line}, {self.display_postal_code} {self.city}"

    @property
    def street_line(self) -> str:
        """Street, number and addition as on an envelope: Dorpsstraat 12 A bis, Dorpsstraat 12-3."""
        number = "" if self.house_number is None else str(self.house_number)
        joint = "-" if number and self.house_number_addition[:1].isdecimal() else " "
        return f"{self.street} {joint.join(part for part in (number, self.house_number_addition) if part)}".strip()

    @property
    def display_postal_code(self) -> str:
        """The postcode as people write it: 1234 AB."""
        if self.country == Country.NETHERLANDS:
            return f"{self.postal_code[:4]} {self.postal_code[4:]}"
        return self.postal_code

    def is_same_place(self, other: "Address") -> bool:
        """Whether both are one place: postcode and house number say so, however the street is spelled."""
        return self.place == other.place

    @property
    def place(self) -> tuple[str, str, int | None, str]:
        """What tells one place from another."""
        return self.country, self.postal_code, self.house_number, self.house_number_addition.casefold()
