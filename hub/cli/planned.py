"""`hub sync --plan`: how much there is to sync, before anything is read."""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hub.cli import moments, terms
from hub.cli.invocation import Invocation
from hub.cli.sync import code_of
from hub.i18n import _, ngettext

if TYPE_CHECKING:
    from hub.engine.hub import Hub
    from hub.engine.planning import Plan, Planned
    from hub.engine.sync import Wish

EACH: Final = 40
"""More streams than these are shown together, one line for a mailbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    connection: str
    name: str
    streams: Sequence["Planned"]

    @property
    def items(self) -> int | None:
        return _sum(one.size.items if one.size else None for one in self.streams)

    @property
    def bytes(self) -> int | None:
        return _sum(one.size.bytes if one.size else None for one in self.streams)

    @property
    def known(self) -> int:
        return sum(one.known for one in self.streams)


def show(called: Invocation, hub: "Hub", wish: "Wish", *, json: bool) -> int:
    """Print the plan; returns the exit code, which is that of a sync to which the same happened."""
    from hub.engine.planning import plan

    made = plan(hub, wish)
    if json:
        called.output.json(_as_json(made))
    else:
        _tell(called, hub, made)
    return code_of([error for _name, error in made.failed])


def _tell(called: Invocation, hub: "Hub", made: "Plan") -> None:
    lines = list(_lines(made.streams))
    if lines:
        columns = {
            _("Connection"): [line.connection for line in lines],
            _("Stream"): [line.name for line in lines],
            _("Streams"): [len(line.streams) for line in lines],
            _("Items there"): [_number(line.items) for line in lines],
            _("Known here"): [line.known for line in lines],
            _("Size there"): ["" if line.bytes is None else terms.size(line.bytes) for line in lines],
        }
        if len(lines) == len(made.streams):
            del columns[_("Streams")]
        called.output.table(list(columns), zip(*columns.values(), strict=True))
    for text in _in_all(hub, made):
        called.output.say(text)
    for name, error in made.failed:
        why, fix = (hub.config.told(said, name.partition("/")[0]) for said in (str(error), error.fix))
        called.output.fail(f"{name}: {why}", fix)


def _lines(streams: Sequence["Planned"]) -> Iterator[_Line]:
    if len(streams) <= EACH:
        for one in streams:
            name = terms.stream(one.stream.name, one.stream.title, one.stream.custodian)
            yield _Line(connection=one.connection, name=name, streams=[one])
        return
    grouped: dict[tuple[str, str], list[Planned]] = {}
    for one in streams:
        grouped.setdefault((one.connection, one.stream.custodian), []).append(one)
    for (connection, custodian), together in grouped.items():
        yield _Line(connection=connection, name=custodian, streams=together)


def _in_all(hub: "Hub", made: "Plan") -> Iterator[str]:
    custodians = {one.stream.custodian for one in made.streams if one.stream.custodian}
    if custodians:
        n = len(custodians)
        yield ngettext("{n} person's mailbox or calendar", "{n} people's mailboxes or calendars", n).format(n=n)
    silent = sum(one.size is None for one in made.streams)
    if silent:
        text = ngettext(
            "{n} stream does not say how much it holds", "{n} streams do not say how much they hold", silent
        )
        yield text.format(n=silent)
    if not made.fresh:
        if silent < len(made.streams):
            yield _("As far as the sources say, everything is here.")
        return
    basis = (
        _("by what this hub has measured so far") if made.measured else _("by a benchmark: it has measured nothing yet")
    )
    text = _("To come: {items}; about {disk} on the disk ({free} free) and {time}, {basis}.")
    if hub.config.server:
        text = _("To come: {items}; about {disk} on the server's disk and {time}, {basis}.")
    yield text.format(
        items=terms.items(made.fresh),
        disk=terms.size(made.disk),
        free="" if hub.config.server else terms.size(shutil.disk_usage(hub.config.store_path.parent).free),
        time=moments.span(made.seconds),
        basis=basis,
    )


def _sum(values: Iterable[int | None]) -> int | None:
    """The sum of what is known; None when nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _number(value: int | None) -> int | str:
    return "?" if value is None else value


def _as_json(made: "Plan") -> Mapping[str, Any]:
    return {
        "streams": [
            {
                "connection": one.connection,
                "stream": one.stream.name,
                "title": one.stream.title or None,
                "custodian": one.stream.custodian or None,
                "items": one.size.items if one.size else None,
                "bytes": one.size.bytes if one.size else None,
                "known": one.known,
                "new": one.fresh,
            }
            for one in made.streams
        ],
        "new": made.fresh,
        "disk_bytes": made.disk,
        "seconds": round(made.seconds),
        "measured": made.measured,
        "failed": [
            {"connection": name, "kind": type(error).__name__, "message": str(error), "fix": error.fix}
            for name, error in made.failed
        ],
    }
