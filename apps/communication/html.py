"""Which HTML a letter may hold: layout and links. No script, no form, no style sheet, nothing fetched from elsewhere."""

from html.parser import HTMLParser

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text

TAGS = frozenset(
    "a b blockquote br div em h1 h2 h3 hr i li ol p span strong table tbody td th thead tr u ul".split()  # noqa: SIM905 - easier to read
)
ATTRIBUTES = {"a": frozenset({"href", "title"}), "td": frozenset({"colspan"}), "th": frozenset({"colspan"})}
# Only what stands in the template decides where a link leads; a placeholder may be a part of it, never its beginning.
LINK_STARTS = ("https://", "mailto:", "tel:")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[Text] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.problems.append(_("<%(tag)s> is not allowed in a letter.") % {"tag": tag})
            return
        for name, value in attrs:
            self._check_attribute(tag, name, value or "")

    def _check_attribute(self, tag: str, name: str, value: str) -> None:
        if name not in ATTRIBUTES.get(tag, ()):
            self.problems.append(_("%(name)s is not allowed on <%(tag)s>.") % {"name": name, "tag": tag})
        elif name == "href" and not value.strip().lower().startswith(LINK_STARTS):
            self.problems.append(_("A link begins with https://, mailto: or tel:, not with %(value)s.") % {"value": value[:60]})

    def handle_decl(self, decl: str) -> None:
        self.problems.append(_("<!%(declaration)s> is not allowed in a letter.") % {"declaration": decl[:20]})

    def handle_pi(self, data: str) -> None:
        self.problems.append(_("<?…> is not allowed in a letter."))

    def handle_comment(self, data: str) -> None:
        # Some mail programs act on conditional comments.
        self.problems.append(_("Comments are not allowed in a letter."))


def problems(html: str) -> list[Text]:
    """Everything in this HTML that a letter may not hold, each once."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return list({str(problem): problem for problem in reader.problems}.values())
