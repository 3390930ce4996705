"""Starting and stopping processes of ours, and only those."""

import contextlib
import ctypes
import os
import pwd
import signal
import socket
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class RuntimeProblem(Exception):
    """Something outside the code stands in the way; the text says what and which name."""


def _die_with_parent(sig: signal.Signals) -> Callable[[], None]:
    """A supervisor that is killed leaves nothing behind."""

    def ask_kernel() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, sig)

    return ask_kernel


def start(
    command: list[str | os.PathLike[str]],
    *,
    log: IO[Any] | int,
    user: str | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
    **options: Any,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, so that Ctrl-C in a terminal reaches us alone and we stop it in order."""
    if user:
        group = pwd.getpwnam(user).pw_gid
        options |= {"user": user, "group": group, "extra_groups": []}
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_die_with_parent(stop_signal),  # noqa: PLW1509 - one system call; we have no threads
        **options,
    )


def stop(child: subprocess.Popen[bytes], *, sig: signal.Signals = signal.SIGTERM, patience: float = 20) -> None:
    """Ask the child to end; then end what is left of its session, also when the child itself died before."""
    if child.poll() is None:
        child.send_signal(sig)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(patience)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def reachable_by_all(folder: Path) -> bool:
    """Whether an unprivileged user can pass through every folder down to this one."""
    needed = stat.S_IXOTH
    return all(parent.stat().st_mode & needed for parent in [folder, *folder.parents])


def unprivileged_user() -> str:
    """Whom root runs PostgreSQL as: the system's own account for it, or nobody. None is added."""
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise RuntimeProblem("PostgreSQL does not run as root, and this system has neither user 'postgres' nor 'nobody'")
