"""Where apps above put themselves around every call, without core knowing them.

A gate runs before the work and may refuse the call (limits). A wrap runs around a write, inside its transaction (repeats).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.http import HttpResponseBase
from rest_framework.request import Request

if TYPE_CHECKING:
    from apps.core.api.views import ApiView

Work = Callable[[], HttpResponseBase]
Gate = Callable[[Request, "ApiView"], None]
Wrap = Callable[[Request, "ApiView", Work], HttpResponseBase]

_gates: list[Gate] = []
_wraps: list[Wrap] = []


def register(*, gate: Gate | None = None, wrap: Wrap | None = None) -> None:
    """Add to every call from now on; called in `ready()`."""
    if gate is not None and gate not in _gates:
        _gates.append(gate)
    if wrap is not None and wrap not in _wraps:
        _wraps.append(wrap)


def pass_gates(request: Request, view: ApiView) -> None:
    for gate in _gates:
        gate(request, view)


def wrapped(request: Request, view: ApiView, work: Work) -> HttpResponseBase:
    """The work inside all wraps; the first registered is the outermost."""
    for wrap in reversed(_wraps):
        work = _around(wrap, request, view, work)
    return work()


def _around(wrap: Wrap, request: Request, view: ApiView, work: Work) -> Work:
    return lambda: wrap(request, view, work)
