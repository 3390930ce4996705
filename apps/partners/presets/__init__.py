"""The dialects of partners that we know, to begin an integration with. Their messages: `fixtures/payloads/<partner>/`."""

from collections.abc import Mapping
from types import MappingProxyType

from apps.partners.presets.alva import ALVA
from apps.partners.presets.eneco import ENECO
from apps.partners.presets.essent import ESSENT
from apps.partners.presets.fiftyfive import FIFTYFIVE
from apps.partners.presets.groendus import GROENDUS
from apps.partners.presets.preset import Preset

__all__ = ["PRESETS", "Preset"]

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {"groendus": GROENDUS, "essent": ESSENT, "eneco": ENECO, "50five": FIFTYFIVE, "alva": ALVA}
)
