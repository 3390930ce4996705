"""Real threads, at the same moment."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connections


def together(functions: Sequence[Callable[[], Any]], timeout: float = 60) -> list[Any]:
    """Run each function in a thread of its own, all let go at once; give their results in order.

    A function that raised gives its exception as its result: who lost a race is what such a test asks.
    """
    gate = threading.Barrier(len(functions))
    results: list[Any] = [None] * len(functions)

    def run(index: int, function: Callable[[], Any]) -> None:
        gate.wait(timeout)
        try:
            results[index] = function()
        except BaseException as error:  # noqa: BLE001 - handed to the test as a result
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout)
    hanging = [index for index, thread in enumerate(threads) if thread.is_alive()]
    assert not hanging, f"threads {hanging} still run after {timeout} s"
    return results
