"""The command that runs the official rules; they are not ours to keep, so these are small ones of the same make."""

import sys
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.finance.documents import rules as einvoice_rules

SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:paper" elementFormDefault="qualified">
  <xs:element name="Paper"><xs:complexType><xs:sequence>
    <xs:element name="Number" type="xs:string"/><xs:element name="Amount" type="xs:decimal"/>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>"""
SHEET = """<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns:svrl="http://purl.oclc.org/dsdl/svrl" xmlns:p="urn:paper">
  <xsl:template match="/"><svrl:schematron-output>
    <xsl:if test="not(matches(/p:Paper/p:Number, '^CC-'))">
      <svrl:failed-assert id="P-1" flag="fatal" location="/Q{{urn:paper}}Paper[1]"><svrl:text>A number
        begins with CC.</svrl:text></svrl:failed-assert>
    </xsl:if>
    <xsl:if test="number(/p:Paper/p:Amount) = 0">
      <svrl:failed-assert id="P-2" flag="warning" location="/*:Paper[namespace-uri()='urn:paper'][1]/*:Amount[1]">
        <svrl:text>Nothing is asked for.</svrl:text></svrl:failed-assert>
    </xsl:if>
  </svrl:schematron-output></xsl:template>
</xsl:stylesheet>"""


@pytest.fixture
def rules(tmp_path):
    folder = tmp_path / "rules"
    (folder / "xsd").mkdir(parents=True)
    (folder / "xsd" / "paper.xsd").write_text(SCHEMA)
    (folder / "paper.XSLT").write_text(SHEET)
    return folder


@pytest.fixture
def paper(tmp_path):
    def write(number="CC-1", amount="1.00", before="", name="paper.xml", encoding="utf-8"):
        path = tmp_path / name
        text = f'{before}<Paper xmlns="urn:paper"><Number>{number}</Number><Amount>{amount}</Amount></Paper>'
        path.write_bytes(text.encode(encoding))
        return path

    return write


def run(rules, *files):
    """What the command prints, and its error; None where it ends well."""
    out = StringIO()
    try:
        call_command("validate_einvoice", *map(str, files), rules=rules, stdout=out)
    except CommandError as error:
        return out.getvalue(), str(error)
    return out.getvalue(), None


def test_a_right_file_ends_well(rules, paper):
    path = paper()

    assert run(rules, path) == (f"{path}: no rule is broken\n", None)


def test_each_broken_rule_is_named_and_a_fatal_one_fails(rules, paper):
    right, wrong = paper(name="right.xml"), paper(number="X", amount="0", name="wrong.xml")

    assert run(rules, right, wrong) == (
        (
            f"{right}: no rule is broken\n"
            f"{wrong}: 1 fatal, 1 warnings\n"
            "  fatal P-1 /Paper[1]\n    A number begins with CC.\n"
            "  warning P-2 /Paper[1]/Amount[1]\n    Nothing is asked for.\n"
        ),
        "1 of 2 files break a rule that is fatal.",
    )


def test_a_warning_does_not_fail(rules, paper):
    path = paper(amount="0")

    assert run(rules, path) == (
        f"{path}: 0 fatal, 1 warnings\n  warning P-2 /Paper[1]/Amount[1]\n    Nothing is asked for.\n",
        None,
    )


def test_a_wrong_form_is_fatal_and_comes_first(rules, paper):
    printed, error = run(rules, paper(number="X", amount="much"))

    assert "fatal XSD /*/*[2] (1)" in printed
    assert "P-1" not in printed
    assert error == "1 of 1 files break a rule that is fatal."


def test_another_kind_of_document_is_no_right_one(rules, tmp_path):
    path = tmp_path / "other.xml"
    path.write_text("<Other xmlns='urn:other'/>")
    printed, error = run(rules, path)

    assert "fatal XSD /\n    No schema is for documents of {urn:other}." in printed
    assert error == "1 of 1 files break a rule that is fatal."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_dtd_is_refused_whatever_it_says(rules, paper, encoding):
    bomb = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE Paper [<!ENTITY a "1"><!ENTITY b "&a;&a;&a;">]>'

    assert run(rules, paper(number="&b;", before=bomb, encoding=encoding)) == (
        "",
        "The file has a document type declaration (DTD); an e-invoice has none.",
    )


def test_no_file_is_read_for_an_entity(rules, paper, tmp_path):
    (tmp_path / "secret").write_text("CC-secret")
    entity = f'<!DOCTYPE Paper [<!ENTITY x SYSTEM "{tmp_path}/secret">]>'
    printed, error = run(rules, paper(number="&x;", before=entity))

    assert (printed, "secret" in error) == ("", False)


@pytest.mark.parametrize("content", [b"", b"no xml", b"<a", b"\x00\x01", b"<a>&unknown;</a>"])
def test_what_is_no_xml_is_said_so(rules, tmp_path, content):
    path = tmp_path / "file.xml"
    path.write_bytes(content)

    printed, error = run(rules, path)

    assert printed == ""
    assert error.startswith("This is no XML: ")


def test_a_file_that_is_not_there_is_named(rules, tmp_path):
    assert run(rules, tmp_path / "none.xml") == ("", f"{tmp_path}/none.xml: No such file or directory")


def test_a_folder_without_rules_is_said_so(tmp_path, paper):
    empty = tmp_path / "empty"
    empty.mkdir()

    assert run(empty, paper()) == ("", f"There are no rules in {empty}: no .xsd, .xsl or .xslt.")


@pytest.mark.parametrize(("name", "content"), [("a.xslt", SHEET.replace("not(", "not((")), ("a.xsd", "<x"), ("a.xsl", "<x")])
def test_rules_that_cannot_be_used_are_named(tmp_path, paper, name, content):
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / name).write_text(content)

    printed, error = run(folder, paper())

    assert printed == ""
    assert error.startswith(f"The rules in {folder}/{name} cannot be used: ")


def test_without_the_processor_it_says_what_to_install(rules, paper, monkeypatch):
    einvoice_rules._processor.cache_clear()
    monkeypatch.setitem(sys.modules, "saxonche", None)

    assert run(rules, paper()) == ("", "The rules need an XSLT 2 processor: install the package saxonche.")
