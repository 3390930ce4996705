"""What is kept of what somebody wrote: its words, and of a letter what was written now."""

import time

import pytest

from apps.support.texts import plain, without_quotes


@pytest.mark.parametrize(
    "trail",
    [
        "Op 2 feb. 2026 om 05:28 heeft Jan <jan@x.nl> het volgende geschreven:\n> Hallo",
        "On Mon, Feb 2, 2026 at 5:28 AM Jan <jan@x.nl> wrote:\n> Hello",
        "-----Oorspronkelijk bericht-----\nVan: Jan",
        "Van: Jan <jan@x.nl>\nVerzonden: maandag 2 februari 2026\nAan: Sanne\nOnderwerp: Vraag",
        "> Hallo\n> daar",
    ],
)
def test_the_quoted_trail_is_left_out(trail):
    assert without_quotes(f"Dat is goed.\n\n{trail}") == "Dat is goed."
    assert without_quotes(trail) == trail


def test_an_address_between_brackets_is_no_markup():
    assert plain("Mail naar Jan <jan@example.nl>, 3 < 5") == "Mail naar Jan <jan@example.nl>, 3 < 5"


@pytest.mark.parametrize(
    "nasty",
    ["<scr<script>ipt>alert(1)</script>", "<svg onload=alert(1)>", "&lt;script&gt;alert(1)&lt;/script&gt;<p>x</p>", "<img src=x onerror=1//"],
)  # fmt: skip
def test_no_script_survives(nasty):
    assert "<s" not in plain(nasty).lower()
    assert "<img" not in plain(nasty).lower()


@pytest.mark.parametrize(
    "html",
    [
        "<!DOCTYPE html><html><head><title>x</title></head><body><p>Hallo</p></body></html>",
        "<!doctype html><!-- a --><p>Hallo</p>",
        "<!--[if mso]><p>x</p><![endif]--><p>Hallo</p>",
        "<![if !mso]><p>Hallo</p><![endif]>",
        "<p>Hallo</p><![unknown]><![>",
        "<?xml version='1.0'?><p>Hallo</p>",
    ],
)
def test_what_html_says_of_itself_is_not_said(html):
    assert plain(html) == "Hallo"


@pytest.mark.parametrize("sign", ["<a ", "<p a='", "<!--", "<!", "<![if ", "<![CDATA[", "<?", "> x\n"])
def test_what_opens_and_never_closes_is_read_in_time(sign):
    nasty = "<p>Hallo</p>" + sign * (60_000 // len(sign)) + "x"
    began = time.process_time()

    assert without_quotes(plain(nasty)).startswith("Hallo")

    assert time.process_time() - began < 5
