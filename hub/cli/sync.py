"""`hub sync`: pull everything that is new, show how it goes, and say what came of it."""

import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

import typer

from hub.cli import options, terms
from hub.cli.invocation import Invocation, invocation
from hub.cli.opening import connection_name, working
from hub.cli.output import Output
from hub.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from hub.engine.hub import Hub
    from hub.engine.runs import Report
    from hub.engine.sync import Wish
    from hub.errors import HubError
    from hub.settings import Config

STATES: Final = {
    "ok": N_("done"),
    "stopped": N_("stopped"),
    "failed": N_("failed"),
    "skipped": N_("busy elsewhere"),
}
FAILED, AUTH, UNREACHABLE, INTERRUPTED = 1, 3, 4, 130


def sync(
    context: typer.Context,
    connections: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CONNECTION…]", show_default=False, help=N_("Only these; otherwise all enabled ones.")),
    ] = None,
    *,
    plan: Annotated[
        bool, typer.Option("--plan", help=N_("Only say how much there is, and what it would take; read nothing."))
    ] = False,
    json: options.Json = False,
) -> None:
    called = invocation(context)
    with (
        working(called, create=True, pulling=None if plan else connections or ()) as hub,
        _interrupts(called.output) as stopping,
    ):
        from hub.cli.progress import showing  # after its first connection is being opened
        from hub.engine.sync import Wish
        from hub.engine.sync import sync as pull

        if not hub.config.connections and not hub.config.broken:
            called.output.warn(
                _("there is no connection to sync"), fix=_("add one to {file}").format(file=called.config)
            )
        wish = Wish(names=tuple(connections or ()), stopping=stopping, limits=hub.config.limits)
        if plan:
            from hub.cli import planned

            raise typer.Exit(planned.show(called, hub, wish, json=json))
        with showing(called.output) as progress:
            reports = pull(hub, replace(wish, progress=progress))
        streams = _known(hub)
        if json:
            called.output.json([_as_json(report, streams) for report in reports])
        else:
            _tell(called, hub, reports, streams)
            if not stopping():
                _tell_silent(called, hub, wish, reports)
    raise typer.Exit(INTERRUPTED if stopping() else exit_code(reports))


@contextmanager
def _interrupts(output: Output) -> "Iterator[Callable[[], bool]]":
    """Whether to stop: after the first Ctrl-C (or SIGTERM) yes; the second one interrupts at once."""
    asked: list[int] = []

    def ask(number: int, _frame: Any) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)
        output.note(_("Finishing this page; what is done is kept. Once more to stop at once."))

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def exit_code(reports: "Sequence[Report]") -> int:
    """The exit code of a sync."""
    return code_of([report.error for report in reports if report.state == "failed"])


def code_of(errors: "Sequence[HubError | None]") -> int:
    """0 when nothing failed; else what asks for a person first: a sign-in, a failure, and last what may heal itself."""
    from hub.errors import AuthFailed, Unreachable

    if any(isinstance(error, AuthFailed) for error in errors):
        return AUTH
    if any(not isinstance(error, Unreachable) for error in errors):
        return FAILED
    return UNREACHABLE if errors else 0


# --- telling ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Known:
    """What a stream is called, and who holds it until when (milliseconds since 1970)."""

    title: str
    owner: str = ""
    until: int = 0


Streams: TypeAlias = "Mapping[tuple[str, str], Known]"
"""Streams by the names of connection and stream."""


def _known(hub: "Hub") -> Streams:
    from hub.store import pulls

    with hub.store.read() as tx:
        rows = pulls.streams(tx)
    return {
        (connection_name(hub.config, row.connection), row.name): Known(
            terms.stream(row.name, row.title, row.custodian), row.lease_owner, row.lease_until
        )
        for row in rows
    }


def _title(report: "Report", streams: Streams) -> str:
    known = streams.get((report.connection, report.stream))
    return known.title if known is not None else report.stream


def _tell(called: Invocation, hub: "Hub", reports: "Sequence[Report]", streams: Streams) -> None:
    from hub.store import totals

    pulled = [report for report in reports if report.stream]
    if pulled:
        columns = _columns(pulled, streams)
        called.output.table(list(columns), zip(*columns.values(), strict=True))
    for report in reports:
        _explain(called.output, report, hub.config, streams)
    with hub.store.read() as tx:
        clients, lines = totals.totals(tx)
    text = _("In all: {clients}, {interactions}.")
    called.output.note(text.format(clients=terms.clients(clients), interactions=terms.interactions(lines)))


def _tell_silent(called: Invocation, hub: "Hub", wish: "Wish", reports: "Sequence[Report]") -> None:
    """Who was asked and named no stream at all stands in no line of the table."""
    from hub.engine.sync import wanted

    told = {report.connection for report in reports}
    for name in (one.name for one in wanted(hub, wish.names) if one.name not in told):
        text, fix = _("{connection}: the source has nothing to read"), _("hub doctor {connection} looks closer")
        called.output.warn(text.format(connection=name), fix.format(connection=quote(name)))


def _columns(pulled: "Sequence[Report]", streams: Streams) -> dict[str, list[Any]]:
    """The table by its headings: listed = stored + unchanged + quarantined + excluded; a column of zeros is left out."""
    columns: dict[str, list[Any]] = {
        _("Connection"): [one.connection for one in pulled],
        _("Stream"): [_title(one, streams) for one in pulled],
        _("State"): [_(STATES[one.state]) for one in pulled],
        _("Listed"): [one.counts.listed for one in pulled],
        _("Stored"): [one.counts.stored for one in pulled],
    }
    seldom = {
        _("Unchanged"): [one.counts.unchanged for one in pulled],
        _("Quarantined"): [one.counts.quarantined for one in pulled],
        _("Excluded"): [one.counts.excluded for one in pulled],
        _("Gone"): [one.counts.gone for one in pulled],
    }
    return columns | {name: counts for name, counts in seldom.items() if any(counts)}


def _explain(output: Output, report: "Report", config: "Config", streams: Streams) -> None:
    where = f"{report.connection}/{_title(report, streams)}" if report.stream else report.connection
    if report.error is not None:
        tell = output.warn if report.state == "skipped" else output.fail
        why, fix = (config.told(said, report.connection) for said in (str(report.error), report.error.fix))
        tell(f"{where}: {why}", fix)
    elif report.counts.quarantined:
        n = report.counts.quarantined
        text = ngettext("{n} item could not be read", "{n} items could not be read", n).format(n=n)
        output.warn(f"{where}: {text}", fix=_("hub quarantine list says why"))


def _as_json(report: "Report", streams: Streams) -> dict[str, Any]:
    error = report.error
    return {
        "connection": report.connection,
        "stream": report.stream or None,
        "title": _title(report, streams) or None,
        "state": report.state,
        "counts": {name: getattr(report.counts, name) for name in type(report.counts).__dataclass_fields__},
        "adds_up": report.counts.adds_up,
        "error": None if error is None else {"kind": type(error).__name__, "message": str(error), "fix": error.fix},
    }
