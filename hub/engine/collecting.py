"""When Python looks for garbage while a hub works."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_ALLOCATIONS = 20_000


@contextmanager
def seldom() -> Iterator[None]:
    """A page makes many thousand short-lived values and no cycles, and Python's collector would go through all that
    lives again and again: a fifth of the time. It looks seldom, and only at what came since.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
