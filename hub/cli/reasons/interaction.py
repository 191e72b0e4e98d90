"""Where an interaction was seen, what it is made of, and why it stands in whose history."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from hub.cli import moments, terms, view
from hub.cli import plain as plainly
from hub.cli.card import readable
from hub.cli.drawing import Span
from hub.cli.opening import connection_name
from hub.cli.reasons import changed, facts
from hub.cli.reasons.facts import Decided
from hub.cli.view import Line, Somebody, gathered
from hub.core import history, normalize, text
from hub.core.course import Turn, course
from hub.core.history import Lead
from hub.i18n import _
from hub.settings import Config
from hub.store import clients, lines, overview, parties
from hub.store.clients import Found
from hub.store.database import Tx

if TYPE_CHECKING:
    from hub.engine.hub import Hub

_DIFFERENCES = 20


@dataclass(frozen=True, slots=True)
class Place:
    """A client in whose history the interaction stands, and the participants that lead there."""

    client: Found
    role: str
    reason: str
    through: tuple[Somebody, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An interaction explained. `members` are (record key, what it says), `defects` what was wrong with any of them, as
    it is stored; `turns` are how a meeting came to be what it is; `nowhere` are outside participants who lead to no client, with the reason; `others` are different
    interactions with the same Message-ID.
    """

    line: Line
    members: tuple[tuple[str, str], ...]
    defects: tuple[str, ...]
    turns: tuple[Turn, ...]
    head: str
    places: tuple[Place, ...]
    nowhere: tuple[tuple[Somebody, str], ...]
    others: tuple[tuple[str, str], ...]
    decided: tuple[Decided, ...]
    config: Config

    @property
    def zone(self) -> ZoneInfo:
        return self.config.company.zone

    @property
    def differs(self) -> bool:
        return "differs" in self.line.marks


def explain(hub: "Hub", tx: Tx, number: int) -> Seen:
    [row] = clients.lines(tx, [number])
    [line] = gathered(tx, [row], hub.ours(tx))
    same = overview.family(tx, number)
    records = overview.records_of(tx, number)
    kept = lines.of_records(tx, records)
    leads = _leads(tx, line)
    return Seen(
        line=line,
        members=tuple(sorted((one.member.key, history.text(one.member.statement)) for one in kept)),
        defects=tuple(said for one in kept for said in getattr(one.member.statement, "defects", ())),
        turns=tuple(course([one.member for one in kept])),
        head=next((one.member.key for one in kept if one.record_id == row.record_id), ""),
        places=tuple(_places(tx, number, leads)),
        nowhere=tuple((who, _nobody(who, hub.config)) for who, found in leads if not found),
        others=tuple((one.key, one.title) for one in same if one.id != number),
        decided=tuple(facts.newest(one for one in facts.decided(tx) if one.subject == line.key)),
        config=hub.config,
    )


def _leads(tx: Tx, line: Line) -> list[tuple[Somebody, Sequence[Lead]]]:
    """Outside participants with the clients they lead to."""
    outside = [who for who in line.people if not who.ours]
    numbers = {number for who in outside for number in _numbers(who)}
    known = parties.leads(tx, numbers)
    return [(who, next((known[n] for n in _numbers(who) if n in known), ())) for who in outside]


def _numbers(who: Somebody) -> list[int]:
    own, domain = parties.identifier_id(who.identifier), parties.domain_id(who.identifier)
    return [own, domain] if domain else [own]


def _places(tx: Tx, number: int, leads: Sequence[tuple[Somebody, Sequence[Lead]]]) -> Iterator[Place]:
    for client, role, reason in clients.clients_of(tx, [number]).get(number, ()):
        through = tuple(who for who, found in leads if any(lead.client == client.id for lead in found))
        yield Place(client, role, reason, through)


def _nobody(who: Somebody, config: Config) -> str:
    """Why a participant leads to no client."""
    if who.identifier.kind == "email":
        if normalize.is_noreply(who.identifier.value) or normalize.is_role(who.identifier.value):
            return _("a role address makes nobody a client")
        if normalize.is_free_mail(who.identifier.value.rpartition("@")[2], config.company.ours.free_mail):
            return _("a free-mail address makes nobody a client")
    return _("no client has it, and none of ours has written to it")


# --- shown -----------------------------------------------------------------------------------------------------------


def plain(seen: Seen) -> dict[str, Any]:
    return {
        "what": "interaction",
        "interaction": plainly.line(seen.line, seen.config),
        "members": [{"key": key, "shown": key == seen.head} for key, _said in seen.members],
        "clients": [
            {
                **plainly.client(place.client),
                "role": place.role,
                "reason": place.reason,
                "through": [who.identifier.value for who in place.through],
            }
            for place in seen.places
        ],
        "nobody": [{"value": who.identifier.value, "role": who.role, "why": why} for who, why in seen.nowhere],
        "changes": [changed.plain(turn, line=seen.line, zone=seen.zone) for turn in seen.turns],
        "defects": list(dict.fromkeys(seen.defects)),
        "same_message_id": [key for key, _title in seen.others],
        "differences": list(differences(seen)) if seen.differs else [],
        "decisions": [facts.plain(one, seen.zone) for one in seen.decided],
    }


def drawn(seen: Seen) -> Iterator[list[Span]]:
    line = seen.line
    kind = terms.called(terms.KINDS, line.kind)
    day = moments.day_of(line.at, seen.zone, all_day=line.all_day)
    when = moments.day(day) if line.all_day else moments.moment(line.at, seen.zone)
    yield [(f"{kind} {when}  {line.title}", "bold")]
    yield [("  ", ""), (line.key, "dim")]
    yield [(_("In whose history"), "bold")]
    yield from _drawn_places(seen)
    yield [(_("Where it was seen"), "bold")]
    for origin in line.origins:
        where = (
            f"{connection_name(seen.config, origin.connection)}/{origin.title or origin.stream}/{origin.external_id}"
        )
        whose = f" ({origin.custodian})" if origin.custodian else ""
        gone = " · " + _("no longer at the source") if origin.removed else ""
        yield [("  ", ""), (where + whose + gone, "")]
    if len(seen.members) > 1:
        yield [(_("Told by several records; shown is the one that says most"), "bold")]
        for key, _said in seen.members:
            yield [("  ", ""), ("* " if key == seen.head else "  ", ""), (key, "")]
    if seen.turns:
        yield [(_("How it came about"), "bold")]
        yield from ([("  ", ""), (changed.told(turn, seen.line, seen.zone), "")] for turn in seen.turns)
    if seen.defects:
        yield [(_("What was wrong with it"), "bold")]
        yield from ([("  ", ""), (said, "")] for said in view.told(line, seen.defects, seen.config))
    if seen.differs:
        yield [(_("How the copies differ"), "bold")]
        yield from ([("  ", ""), (one, "red" if one[0] == "-" else "green")] for one in differences(seen))
    if seen.others:
        yield [(_("Other mails with the same Message-ID: look at them"), "bold")]
        yield from ([("  ", ""), (f"{key}  {title}", "")] for key, title in seen.others)


def _drawn_places(seen: Seen) -> Iterator[list[Span]]:
    for place in seen.places:
        reason = terms.called(terms.REASONS, place.reason)
        role = terms.called(terms.ROLES, place.role)
        through = ", ".join(readable(who.identifier) for who in place.through)
        about = f"{role} {through}: {reason}" if through else f"{role}: {reason}"
        yield [("  ", ""), (f"{place.client.name} ({place.client.public_id})", "cyan"), (f" — {about}", "")]
    if not seen.places:
        yield [("  ", ""), (_("nobody's"), "")]
    for who, why in seen.nowhere:
        yield [("  ", ""), (f"{readable(who.identifier)}: {why}", "dim")]
    for one in seen.decided:
        action = _("attached by {who}") if one.action == "attach" else _("excluded by {who}")
        yield [("  ", ""), (f"{action.format(who=facts.by_whom(one, seen.zone))} ({one.object})", "")]


def differences(seen: Seen) -> Iterator[str]:
    """What the copies say differently, as lines of a diff: - the copy shown, + the other one."""
    shown = next((said for key, said in seen.members if key == seen.head), "")
    left = text.visible(shown).splitlines()
    found: list[str] = []
    for key, said in seen.members:
        if key != seen.head:
            lines_ = difflib.unified_diff(left, text.visible(said).splitlines(), lineterm="", n=0)
            found += [one for one in lines_ if one[:1] in "+-" and one[:3] not in ("+++", "---")]
    yield from found[:_DIFFERENCES]
