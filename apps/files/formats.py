"""What may be stored, told by name and by content: a file that is not what its name says is refused."""

import re
import unicodedata
from dataclasses import dataclass

NAME_LENGTH = 150
HEAD_LENGTH = 64
_SEPARATORS = re.compile(r"[/\\]")
_SPACES = re.compile(r"\s+")
_UNSAFE = set('<>:"|?*')


@dataclass(frozen=True, kw_only=True)
class Format:
    """A kind of file: its media type and how its content begins, at an offset; no signature means readable text."""

    media_type: str
    signatures: tuple[bytes, ...] = ()
    offset: int = 0

    def fits(self, head: bytes) -> bool:
        if not self.signatures:
            return b"\0" not in head
        return head[self.offset :].startswith(self.signatures)


_JPEG = Format(media_type="image/jpeg", signatures=(b"\xff\xd8\xff",))
_HEIF = Format(media_type="image/heic", signatures=(b"ftyphei", b"ftyphev", b"ftypmif1", b"ftypmsf1"), offset=4)
_OFFICE = "application/vnd.openxmlformats-officedocument"
_ZIP = (b"PK\x03\x04",)

FORMATS = {
    "pdf": Format(media_type="application/pdf", signatures=(b"%PDF-",)),
    "jpg": _JPEG,
    "jpeg": _JPEG,
    "png": Format(media_type="image/png", signatures=(b"\x89PNG\r\n\x1a\n",)),
    "webp": Format(media_type="image/webp", signatures=(b"WEBP",), offset=8),
    "heic": _HEIF,
    "heif": _HEIF,
    "docx": Format(media_type=f"{_OFFICE}.wordprocessingml.document", signatures=_ZIP),
    "xlsx": Format(media_type=f"{_OFFICE}.spreadsheetml.sheet", signatures=_ZIP),
    "csv": Format(media_type="text/csv"),
    "txt": Format(media_type="text/plain"),
    "xml": Format(media_type="application/xml"),
}


def clean_file_name(name: str) -> str:
    """A name that is safe to show and to save under: no folders, no control or direction marks, of bounded length."""
    last = _SEPARATORS.split(unicodedata.normalize("NFC", name))[-1]
    plain = "".join(
        char for char in last if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn") and char not in _UNSAFE
    )
    stem, dot, extension = _SPACES.sub(" ", plain).strip(" .").rpartition(".")
    if not dot:
        return extension[:NAME_LENGTH] or "document"
    return f"{stem[: NAME_LENGTH - len(extension) - 1].rstrip(' .') or 'document'}.{extension}"[-NAME_LENGTH:]


def extension_of(name: str) -> str:
    """The extension in lower case, without its dot; empty where there is none."""
    return name.rpartition(".")[2].lower() if "." in name else ""
