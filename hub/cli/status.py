"""`hub status`: where every stream stands, and what waits for a person."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from shlex import quote
from typing import TYPE_CHECKING, Any, Final

import typer

from hub.cli import moments, options, quiet, terms
from hub.cli.invocation import Invocation, invocation
from hub.cli.opening import connection_name, looking
from hub.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from hub.cli.signing import Unsigned
    from hub.core.silence import Silence
    from hub.engine.hub import Hub
    from hub.settings import Config
    from hub.store.database import Tx
    from hub.store.overview import Tally

STATES: Final = {
    "ok": N_("ok"),
    "stopped": N_("stopped"),
    "failed": N_("failed"),
    "running": N_("running"),
    "broken_off": N_("broken off"),
    "not_adding_up": N_("counts do not add up"),
    "never": N_("not pulled yet"),
    "disabled": N_("disabled"),
    "unusable": N_("cannot be used"),
    "unknown": N_("no longer configured"),
}
_REVIEWS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """The last run of a stream: moments in milliseconds since 1970, and what it counted. All of them failed `since` then,
    where this one did.
    """

    started: int
    finished: int | None
    counts: Mapping[str, int]
    adds_up: bool
    error: str
    message: str
    since: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """Where a stream stands. `state` is one of `STATES`; `lease` is who pulls it now, "" for nobody; `told` how many
    items the source said it has, when it was last read to its end; `metric` is what it is called among the figures; `fix`
    is known where the connection cannot be used at all.
    """

    connection: str
    name: str
    title: str
    custodian: str
    state: str
    complete: bool
    last: Last | None
    tallies: "tuple[Tally, ...]"
    lease: str
    told: int | None = None
    quiet: "Silence | None" = None
    metric: str = ""
    fix: str = ""

    def count(self, *states: str) -> int:
        return sum(tally.count for tally in self.tallies if tally.state in states)

    @property
    def lacking(self) -> int:
        """How many more the source says it has than are accounted for here."""
        here = sum(tally.count for tally in self.tallies if not tally.removed)
        return max((self.told or 0) - here, 0)

    @property
    def removed(self) -> int:
        return sum(tally.count for tally in self.tallies if tally.removed and tally.state in ("stored", "headers"))

    @property
    def rules(self) -> dict[str, int]:
        return {tally.rule: tally.count for tally in self.tallies if tally.state == "excluded"}


@dataclass(frozen=True, slots=True)
class Need:
    """What waits for a person, and the command that deals with it. `kind`: sign_in, quarantine, run, lacking, quiet or review."""

    kind: str
    what: str
    fix: str


def status(context: typer.Context, *, json: options.Json = False) -> None:
    from hub.cli import signing
    from hub.store import attachments, overview, totals

    called = invocation(context)
    with looking(called) as hub, hub.store.read() as tx:
        now = hub.now.milliseconds()
        streams = list(_streams(hub, tx, now))
        clients, lines = totals.totals(tx)
        doubtful, reviews = overview.reviews(tx, _REVIEWS)
        waiting, missing = overview.waiting(tx), attachments.count_missing(tx)
        unsigned = signing.unsigned(hub.config, tx)
    found = [
        *(Need("sign_in", one.message, one.fix) for one in unsigned),
        *needs([one for one in streams if not _is_said(one, unsigned)], doubtful, reviews, now, hub.config),
    ]
    if json:
        called.output.json({
            "clients": clients, "interactions": lines, "waiting": waiting, "attachments": missing,
            "reviews": doubtful,
            "streams": [_as_json(one, hub, now) for one in streams], "needs": [asdict(one) for one in found],
        })  # fmt: skip
        return
    _tell(called, streams, now)
    called.output.say()
    called.output.say(f"{terms.clients(clients)}, {terms.interactions(lines)}")
    if waiting:
        called.output.say(_("The next hub sync fetches what was left out so far: {items}.").format(items=terms.items(waiting)))  # fmt: skip
    if missing:
        text = ngettext("{n} attachment", "{n} attachments", missing).format(n=missing)
        called.output.say(_("The next hub sync fetches {attachments}.").format(attachments=text))
    for need in found:
        called.output.warn(need.what, need.fix)


def _is_said(one: Stands, unsigned: "Sequence[Unsigned]") -> bool:
    """Whether this stands for a sign-in that nobody has given, which is said by itself."""
    refused = one.last is not None and one.last.error == "AuthFailed"
    return refused and any(each.connection == one.connection for each in unsigned)


# --- where streams stand ---------------------------------------------------------------------------------------------


def _streams(hub: "Hub", tx: "Tx", now: int) -> Iterator[Stands]:
    """Every stream that was ever pulled, by connection; a connection without any as one line with no name."""
    from hub.engine import rhythm
    from hub.engine.hub import is_gone
    from hub.store import journal, measures, overview, pulls, tokens

    facts = journal.installation(tx)
    assert facts is not None, "the database was not founded"
    silent = rhythm.quiet(hub, tx)
    rows, runs, tallies = pulls.streams(tx), pulls.last_runs(tx), overview.tallies(tx)
    since = overview.failing_since(tx)
    configured = {one.id: one for one in hub.config.connections}
    signed_in = {one.connection: one.saved for one in tokens.every(tx)}
    for row in rows:
        lease = row.lease_owner if row.lease_until > now and not is_gone(row.lease_owner) else ""
        run = runs.get(row.id)
        if run is not None and run.error == "AuthFailed" and signed_in.get(row.connection, 0) > run.started:
            run = None  # somebody has signed in since
        connection = configured.get(row.connection)
        state = _state(run, pulled=bool(lease)) if connection is not None else "unknown"
        yield Stands(
            connection=connection_name(hub.config, row.connection), name=row.name, title=row.title,
            custodian=row.custodian, state=state if connection is None or connection.enabled else "disabled",
            complete=bool(row.complete), last=_last(run, since.get(row.id)), tallies=tuple(tallies.get(row.id, ())), lease=lease,
            told=row.told, quiet=silent.get(row.id), metric=measures.stream_label(facts.hash_key, row.id),
        )  # fmt: skip
    seen = {row.connection for row in rows}
    for one in hub.config.connections:
        if one.id not in seen:
            yield _without_streams(one.name, "never" if one.enabled else "disabled")
    for broken in hub.config.broken:
        yield _without_streams(broken.name, "unusable", broken.reason, fix=broken.fix)


def _without_streams(connection: str, state: str, message: str = "", fix: str = "") -> Stands:
    last = Last(started=0, finished=None, counts={}, adds_up=True, error="", message=message) if message else None
    return Stands(
        connection=connection, name="", title="", custodian="", state=state, complete=False, last=last, tallies=(),
        lease="", fix=fix,
    )  # fmt: skip


def _state(run: Any, *, pulled: bool) -> str:
    """What a run came to: ok only when it ended well and its counts add up."""
    if run is None:
        return "running" if pulled else "never"
    if run.state == "running":
        return "running" if pulled else "broken_off"
    return "not_adding_up" if run.state == "ok" and not _counts(run).adds_up else str(run.state)


def _counts(run: Any) -> Any:
    from hub.core.pages import Counts

    return Counts(**{name: getattr(run, name) for name in Counts.__dataclass_fields__})


def _last(run: Any, since: int | None) -> Last | None:
    if run is None:
        return None
    counts = _counts(run)
    return Last(
        started=run.started, finished=run.finished, counts=asdict(counts), adds_up=counts.adds_up,
        error=run.error, message=run.message, since=since if run.state == "failed" else None,
    )  # fmt: skip


# --- what waits for a person -----------------------------------------------------------------------------------------


def needs(
    streams: Sequence[Stands],
    doubtful: int,
    reviews: Sequence[tuple[str, str, str]],
    now: int,
    config: "Config",
) -> Iterator[Need]:
    """What only a person can settle, at a moment in milliseconds since 1970."""
    unreadable = sum(one.count("quarantined") for one in streams)
    if unreadable:
        text = ngettext("{n} item could not be read", "{n} items could not be read", unreadable)
        yield Need("quarantine", text.format(n=unreadable), _("hub quarantine list says why"))
    yield from _failures(streams, now, config)
    for one in streams:
        if one.lacking and one.state == "ok":
            text = ngettext("{n} item of {place} is not here", "{n} items of {place} are not here", one.lacking)
            fix = _("hub sync {connection}; if that does not bring them: hub reset {connection}, and sync again")
            yield Need("lacking", text.format(n=one.lacking, place=_place(one)), fix.format(connection=one.connection))
    for one in streams:
        if one.quiet is not None and one.state == "ok":
            yield Need("quiet", f"{_place(one)}: {quiet.told(one.quiet)}", _(quiet.LOOK))
    if doubtful:
        text = ngettext("{n} Message-ID stands for different mails", "{n} Message-IDs stand for different mails", doubtful)  # fmt: skip
        keys = ", ".join(f"hub why '{key}'" for _kind, key, _title in reviews)
        yield Need("review", text.format(n=doubtful), keys)


def _failures(streams: Sequence[Stands], now: int, config: "Config") -> Iterator[Need]:
    """What failed, and since when. What all streams of a connection were told alike is said once."""
    alike: dict[tuple[str, str, str], list[Stands]] = {}
    for one in streams:
        if one.last is not None and one.state in ("failed", "unusable"):
            alike.setdefault((one.connection, one.last.error, one.last.message), []).append(one)
    for (connection, _error, said), several in alike.items():
        place = _place(several[0]) if len(several) == 1 else _together(connection, len(several))
        began = min((one.last.since for one in several if one.last and one.last.since), default=None)
        since = "" if began is None else _since(now - began)
        yield Need(
            "run",
            f"{place}: {config.told(said, connection)}{since}",
            config.told(several[0].fix, connection) or _remedy(several[0], config),
        )


def _together(connection: str, streams: int) -> str:
    text = ngettext("{connection} ({n} stream)", "{connection} ({n} streams)", streams)
    return text.format(connection=connection, n=streams)


def _since(milliseconds: int) -> str:
    return _(" (for the first time {ago})").format(ago=moments.ago(milliseconds / 1000))


def _remedy(one: Stands, config: "Config") -> str:
    from hub.notices.wording import to_sign_in

    match one.last.error if one.last else "":
        case "SuddenlyEmpty":
            text = _("if that is right: hub accept-empty {connection} '{stream}', then hub sync")
            return text.format(connection=one.connection, stream=one.name)
        case "AuthFailed":
            text = to_sign_in(one.connection, config)
        case "Misconfigured" if not one.name:  # a doctor signs in, and reads no stream
            text = _("hub doctor {name} says what is wrong")
        case "Unreachable" | "AskedToWait":
            text = _("hub sync {name} tries again, as hub serve does by itself; hub doctor {name} looks closer")
        case _:
            text = _("hub sync {name} shows it again, with the fix")
    return text.format(name=quote(one.connection))


def _place(one: Stands) -> str:
    return f"{one.connection}/{_called(one)}" if one.name else one.connection


def _called(one: Stands) -> str:
    return terms.stream(one.name, one.title, one.custodian)


# --- shown -----------------------------------------------------------------------------------------------------------


def _tell(called: Invocation, streams: Sequence[Stands], now: int) -> None:
    if not streams:
        called.output.say(_("No connection yet."))
        return
    columns = {
        _("Connection"): [one.connection for one in streams],
        _("Stream"): [_called(one) for one in streams],
        _("State"): [_(STATES[one.state]) for one in streams],
        _("When"): [_when(one, now) for one in streams],
        _("Stored"): [one.count("stored") for one in streams],
    }
    seldom: dict[str, list[Any]] = {
        _("At the source"): [_told(one) for one in streams],
        _("Headers"): [one.count("headers") for one in streams],
        _("Excluded"): [_excluded(one) for one in streams],
        _("Quarantined"): [one.count("quarantined") for one in streams],
        _("Forgotten"): [one.count("forgotten") for one in streams],
        _("Removed"): [one.removed for one in streams],
        _("Pulled by"): [one.lease for one in streams],
    }
    columns |= {name: values for name, values in seldom.items() if any(values)}
    called.output.table(list(columns), zip(*columns.values(), strict=True))


def _told(one: Stands) -> str:
    """What the source says it has, and what of that is not accounted for here: "1204 (+3)"."""
    if one.told is None:
        return ""
    return f"{one.told} (+{one.lacking})" if one.lacking else str(one.told)


def _when(one: Stands, now: int) -> str:
    if one.last is None or not one.last.started:
        return ""
    return moments.ago((now - (one.last.finished or one.last.started)) / 1000)


def _excluded(one: Stands) -> str:
    return ", ".join(f"{n} ({terms.called(terms.RULES, rule)})" for rule, n in one.rules.items())


def _as_json(one: Stands, hub: "Hub", now: int) -> dict[str, Any]:
    zone = hub.config.company.zone
    last = one.last
    return {
        "connection": one.connection,
        "stream": one.name or None,
        "title": one.title or None,
        "custodian": one.custodian or None,
        "metric": one.metric or None,
        "state": one.state,
        "ok": one.state == "ok",
        "complete": one.complete,
        "lease": one.lease or None,
        "quiet": quiet.as_json(one.quiet),
        "last": None
        if last is None
        else {
            "started": moments.iso(last.started, zone) if last.started else None,
            "finished": moments.iso(last.finished, zone),
            "age_s": (now - (last.finished or last.started)) // 1000 if last.started else None,
            "counts": dict(last.counts),
            "adds_up": last.adds_up,
            "error": last.error or None,
            "message": last.message or None,
            "failing_since": moments.iso(last.since, zone) if last.since is not None else None,
        },
        "items": {
            "stored": one.count("stored"),
            "headers": one.count("headers"),
            "excluded": one.rules,
            "quarantined": one.count("quarantined"),
            "forgotten": one.count("forgotten"),
            "removed": one.removed,
            "at_source": one.told,
            "lacking": one.lacking,
        },
    }
