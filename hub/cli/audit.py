"""`hub audit`: is everything here that the sources have? Their own counts and names beside ours."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli import options, quiet, terms
from hub.cli.invocation import Invocation, invocation
from hub.cli.opening import working
from hub.cli.sync import AUTH, FAILED, UNREACHABLE
from hub.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from hub.engine.audit import Audit, Audited
    from hub.engine.hub import Hub


def audit(
    context: typer.Context,
    connections: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CONNECTION…]", show_default=False, help=N_("Only these; otherwise all enabled ones.")),
    ] = None,
    *,
    repair: Annotated[
        bool, typer.Option("--repair", help=N_("Fetch what is missing, mark what is gone, and look again."))
    ] = False,
    json: options.Json = False,
) -> None:
    from hub.engine import audit as auditing
    from hub.engine.sync import Wish

    called = invocation(context)
    with working(called, create=True) as hub:
        look = auditing.repair if repair else auditing.audit
        found = look(hub, Wish(names=tuple(connections or ()), limits=hub.config.limits))
        if json:
            called.output.json(_as_json(found))
        else:
            _tell(called, hub, found, repaired=repair)
    raise typer.Exit(_code(found))


def _code(found: "Audit") -> int:
    """0 when everything is proved to be here and speaks; else what asks for a person first."""
    from hub.errors import AuthFailed, Unreachable

    errors = [error for _name, error in found.failed]
    if any(isinstance(error, AuthFailed) for error in errors):
        return AUTH
    if found.unproved or any(one.quiet for one in found.streams):
        return FAILED
    if any(not isinstance(error, Unreachable) for error in errors):
        return FAILED
    return UNREACHABLE if errors else 0


# --- shown -----------------------------------------------------------------------------------------------------------


def _tell(called: Invocation, hub: "Hub", found: "Audit", *, repaired: bool) -> None:
    if found.streams:
        columns = _columns(found.streams)
        called.output.table(list(columns), zip(*columns.values(), strict=True))
    for one in found.streams:
        for text, fix in _remarks(one, repaired=repaired):
            called.output.warn(f"{one.connection}/{_called(one)}: {text}", fix)
    for name, error in found.failed:
        why, fix = (hub.config.told(said, name.partition("/")[0]) for said in (str(error), error.fix))
        called.output.fail(f"{name}: {why}", fix)
    n = sum(one.repaired for one in found.streams)
    if n:
        called.output.say(ngettext("Repaired: {n} item.", "Repaired: {n} items.", n).format(n=n))
    if not (found.unproved or found.failed):
        called.output.say(_verdict(found.streams))


def _verdict(streams: "Sequence[Audited]") -> str:
    """What is proved, and what is only not disproved."""
    counted = sum(not one.by_ids for one in streams)
    if not counted:
        return _("Everything that the sources have is accounted for, item by item.")
    text = ngettext(
        "Everything is accounted for; {n} stream names no items, and is only counted or taken at its word.",
        "Everything is accounted for; {n} streams name no items, and are only counted or taken at their word.",
        counted,
    )
    return text.format(n=counted)


def _columns(streams: "Sequence[Audited]") -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {
        _("Connection"): [one.connection for one in streams],
        _("Stream"): [_called(one) for one in streams],
        _("There"): ["?" if one.there is None else one.there for one in streams],
        _("Stored"): [one.here.get("stored", 0) for one in streams],
    }
    seldom = {
        _("Headers"): [one.here.get("headers", 0) for one in streams],
        _("Excluded"): [one.here.get("excluded", 0) for one in streams],
        _("Quarantined"): [one.here.get("quarantined", 0) for one in streams],
        _("Forgotten"): [one.here.get("forgotten", 0) for one in streams],
        _("Missing here"): [one.missing for one in streams],
        _("Gone there"): [one.gone for one in streams],
    }
    return columns | {name: counts for name, counts in seldom.items() if any(counts)}


def _remarks(one: "Audited", *, repaired: bool) -> Iterator[tuple[str, str]]:
    name = one.connection
    again = _("hub audit {connection} --repair fetches it").format(connection=name)
    if one.missing:
        text = ngettext(
            "{n} item there is not here: come since the last sync, or missed",
            "{n} items there are not here: come since the last sync, or missed",
            one.missing,
        )
        fix = _("hub sync {connection} says why; hub quarantine list, too").format(connection=name)
        yield text.format(n=one.missing), fix if repaired else again
    if one.gone:
        text = ngettext("{n} item here is no longer there", "{n} items here are no longer there", one.gone)
        yield text.format(n=one.gone), _("hub sync {connection} marks it; the history stays").format(connection=name)
    if one.back:
        text = ngettext("{n} item marked as gone is there", "{n} items marked as gone are there", one.back)
        yield text.format(n=one.back), _("hub sync {connection} takes the mark away").format(connection=name)
    if one.quiet is not None:
        yield quiet.told(one.quiet), _(quiet.LOOK)


def _called(one: "Audited") -> str:
    return terms.stream(one.stream.name, one.stream.title, one.stream.custodian)


def _as_json(found: "Audit") -> dict[str, Any]:
    return {
        "whole": not (found.unproved or found.failed),
        "streams": [
            {
                "connection": one.connection,
                "stream": one.stream.name,
                "title": one.stream.title or None,
                "there": one.there,
                "here": one.here,
                "missing": one.missing,
                "gone": one.gone,
                "back": one.back,
                "by_ids": one.by_ids,
                "repaired": one.repaired,
                "quiet": quiet.as_json(one.quiet),
            }
            for one in found.streams
        ],
        "failed": [
            {"connection": name, "kind": type(error).__name__, "message": str(error), "fix": error.fix}
            for name, error in found.failed
        ],
    }
