"""What the parent answers to what the tools of a child ask of the hub's desk."""

from collections.abc import Callable
from typing import Any

from hub.engine.apart import wire
from hub.engine.asking import Ask
from hub.errors import StoreUnusable


def answer(say: Callable[..., None], desk: Ask, *question: Any) -> None:
    """Say what the desk says, or the error it raises. Raises `StoreUnusable` then: that is not the plugin's."""
    try:
        found = desk(*question)
    except Exception as error:
        say("answer", None, wire.error(error))
        if isinstance(error, StoreUnusable):
            raise
    else:
        say("answer", found, None)
