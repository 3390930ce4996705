"""Texts that staff edit: what they may hold, and how they become words.

The language is a small part of Liquid: `{{ name }}`, a few filters, and `{% if name %}`. No loops, no assignments, no
includes, no attributes: values are plain strings, so that a text can neither reach a record nor grow without end.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from liquid import BoundTemplate, Environment, Mode, StrictUndefined
from liquid.exceptions import LiquidError

from apps.communication.html import problems
from apps.core.errors import Refused

# What every message knows without being told: the company that writes and the person it writes to.
STANDARD_VARIABLES = (
    "customer_name",
    "first_name",
    "business_entity_name",
    "entity_legal_name",
    "entity_website",
    "entity_phone",
    "entity_email",
    "kvk_number",
    "btw_number",
    "unsubscribe_link",
)
TAGS = ("#", "comment", "if", "unless", "content", "illegal", "output")
FILTERS = ("capitalize", "default", "downcase", "escape", "newline_to_br", "strip", "upcase")
VALUE_LENGTH = 20_000
OUTPUT_LIMIT = 200_000
HTML_FIELD = "html_template"


class _StaffEnvironment(Environment):
    block_nesting_limit = 3
    context_depth_limit = 5
    local_namespace_limit = 10_000
    loop_iteration_limit = 1
    output_stream_limit = OUTPUT_LIMIT


def _environment(*, escape: bool) -> Environment:
    environment = _StaffEnvironment(tolerance=Mode.STRICT, undefined=StrictUndefined, strict_filters=True, autoescape=escape)
    environment.tags = {name: tag for name, tag in environment.tags.items() if name in TAGS}
    environment.filters = {name: function for name, function in environment.filters.items() if name in FILTERS}
    return environment


_PLAIN, _HTML = _environment(escape=False), _environment(escape=True)


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """The words of one message."""

    subject: str
    text: str
    html: str


def render(texts: Mapping[str, str], variables: Mapping[str, str]) -> Rendered:
    """Put the values in. The subject becomes one line; in the HTML every value is escaped.

    Raises:
        Refused: template_variable_missing, template_invalid.
    """
    refuse_missing((name for text in texts.values() for name in used_variables(text)), variables)
    # To Liquid an empty text is true; to whoever writes `{% if date %}` it is not.
    values = {name: value or None for name, value in variables.items()}
    try:
        return Rendered(
            subject=" ".join(_PLAIN.from_string(texts["subject_template"]).render(**values).split()),
            text=_PLAIN.from_string(texts["message_template"]).render(**values),
            html=_HTML.from_string(texts[HTML_FIELD]).render(**values),
        )
    except LiquidError as error:
        raise Refused(_("The template cannot be used: %(problem)s") % {"problem": error}, code="template_invalid") from error


def refuse_missing(names: Iterable[str], values: Mapping[str, str]) -> None:
    """Refuse a message that needs values which nobody gave.

    Raises:
        Refused: template_variable_missing.
    """
    missing = sorted(set(names) - values.keys())
    if missing:
        raise Refused(
            _("The message needs values that were not given: %(names)s.") % {"names": ", ".join(missing)},
            code="template_variable_missing",
            missing=missing,
        )


def used_variables(text: str) -> set[str]:
    """The names that a text uses.

    Raises:
        Refused: template_invalid.
    """
    try:
        return set(_parsed(text).analyze().globals)
    except LiquidError as error:
        raise Refused(_("The template cannot be used: %(problem)s") % {"problem": error}, code="template_invalid") from error


def check_texts(texts: Mapping[str, str], *, allowed: Iterable[str]) -> None:
    """Refuse, per field, a text that could not be sent.

    Raises:
        ValidationError: per field what is wrong, with the name that was probably meant.
    """
    names = [*allowed, *STANDARD_VARIABLES]
    faults = {field: found for field, text in texts.items() if (found := _faults(field, text, names))}
    if faults:
        raise ValidationError(faults)


def _faults(field: str, text: str, allowed: list[str]) -> list[ValidationError]:
    try:
        analysis = _parsed(text).analyze()
    except LiquidError as error:
        return [
            ValidationError(
                _("This cannot be read as a template: %(problem)s"), code="template_invalid", params={"problem": error}
            )
        ]
    faults = [_unknown(name, allowed) for name in sorted(analysis.globals) if name not in allowed]
    paths = sorted({str(each) for found in analysis.variables.values() for each in found if len(each.segments) > 1})
    faults += [
        ValidationError(_("%(path)s: a placeholder is one name, without dots."), code="not_plain", params={"path": path})
        for path in paths
    ]
    faults += [
        ValidationError(
            _("There is no filter %(name)s. Known: %(known)s."),
            code="unknown_filter",
            params={"name": name, "known": ", ".join(FILTERS)},
        )
        for name in sorted(analysis.filters)
        if name not in FILTERS
    ]
    if field == HTML_FIELD:
        faults += [ValidationError(problem, code="html_not_allowed") for problem in problems(text)]
    return faults


def _unknown(name: str, allowed: list[str]) -> ValidationError:
    likely = difflib.get_close_matches(name, allowed, n=1)
    if likely:
        return ValidationError(
            _("There is no placeholder %(name)s. Did you mean %(likely)s?"),
            code="unknown_placeholder",
            params={"name": name, "likely": likely[0]},
        )
    return ValidationError(
        _("There is no placeholder %(name)s. Known: %(known)s."),
        code="unknown_placeholder",
        params={"name": name, "known": ", ".join(sorted(allowed))},
    )


def _parsed(text: str) -> BoundTemplate:
    return _PLAIN.from_string(text)
