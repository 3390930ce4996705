import pytest

from apps.files.formats import FORMATS, NAME_LENGTH, clean_file_name, extension_of


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("meterkast.jpg", "meterkast.jpg"),
        ("../../etc/cron.d/x.pdf", "x.pdf"),
        ("..\\..\\windows\\win.ini.pdf", "win.ini.pdf"),
        ("C:\\Users\\jan\\foto.PNG", "foto.PNG"),
        ("/etc/passwd", "passwd"),
        ("offerte\r\nSet-Cookie: a=b.pdf", "offerteSet-Cookie a=b.pdf"),
        ("nul\0.pdf", "nul.pdf"),
        ("\u202egpj.exe", "gpj.exe"),  # shown as exe.jpg by a direction mark
        ("  . offerte   van  Jan .pdf. ", "offerte van Jan.pdf"),
        ("cafe\u0301.pdf", "caf\u00e9.pdf"),
        ('a"b<c>d|e?f*.pdf', "abcdef.pdf"),
        ("", "document"),
        ("...", "document"),
        ("/", "document"),
        (".pdf", "pdf"),
        ("\u200b.pdf", "pdf"),
    ],
)
def test_a_file_name_is_safe_to_show_and_to_save_under(sent, kept):
    assert clean_file_name(sent) == kept


@pytest.mark.parametrize("sent", ["a" * 5000 + ".pdf", "a" * 5000, "a." + "b" * 5000, "é" * 149 + ".pdf"])
def test_a_long_name_is_cut_and_keeps_its_extension_where_it_has_one(sent):
    kept = clean_file_name(sent)

    assert len(kept) <= NAME_LENGTH
    assert kept.endswith(".pdf") == sent.endswith(".pdf")


@pytest.mark.parametrize(("name", "extension"), [("a.PDF", "pdf"), ("a.pdf.exe", "exe"), ("a", ""), ("a.", "")])
def test_the_last_extension_counts(name, extension):
    assert extension_of(name) == extension


@pytest.mark.parametrize(
    ("extension", "head", "fits"),
    [
        ("pdf", b"%PDF-1.7\n", True),
        ("pdf", b"<script>alert(1)</script>", False),
        ("png", b"\x89PNG\r\n\x1a\n\0", True),
        ("jpg", b"\xff\xd8\xff\xe0", True),
        ("jpg", b"\x89PNG\r\n\x1a\n", False),
        ("webp", b"RIFF\0\0\0\0WEBPVP8 ", True),
        ("webp", b"RIFF\0\0\0\0WAVE", False),
        ("heic", b"\0\0\0\x18ftypheic", True),
        ("heic", b"\0\0\0\x18ftypisom", False),
        ("docx", b"PK\x03\x04", True),
        ("csv", b"naam;plaats\n", True),
        ("csv", b"MZ\x90\0\x03", False),
    ],
)
def test_content_is_what_its_name_says(extension, head, fits):
    assert FORMATS[extension].fits(head) is fits
