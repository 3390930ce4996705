"""Names of the kinds that articles come in."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ArticleType(TextChoices):
    CHARGING_STATION = "charging_station", _("charging station")
    CHARGING_CABLE = "charging_cable", _("charging cable")
    MOUNTING_POLE = "mounting_pole", _("mounting pole")
    ELECTRICAL_COMPONENT = "electrical_component", _("electrical component")
    SERVICE_LABOR = "service_labor", _("labour")
    SHIPPING = "shipping", _("shipping")
    CONSULTATION = "consultation", _("consultation")
    ACCESSORY = "accessory", _("accessory")
    PACKAGE = "package", _("package")
