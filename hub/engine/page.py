"""One page, one transaction.

    prepare    (before, in `mapping`)   bodies read, mapped by the connector inside a guard, checked, packed
    beforehand (before)                 what the records say by themselves
    commit     (inside it)              what is known is read; rules; parties and whose client everybody is; clients;
                                        items, raws, records, tombstones, quarantine; interactions

Nothing in here calls a connector while the transaction is open.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hub.core import policy, said
from hub.core.amend import Part, amend
from hub.core.clients import addresses, with_users
from hub.core.history import normalized
from hub.core.ids import Name
from hub.core.pages import Counts
from hub.core.policy import Policy
from hub.core.records import KINDS, PARTIES, Gone, Identifier, Record, User
from hub.engine.mapping import Place, Prepared
from hub.engine.traces import Hashes
from hub.projection import changes
from hub.projection.beforehand import Beforehand
from hub.projection.changes import Change
from hub.projection.weaving import Context
from hub.store import attachments, employees, encoding, items, journal, parties, refetch
from hub.store.body_tables import Quarantine, Tombstone
from hub.store.database import Tx
from hub.store.derived_tables import Record as RecordRow
from hub.store.items import StoredRecord
from hub.store.tables import STORED, Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms items are stored. `mapping` is the version that made the records; `again`: even if the bytes are
    known; `strict`: what is stored already is judged, too.
    """

    context: Context
    policy: Policy
    hashes: Hashes
    mapping: int
    again: bool = False
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Committed:
    """What became of a page: its counts, clients that appeared or went (public ids before and after), and why items
    could not be read.
    """

    counts: Counts
    clients: tuple[tuple[str, str], ...] = ()
    unreadable: tuple[str, ...] = ()


@dataclass(slots=True)
class _Case:
    """An item on its way into the database: what it says, what is known of it, whether it is unreadable now or no longer
    there, what is decided, and whom it names, where that decides.
    """

    one: Prepared
    name: Name
    known: Any | None
    before: dict[str, StoredRecord]
    gone: bool
    state: str = "stored"
    rule: str = ""
    parts: dict[str, Part] = field(default_factory=dict)
    people: set[Identifier] = field(default_factory=set)

    def exclude(self, rule: str) -> None:
        self.state, self.rule, self.parts = "excluded", rule, {}


def beforehand(place: Place, prepared: Iterable[Prepared], terms: Terms, *, stored: bool) -> Beforehand:
    """What prepared items say by themselves, while the database is not taken yet. `stored`: most of them will be, as they
    are, so that their statements are worth it.
    """
    made = Beforehand(terms.context)
    for one in prepared:
        name = place.name(one.external_id)
        made.make_out_parties(one.item, name, one.records, one.alone)
        if terms.policy.store == "clients":
            made.people[one.item] = set(_people(one, place, terms))
        if stored and terms.policy.store != "headers":
            made.make_out_statements(one.item, name, one.records, one.words, one.alone)
    return made


def commit(
    tx: Tx, place: Place, prepared: Sequence[Prepared], terms: Terms, made: Beforehand | None = None
) -> Committed:
    """Store prepared items of one place with everything that follows from them. What was `made` out beforehand is used if
    the terms are those still.
    """
    known = items.known(tx, (one.item for one in prepared))
    outcomes: list[str] = []
    fresh: list[Prepared] = []
    for one in prepared:
        outcome = _settled(tx, one, known.get(one.item), terms)
        if outcome:
            outcomes.append(outcome)
        else:
            fresh.append(one)
    if not fresh:
        return Committed(Counts.of(outcomes))
    before = items.records(tx, [one.item for one in fresh if one.item in known])
    cases = [
        _Case(
            one,
            place.name(one.external_id),
            known.get(one.item),
            before.get(one.item, {}),
            gone=not one.records or any(isinstance(record, Gone) for record in one.records.values()),
        )
        for one in fresh
    ]
    clients = _store(tx, place, cases, terms, made or Beforehand(terms.context))
    outcomes += ("stored" if case.state in STORED else case.state for case in cases)
    reasons = tuple(one.unreadable.reason for one in fresh if one.unreadable is not None)
    return Committed(Counts.of(outcomes), clients, reasons)


def _settled(tx: Tx, one: Prepared, known: Any | None, terms: Terms) -> str:
    """The outcome of an item that needs no storing, "" for one that does."""
    if known is None or known.state == "forgotten":
        return "excluded" if known is not None else ""
    if terms.again or known.state not in STORED or (known.digest, known.mapping) != (one.digest, terms.mapping):
        return ""
    gone = any(isinstance(record, Gone) for record in one.records.values())
    if (known.revision, bool(known.removed)) != (one.revision, gone):
        items.set_item(tx, one.item, revision=one.revision, removed=gone)
    return "unchanged"


def _people(one: Prepared, place: Place, terms: Terms) -> Iterator[Identifier]:
    """The normalised outside identifiers that an item names, as far as somebody wants to know."""
    ours = terms.context.ours
    for record in one.records.values():
        for raw in _named(record, terms):
            identifier = normalized(raw, place.connection, ours)
            if identifier is not None and not ours.owns(identifier):
                yield identifier


def _named(record: Record, terms: Terms) -> Iterable[Identifier | None]:
    yield from (participant.identifier for participant in getattr(record, "participants", ()))
    yield from getattr(record, "identifiers", ())
    yield from terms.context.finds(record)
    if deal := getattr(record, "deal", ""):
        yield Identifier("ref", deal)


def _store(tx: Tx, place: Place, cases: Sequence[_Case], terms: Terms, made: Beforehand) -> tuple[tuple[str, str], ...]:
    """Judge and write cases, and let everything follow. Returns the clients that appeared or went."""
    change = Change()
    terms = _joined(tx, place, cases, terms, change)
    made = made.within(terms.context)
    for case in cases:
        _judge(case, place, terms)
        changes.note(change, case.one.item, case.name, case.parts, case.before, made)
    outcome = changes.let_parties_follow(tx, change, terms.context)
    terms.hashes.wake(tx, outcome.redirected)
    if terms.policy.store == "clients":
        _leave_strangers(tx, place, cases, terms, made)
    for case in cases:
        changes.note_statements(change, case.one.item, case.name, case.parts, case.before, _words(case), made)
    _write(tx, place, cases, terms, {kept.record_id: kept.family for kept in change.put})
    changes.let_statements_follow(tx, change, terms.context)
    return tuple(change.outcome.clients)


def _joined(tx: Tx, place: Place, cases: Sequence[_Case], terms: Terms, change: Change) -> Terms:
    """The terms with the users among the cases as employees. Who joins changes what his addresses took part in; where one
    leaves that was ours by nothing else, everything is derived anew by the next sync.
    """
    users = [case for case in cases if _is_user(case)]
    if not users:
        return terms
    for case in users:
        _judge(case, place, terms)
    before, ours = employees.known(tx), terms.context.ours
    records = {record.id for case in users for record in case.before.values()}
    employees.replace(tx, records, [row for case in users for row in employed(case.one.item, case.parts)])
    known = employees.known(tx)
    if any(not ours.owns_domain(address.rpartition("@")[2]) for address in before.keys() - known.keys()):
        journal.outdate(tx)
    fresh = {address for address in known if not ours.owns(Identifier("email", address))}
    if not fresh:
        return terms
    context = replace(terms.context, ours=with_users(ours, [(address, known[address]) for address in sorted(fresh)]))
    terms = replace(terms, context=context)
    changes.note_joined(tx, change, fresh, context)
    refetch.wake(tx, terms.hashes.of(Identifier("email", address) for address in fresh))
    return terms


def _is_user(case: _Case) -> bool:
    said = (*case.one.records.values(), *(stored.record for stored in case.before.values() if stored.kind == "user"))
    return any(isinstance(record, User) for record in said)


def employed(item: int, parts: Mapping[str, Part]) -> Iterator[employees.Row]:
    """Whom an item names as an employee."""
    for part, now in parts.items():
        if isinstance(now.record, User):
            record = items.record_id(item, part)
            yield from ((record, address, now.record.name) for address in addresses(now.record))


def _words(case: _Case) -> dict[str, str]:
    """The words of the parts that are stored as they were brought."""
    one = case.one
    return {part: said for part, said in one.words.items() if part in case.parts and _as_brought(case, part)}


def _as_brought(case: _Case, part: str) -> bool:
    return case.one.records.get(part) is case.parts[part].record


# --- judging ---------------------------------------------------------------------------------------------------------


def _judge(case: _Case, place: Place, terms: Terms) -> None:
    """Decide by what the item says alone; whether it involves a client is seen later."""
    one, forgotten = case.one, terms.context.decisions.forgotten
    if one.unreadable is not None:
        case.state = "quarantined"
    elif case.gone and not case.before:
        case.exclude("gone" if one.records else "nothing to keep")
        return
    elif forgotten and terms.hashes.forgotten(_people(one, place, terms), forgotten):
        case.exclude("forgotten")
        return
    elif rule := policy.broken_rule(
        one.records.values(), _people(one, place, terms), place.stream_name, place.title, terms.policy
    ):
        case.exclude(rule)
        return
    elif terms.policy.store == "headers":
        case.state = "headers"
    case.parts = _parts(case)


def _parts(case: _Case) -> dict[str, Part]:
    """What the item's records are after this revision."""
    stored = {part: part_of(record) for part, record in case.before.items()}
    if case.gone:
        return stored
    if case.one.replayed is not None and case.state == "stored":
        return dict(case.one.replayed)
    now = case.one.records
    if case.state == "headers":
        now = {part: policy.headers_only(record) for part, record in now.items()}
    return (
        dict(amend(stored, now, case.one.received)) if stored else {part: Part(record) for part, record in now.items()}
    )


def part_of(stored: StoredRecord) -> Part:
    """A stored record as a part of its item."""
    return Part(stored.record, stored.frozen, said.loads(stored.changes))


def _leave_strangers(tx: Tx, place: Place, cases: Sequence[_Case], terms: Terms, made: Beforehand) -> None:
    """Exclude what involves no client. Parties stay, and so does what was stored once."""
    doubtful = [case for case in cases if case.state == "stored" and (terms.strict or not case.before)]
    doubtful = [
        case for case in doubtful if not any(isinstance(p.record, (*PARTIES, Gone)) for p in case.parts.values())
    ]
    if not doubtful:
        return
    for case in doubtful:
        known = made.people.get(case.one.item)
        case.people = set(_people(case.one, place, terms)) if known is None else known
    leading = parties.clients_people(tx, set().union(*(case.people for case in doubtful)))
    for case in doubtful:
        if leading.isdisjoint(case.people):
            case.exclude("no client")


# --- writing ---------------------------------------------------------------------------------------------------------


def _write(tx: Tx, place: Place, cases: Sequence[_Case], terms: Terms, families: Mapping[int, int]) -> None:
    items.drop_traces(tx, [case.one.item for case in cases if case.known is not None], raws=False)
    tx.put(Item, [_item(case, place, terms) for case in cases])
    tx.put(RecordRow, [row for case in cases for row in _records(case, families)])
    gone = [record.id for case in cases for part, record in case.before.items() if part not in case.parts]
    tx.drop(RecordRow, "id", gone)
    _write_raws(tx, cases, terms)
    attachments.want(tx, list(_wanted(cases, terms)))
    tx.put(Quarantine, [_quarantined(case) for case in cases if case.one.unreadable is not None])
    buried = [case for case in cases if case.rule == "no client"]
    tx.keep(Tombstone, [(number, case.one.item) for case in buried for number in terms.hashes.of(case.people)])


def _item(case: _Case, place: Place, terms: Terms) -> tuple[Any, ...]:
    one = case.one
    recurring = any(getattr(part.record, "recurring", False) for part in case.parts.values())
    removed = case.gone and one.unreadable is None
    return (one.item, place.stream, place.epoch, one.external_id, one.revision, one.digest, case.state, case.rule,
            terms.mapping, recurring, removed)  # fmt: skip


def _records(case: _Case, families: Mapping[int, int]) -> Iterable[tuple[Any, ...]]:
    """The rows of a case; `families` are those of the records that are statements."""
    one = case.one
    for part, now in case.parts.items():
        body = one.packed[part] if _as_brought(case, part) else encoding.pack(encoding.dump(now.record))
        number = items.record_id(one.item, part)
        yield (number, one.item, part, KINDS[type(now.record)], families.get(number, 0), now.frozen, body,
               said.dumps(now.before))  # fmt: skip


def _quarantined(case: _Case) -> tuple[Any, ...]:
    assert case.one.unreadable is not None
    why = case.one.unreadable
    return (case.one.item, why.reason, why.detail, case.one.received, case.one.body.stored)


def _write_raws(tx: Tx, cases: Sequence[_Case], terms: Terms) -> None:
    """Keep what the source said, as far as the policy allows: of an item kept by its headers, nothing. What was attached
    to an earlier revision is not attached to this one.
    """
    new = [case.one for case in cases if case.state == "stored" and not _has_raw(case)]
    known = {case.one.item for case in cases if case.known is not None}
    dropped = [case.one.item for case in cases if case.one.item in known and case.state in ("excluded", "headers")]
    if terms.policy.keep_raw == "latest":
        dropped += [one.item for one in new]
    items.drop_raws(tx, dropped)
    attachments.drop(tx, [one.item for one in new if one.item in known])
    if terms.policy.keep_raw != "none":
        items.add_raws(tx, [(one.item, one.revision, one.received, one.body) for one in new])


def _wanted(cases: Iterable[_Case], terms: Terms) -> Iterator[tuple[int, str]]:
    """The attached files that the policy wants with what it keeps."""
    for case in cases if terms.policy.attachments != 0 else ():
        if case.state == "stored":
            stated = (one for now in case.parts.values() for one in getattr(now.record, "attachments", ()))
            yield from dict.fromkeys(
                (case.one.item, one.part) for one in stated if one.part and policy.fits(one.size, terms.policy)
            )


def _has_raw(case: _Case) -> bool:
    return case.known is not None and case.known.state == "stored" and case.known.digest == case.one.digest
