"""The file of a backup: written from front to end in one go, and read whole before anything of it is used."""

import hashlib
import io
import json
import os
import secrets
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from apps.core.backup.parts import CHUNK, DUMP, FORMAT, MANIFEST, MEDIA, BackupProblem

Files = dict[str, dict[str, Any]]


class Writer:
    """Adds parts to a backup, and knows the size and sum of each."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.files: Files = {}

    def add_stream(self, name: str, source: IO[bytes]) -> int:
        """Add a part whose length shows at its end: its header is written when it is known. Comes first. Gives the length."""
        start = self._file.tell()
        self._file.write(bytes(tarfile.BLOCKSIZE))
        length, digest = copy(source, self._file)
        self._file.write(bytes(-length % tarfile.BLOCKSIZE))
        end = self._file.tell()
        self._file.seek(start)
        self._file.write(_header(name, length))
        self._file.seek(end)
        self.files[name] = {"size": length, "sha256": digest}
        return length

    def add_folder(self, prefix: str, folder: Path) -> int:
        """Add every file below a folder; gives how many. One that is removed meanwhile belongs to nothing."""
        count = 0
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
            try:
                content = path.open("rb")
            except FileNotFoundError:
                continue
            with content:
                self.add_stream(prefix + path.relative_to(folder).as_posix(), content)
            count += 1
        return count

    def finish(self, manifest: dict[str, Any]) -> None:
        told = json.dumps({**manifest, "format": FORMAT, "files": self.files}, indent=1, sort_keys=True).encode()
        self.add_stream(MANIFEST, io.BytesIO(told))
        self._file.write(bytes(2 * tarfile.BLOCKSIZE))


def _header(name: str, length: int) -> bytes:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = length, 0o600, int(time.time())
    made = entry.tobuf(tarfile.GNU_FORMAT, errors="strict")
    if len(made) != tarfile.BLOCKSIZE:
        raise BackupProblem(f"The name of a file is too long: {name}")
    return made


def copy(source: IO[bytes], target: IO[bytes] | None) -> tuple[int, str]:
    length, digest = 0, hashlib.sha256()
    while chunk := source.read(CHUNK):
        length += len(chunk)
        digest.update(chunk)
        if target is not None:
            target.write(chunk)
    return length, digest.hexdigest()


@contextmanager
def written(target: Path) -> Iterator[Writer]:
    """A new file for our eyes only, that is there whole or not at all.

    Raises:
        BackupProblem: a file of that name is there.
    """
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
    try:
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            yield Writer(file)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, target)  # refuses to replace, which a rename does not
    except FileExistsError as error:
        raise BackupProblem(f"{target} is there already; it is not written over") from error
    finally:
        draft.unlink(missing_ok=True)


def checked_manifest(path: Path) -> dict[str, Any]:
    """The manifest of a backup, every byte of which was read and compared.

    Raises:
        BackupProblem: it is no backup of ours, or it is damaged.
    """
    found: Files = {}
    told = b""
    try:
        with tarfile.open(path, "r:") as archive:
            for entry in archive:
                content = archive.extractfile(entry)
                if content is None:
                    raise BackupProblem(f"{path} holds {entry.name}, which is no file")
                if entry.name == MANIFEST:
                    told = content.read()
                    continue
                length, digest = copy(content, None)
                found[entry.name] = {"size": length, "sha256": digest}
        manifest: dict[str, Any] = json.loads(told)
    except (tarfile.TarError, ValueError, EOFError) as error:
        raise BackupProblem(f"{path} is no backup, or only a part of one: {error}") from error
    _compare(path, manifest, found)
    return manifest


def _compare(path: Path, manifest: dict[str, Any], found: Files) -> None:
    if manifest.get("format") != FORMAT:
        raise BackupProblem(f"{path} has format {manifest.get('format')}; this version reads format {FORMAT}")
    if manifest["files"] != found:
        wrong = sorted(name for name in {*found, *manifest["files"]} if found.get(name) != manifest["files"].get(name))
        raise BackupProblem(f"{path} is damaged: {', '.join(wrong[:5])}")


@contextmanager
def dump_in(path: Path) -> Iterator[IO[bytes]]:
    with tarfile.open(path, "r:") as archive:
        content = archive.extractfile(DUMP)
        if content is None:
            raise BackupProblem(f"{path} holds no database")
        yield content


def unpack_media(path: Path, folder: Path) -> int:
    """Put the attachments below a folder; gives how many. One that is there already with the same length stays."""
    count = 0
    with tarfile.open(path, "r:") as archive:
        for entry in archive:
            if entry.name.startswith(MEDIA):
                _unpack(archive, entry, folder / _inside(entry.name.removeprefix(MEDIA)))
                count += 1
    return count


def _inside(name: str) -> PurePosixPath:
    place = PurePosixPath(name)
    if place.is_absolute() or ".." in place.parts:
        raise BackupProblem(f"The backup holds a file that would lie elsewhere: {name}")
    return place


def _unpack(archive: tarfile.TarFile, entry: tarfile.TarInfo, target: Path) -> None:
    if target.exists() and target.stat().st_size == entry.size:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    content = archive.extractfile(entry)
    draft = target.with_name(target.name + ".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "wb") as file:
        copy(content, file)  # type: ignore[arg-type]  # a file, as the check before found
    draft.replace(target)


def free_space(folder: Path) -> int:
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    usage = os.statvfs(there)
    return usage.f_bavail * usage.f_frsize
