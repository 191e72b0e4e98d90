"""What is said over the pipe: tuples of plain values, so that neither side needs the other's objects."""

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeAlias

from hub import errors
from hub.connectors import Page, Raw
from hub.core.clients import Ours
from hub.engine.feed import Failed
from hub.errors import HubError

if TYPE_CHECKING:
    from hub.engine.mapping import Maker

Message: TypeAlias = tuple[Any, ...]


# --- pages -----------------------------------------------------------------------------------------------------------


def page(brought: Page) -> Message:
    names = [(raw.external_id, raw.revision) for raw in brought.raws]
    return (brought.listed, names, brought.cursor, brought.epoch, brought.total, brought.rests)


def page_of(said: Message) -> Page:
    """A page without the bytes of its raws."""
    listed, names, cursor, epoch, total, rests = said
    return Page(
        listed=listed,
        raws=[Raw(name, revision, b"") for name, revision in names],
        cursor=cursor,
        epoch=epoch,
        total=total,
        rests=rests,
    )


def made(maker: "Maker") -> Message:
    """What the other side cannot know of how bytes become records."""
    return (maker.version, maker.horizon, maker.received)


def ours(one: Ours) -> Message:
    return tuple(getattr(one, each.name) for each in fields(one))


def ours_of(said: Message) -> Ours:
    return Ours(*said)


# --- errors ----------------------------------------------------------------------------------------------------------


def error(raised: BaseException) -> Message:
    """An exception by the nearest of `hub.errors`, or by the name of its class."""
    if isinstance(raised, HubError):
        kind = next(kind for kind in type(raised).__mro__ if getattr(errors, kind.__name__, None) is kind)
        return (kind.__name__, raised.args, _plain(vars(raised)))
    failed = Failed.of(raised)
    return ("", (failed.kind, str(failed)), {})


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if not isinstance(value, BaseException)}


def error_of(said: Message) -> Exception:
    name, arguments, values = said
    if not name:
        return Failed(*arguments)
    kind: type[HubError] = getattr(errors, name)
    made = kind.__new__(kind)
    Exception.__init__(made, *arguments)
    vars(made).update(values)
    return made
