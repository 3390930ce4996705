"""The official rules for e-invoices, run over files: XML Schemas and compiled Schematron (XSLT 2) as their makers publish them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from lxml import etree

from apps.core.errors import Refused, Unavailable

FATAL, WARNING = "fatal", "warning"
SCHEMA = "{http://www.w3.org/2001/XMLSchema}schema"
STYLESHEETS = ("{http://www.w3.org/1999/XSL/Transform}stylesheet", "{http://www.w3.org/1999/XSL/Transform}transform")
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_NAMESPACES = re.compile(r"Q\{[^}]*\}|\*:|\[namespace-uri\(\)='[^']*'\]")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A rule that is broken: its id, how bad that is (fatal or warning), where, and its own words."""

    rule: str
    flag: str
    location: str
    text: str

    @property
    def is_fatal(self) -> bool:
        return self.flag == FATAL


class Rules:
    """The rules in a folder and the folders in it: every XML Schema (.xsd) and compiled Schematron (.xsl, .xslt).

    Raises:
        Refused: no_rules, where there is neither; rules_unreadable, where one cannot be used.
        Unavailable: the XSLT 2 processor is not installed.
    """

    def __init__(self, folder: Path) -> None:
        self._schemas = dict(_schemas(folder))
        self._stylesheets = [path for path in _files(folder, ".xsl", ".xslt") if _root(path).tag in STYLESHEETS]
        if not self._schemas and not self._stylesheets:
            raise Refused(
                format_lazy(_("There are no rules in {folder}: no .xsd, .xsl or .xslt."), folder=folder), code="no_rules"
            )
        self._compiled_schemas: dict[str, etree.XMLSchema] = {}

    def check(self, content: bytes) -> list[Finding]:
        """Every rule that a document breaks; the rules of Schematron only where its form is right.

        Raises:
            Refused: no_xml, has_dtd.
        """
        root = read_safely(content)
        wrong_form = list(self._by_schema(root))
        return wrong_form or [finding for sheet in self._sheets for finding in _by_sheet(sheet, root)]

    def _by_schema(self, root: Any) -> Iterator[Finding]:
        namespace = etree.QName(root).namespace or ""
        if not self._schemas:
            return
        if namespace not in self._schemas:
            yield Finding(rule="XSD", flag=FATAL, location="/", text=f"No schema is for documents of {{{namespace}}}.")
            return
        schema = self._compiled_schemas.get(namespace) or _compile_schema(self._schemas[namespace])
        self._compiled_schemas[namespace] = schema
        schema.validate(root)
        for error in schema.error_log:  # type: ignore[attr-defined]  # the stubs do not know it
            yield Finding(rule="XSD", flag=FATAL, location=f"{error.path} ({error.line})", text=error.message)

    @cached_property
    def _sheets(self) -> list[Any]:
        return [_compile_sheet(path) for path in self._stylesheets]


def read_safely(content: bytes) -> Any:
    """The root of a document that brings no declarations of its own, hence no entities that grow or read files.

    Raises:
        Refused: no_xml, has_dtd.
    """
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Refused(format_lazy(_("This is no XML: {error}"), error=error), code="no_xml") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Refused(_("The file has a document type declaration (DTD); an e-invoice has none."), code="has_dtd")
    return root


def _files(folder: Path, *suffixes: str) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in suffixes and path.is_file())


def _root(path: Path) -> Any:
    """The root of a file with rules; those may have a DTD, whose entities are not looked at."""
    try:
        return etree.parse(path, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)).getroot()
    except (etree.XMLSyntaxError, OSError) as error:
        raise _unreadable(path, error) from error


def _schemas(folder: Path) -> Iterator[tuple[str, Path]]:
    """For which namespace each schema is."""
    for path in _files(folder, ".xsd"):
        root = _root(path)
        if root.tag == SCHEMA:
            yield root.get("targetNamespace", ""), path


def _compile_schema(path: Path) -> etree.XMLSchema:
    try:
        return etree.XMLSchema(etree.parse(path, etree.XMLParser(no_network=True)))
    except (etree.XMLSchemaParseError, etree.XMLSyntaxError) as error:
        raise _unreadable(path, error) from error


@cache
def _processor() -> Any:
    """The one Saxon processor that a process may have. It is a tool of who checks; a server need not have it."""
    try:
        from saxonche import PySaxonProcessor
    except ImportError as error:
        raise Unavailable(
            _("The rules need an XSLT 2 processor: install the package saxonche."), code="saxonche_missing"
        ) from error
    return PySaxonProcessor(license=False)


def _compile_sheet(path: Path) -> Any:
    processor = _processor()
    try:
        return processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(path))
    except Exception as error:  # Saxon's own error class is not public in every release
        raise _unreadable(path, error) from error


def _by_sheet(sheet: Any, root: Any) -> Iterator[Finding]:
    node = _processor().parse_xml(xml_text=etree.tostring(root, encoding="unicode"))
    report = etree.fromstring(sheet.transform_to_string(xdm_node=node).encode())
    for broken in report.iter(f"{SVRL}failed-assert", f"{SVRL}successful-report"):
        said = broken.find(f"{SVRL}text")
        yield Finding(
            rule=broken.get("id") or "?",
            flag=WARNING if WARNING in (broken.get("flag"), broken.get("role")) else FATAL,
            location=_NAMESPACES.sub("", broken.get("location", "")),
            text=" ".join("".join(said.itertext()).split()) if said is not None else "",
        )


def _unreadable(path: Path, error: Exception) -> Refused:
    return Refused(format_lazy(_("The rules in {path} cannot be used: {error}"), path=path, error=error), code="rules_unreadable")
