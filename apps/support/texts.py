"""What is said in tickets is plain text: of HTML its words stay, and nothing that could act."""

import re
from html.parser import HTMLParser

from apps.core.text import without_unwritable

# Only what is HTML for certain: people write “a < b” and “<name@example.nl>” too.
MARKUP = re.compile(
    r"<!--|<!doctype|</?(?:a|article|b|base|blockquote|body|br|button|center|code|div|em|embed|font|form|h[1-6]|head|hr|html|i|iframe|"
    r"img|input|li|link|math|meta|object|ol|p|pre|script|section|small|span|strong|style|svg|table|tbody|td|th|title|tr|u|ul|video)\b",
    re.IGNORECASE,
)
UNSEEN = {"script", "style", "head", "title", "template", "noscript", "iframe", "object", "svg", "math"}
LINES = {"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "hr", "table", "ul", "ol", "pre"}
SPACES, BLANK_LINES = re.compile(r"[ \t\r\f\v\u00a0]+"), re.compile(r"\n{3,}")


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNSEEN:
            self.hidden.append(tag)
        elif tag in LINES:
            self.parts.append("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in LINES:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.hidden:
            while self.hidden.pop() != tag:
                pass
        elif tag in LINES and tag != "br":
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(data)


def words_of_html(html: str) -> str:
    """What a reader of this HTML would see, line by line."""
    reader = _Words()
    reader.feed(_with_what_closes(html))
    reader.close()
    lines = (SPACES.sub(" ", line).strip() for line in "".join(reader.parts).split("\n"))
    return BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def _with_what_closes(html: str) -> str:
    """The HTML with what opens and never closes written as words: the parser would look for its end from each of them anew."""
    commented = html.rfind("-->") + len("-->") if "-->" in html else 0
    known = html[:commented] + html[commented:].replace("<!--", "&lt;!--")
    known = known.replace(
        "<![", "<!"
    )  # to a reader each is a comment up to its >; the parser breaks off at those it does not know
    closed = known.rfind(">") + 1
    return known[:closed] + known[closed:].replace("<", "&lt;")


def plain(text: str) -> str:
    """The text as it is kept: without markup, without signs that cannot be stored."""
    known = without_unwritable(text).replace("\r\n", "\n").replace("\r", "\n")
    # Words that were escaped in the HTML are words; written once more they would be markup.
    for _turn in range(3):
        if not MARKUP.search(known):
            return known.strip()
        known = words_of_html(known)
    return known.replace("<", "‹").strip()


# Where an answer ends and what it answers begins, as mail programs write it in Dutch and English.
QUOTED = re.compile(
    r"^(?:"
    r"op .{4,120} (?:schreef|heeft) .{0,160}:\s*$"
    r"|on .{4,200} wrote:\s*$"
    r"|-{2,}\s*(?:oorspronkelijk bericht|original message|doorgestuurd bericht|forwarded message)\s*-{2,}"
    r"|(?:van|from): .{3,200}\n(?:verzonden|datum|sent|date): "
    r"|_{20,}\s*$"
    r")",
    re.IGNORECASE | re.MULTILINE,
)


def without_quotes(text: str) -> str:
    """What was written now, without what it answers; all of it where nothing else would be left."""
    found = QUOTED.search(text)
    written = (text[: found.start()] if found else _without_last_quote(text)).strip()
    return written or text


def _without_last_quote(text: str) -> str:
    """The text without the lines marked with > at its end."""
    lines = text.rstrip().split("\n")
    while lines and lines[-1].startswith(">"):
        lines.pop()
    return "\n".join(lines)
