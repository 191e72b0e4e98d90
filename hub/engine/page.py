"""One page, one transaction.

    prepare (before the transaction)   bodies read, mapped by the connector inside a guard, checked, encoded
    commit  (inside it)                lease and known facts checked again; rule or client? ; parties, items, raws,
                                       records, tombstones, quarantine; interactions; cursor and counters

Nothing in here calls a connector while the transaction is open.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson

from hub.connectors import Mapped, MapResult
from hub.core import ids, policy
from hub.core.amend import Part, amend
from hub.core.history import normalized
from hub.core.ids import Name
from hub.core.pages import Counts
from hub.core.policy import Policy
from hub.core.records import KINDS, PARTIES, Gone, Identifier, Record, Unreadable
from hub.engine.traces import Hashes
from hub.projection import changes
from hub.projection.changes import Change
from hub.projection.interactions import Context
from hub.store import derived, encoding, items, lines, parties
from hub.store.database import Tx
from hub.store.items import StoredRecord
from hub.store.tables import Item, Quarantine, Tombstone
from hub.store.tables import Record as RecordRow


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page comes from: the stream's row id, its connection's id, name, title and epoch."""

    stream: int
    connection: str
    stream_name: str
    title: str
    epoch: str

    def name(self, external_id: str) -> Name:
        return Name(self.connection, self.stream_name, self.epoch, external_id)

    def item(self, external_id: str) -> int:
        return items.item_id(self.stream, self.epoch, external_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An item of a page, read and mapped. Exactly one of `records` and `unreadable` says what it is; `replayed` are
    its parts when all its revisions were mapped again."""

    item: int
    external_id: str
    revision: str
    body: bytes
    digest: int
    records: Mapping[str, Record] = field(default_factory=dict)
    encoded: Mapping[str, bytes] = field(default_factory=dict)
    unreadable: Unreadable | None = None
    replayed: Mapping[str, Part] | None = None


@dataclass(frozen=True, slots=True)
class Maker:
    """How bytes become records: a connector's `map` with its settings, version and the horizon."""

    map: Callable[[bytes, Any, date], MapResult]
    settings: Any
    version: int
    horizon: date

    def prepare(self, place: Place, external_id: str, revision: str, body: bytes) -> Prepared:
        """Map one item. Whatever a plugin does in here concerns this item alone."""
        records: Mapping[str, Record] = {}
        encoded: Mapping[str, bytes] = {}
        unreadable: Unreadable | None = None
        try:
            mapped = _checked(self.map(body, self.settings, self.horizon))
            if isinstance(mapped, Unreadable):
                unreadable = mapped
            else:
                encoded = {part: encoding.dump(record) for part, record in mapped.items()}
                records = mapped
        except Exception as error:  # noqa: BLE001 - a bad record never blocks its page
            unreadable = _defect(error)
        return Prepared(
            item=place.item(external_id),
            external_id=external_id,
            revision=revision,
            body=body,
            digest=ids.digest(body),
            records=records,
            encoded=encoded,
            unreadable=unreadable,
        )


def unreadable(place: Place, external_id: str, revision: str, reason: str, detail: str) -> Prepared:
    """An item whose bytes could not even be read."""
    return Prepared(
        item=place.item(external_id),
        external_id=external_id,
        revision=revision,
        body=b"",
        digest=0,
        unreadable=Unreadable(reason=reason, detail=detail),
    )


def _defect(error: Exception) -> Unreadable:
    return Unreadable(reason=f"the plugin failed: {type(error).__name__}", detail=str(error)[:500])


def _checked(result: MapResult) -> Mapping[str, Record] | Unreadable:
    if isinstance(result, Unreadable):
        return result
    records: dict[str, Record] = {}
    for mapped in result:
        if not isinstance(mapped, Mapped) or type(mapped.record) not in KINDS or not isinstance(mapped.part, str):
            return Unreadable(reason="the plugin returned something that is no record", detail=type(mapped).__name__)
        if mapped.part in records:
            return Unreadable(reason="the plugin returned two records for one part", detail=mapped.part[:200])
        records[mapped.part] = mapped.record
    return records


# --- committing ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Verdicts:
    """What is to become of the items of a page: state and rule by item id."""

    state: dict[int, str] = field(default_factory=dict)
    rule: dict[int, str] = field(default_factory=dict)

    def exclude(self, item: int, rule: str) -> None:
        self.state[item], self.rule[item] = "excluded", rule


def commit(
    tx: Tx,
    place: Place,
    prepared: Sequence[Prepared],
    context: Context,
    rules: Policy,
    hashes: Hashes,
    *,
    mapping: int,
    received: int,
    again: bool = False,
) -> Counts:
    """Store prepared items with everything that follows from them. `again`: even if their bytes are known."""
    known = items.known(tx, (one.item for one in prepared))
    counts = Counts(listed=len(prepared))
    fresh: list[Prepared] = []
    for one in prepared:
        outcome = _settled(tx, one, known.get(one.item), mapping, again=again)
        if outcome:
            counts = counts.count(outcome)
        else:
            fresh.append(one)
    if fresh:
        counts += _store(tx, place, fresh, known, context, rules, hashes, mapping=mapping, received=received)
    return counts


def _settled(tx: Tx, one: Prepared, known: Any | None, mapping: int, *, again: bool) -> str:
    """The outcome of an item that needs no storing, "" for one that does."""
    if known is None or known.state == "forgotten":
        return "excluded" if known is not None else ""
    if again or known.digest != one.digest or known.mapping != mapping or known.state not in items.STORED:
        return ""
    columns = {"revision": one.revision, "removed": False}
    if (known.revision, bool(known.removed)) != (one.revision, False):
        items.set_item(tx, one.item, **columns)
    return "unchanged"


def _store(
    tx: Tx,
    place: Place,
    fresh: Sequence[Prepared],
    known: Mapping[int, Any],
    context: Context,
    rules: Policy,
    hashes: Hashes,
    *,
    mapping: int,
    received: int,
) -> Counts:
    before = items.records(tx, [one.item for one in fresh if one.item in known])
    people = {one.item: _people(one.records.values(), place, context) for one in fresh}
    verdicts = _by_rules(fresh, people, before, place, context, rules, hashes)
    change = Change()
    parts = {one.item: _parts(one, before.get(one.item, {}), verdicts, received) for one in fresh}
    for one in fresh:
        old = before.get(one.item, {})
        changes.note(change, one.item, place.name(one.external_id), parts[one.item], old, context)
    outcome = changes.let_parties_follow(tx, change, context)
    hashes.wake(tx, outcome.redirected)
    if rules.store == "clients":
        _by_clients(tx, fresh, people, before, verdicts, context)
        parts |= {item: {} for item, state in verdicts.state.items() if state == "excluded"}
    _write(
        tx,
        place,
        fresh,
        parts,
        before,
        verdicts,
        people,
        hashes,
        known,
        mapping=mapping,
        received=received,
        rules=rules,
    )
    for one in fresh:
        old = before.get(one.item, {})
        changes.note_statements(change, one.item, place.name(one.external_id), parts[one.item], old)
    changes.let_statements_follow(tx, change, context)
    return _count(fresh, verdicts)


def _people(records: Iterable[Record], place: Place, context: Context) -> set[Identifier]:
    """The normalised outside identifiers that an item names."""
    found: set[Identifier] = set()
    for record in records:
        named: list[Identifier | None] = [p.identifier for p in getattr(record, "participants", ())]
        named += getattr(record, "identifiers", ())
        named += context.finds(record)
        if deal := getattr(record, "deal", ""):
            named.append(Identifier("ref", deal))
        for raw in named:
            identifier = normalized(raw, place.connection, context.ours)
            if identifier is not None and not context.ours.owns(identifier):
                found.add(identifier)
    return found


def _by_rules(
    fresh: Sequence[Prepared],
    people: Mapping[int, set[Identifier]],
    before: Mapping[int, Mapping[str, StoredRecord]],
    place: Place,
    context: Context,
    rules: Policy,
    hashes: Hashes,
) -> _Verdicts:
    verdicts = _Verdicts()
    for one in fresh:
        if one.unreadable is not None:
            verdicts.state[one.item] = "quarantined"
            continue
        verdicts.state[one.item] = "headers" if rules.store == "headers" else "stored"
        rule = policy.broken_rule(one.records.values(), people[one.item], place.stream_name, place.title, rules)
        if _is_gone(one) and one.item not in before:
            rule = "gone" if one.records else "nothing to keep"
        elif context.decisions.forgotten and hashes.forgotten(people[one.item], context.decisions.forgotten):
            rule = "forgotten"
        if rule:
            verdicts.exclude(one.item, rule)
    return verdicts


def _by_clients(
    tx: Tx,
    fresh: Sequence[Prepared],
    people: Mapping[int, set[Identifier]],
    before: Mapping[int, Mapping[str, StoredRecord]],
    verdicts: _Verdicts,
    context: Context,
) -> None:
    """Exclude what involves no client. Parties stay, and so does what was stored once."""
    doubtful = [
        one for one in fresh
        if verdicts.state[one.item] == "stored" and one.item not in before
        and not any(isinstance(record, (*PARTIES, Gone)) for record in one.records.values())
    ]  # fmt: skip
    if not doubtful:
        return
    numbers = {i: (parties.identifier_id(i), parties.domain_id(i)) for one in doubtful for i in people[one.item]}
    leads = parties.leads(tx, {n for both in numbers.values() for n in both if n})
    for one in doubtful:
        if not any(leads.get(n) for i in people[one.item] for n in numbers[i]):
            verdicts.exclude(one.item, "no client")


# --- parts -----------------------------------------------------------------------------------------------------------


def _parts(one: Prepared, before: Mapping[str, StoredRecord], verdicts: _Verdicts, received: int) -> dict[str, Part]:
    """What the item's records are after this revision."""
    if verdicts.state[one.item] == "excluded":
        return {}
    if _is_gone(one):  # unreadable now, or no longer there: what we know of it stays
        return {part: part_of(stored) for part, stored in before.items()}
    now = one.records
    if verdicts.state[one.item] == "headers":
        now = {part: policy.headers_only(record) for part, record in now.items()}
    if one.replayed is not None and verdicts.state[one.item] == "stored":
        return dict(one.replayed)
    if not before:
        return {part: Part(record) for part, record in now.items()}
    return dict(amend({part: part_of(stored) for part, stored in before.items()}, now, received))


def _is_gone(one: Prepared) -> bool:
    return not one.records or any(isinstance(record, Gone) for record in one.records.values())


def part_of(stored: StoredRecord) -> Part:
    said = tuple(tuple(each) for each in orjson.loads(stored.changes)) if stored.changes else ()
    return Part(stored.record, stored.frozen, said)


# --- writing ---------------------------------------------------------------------------------------------------------


def _write(
    tx: Tx,
    place: Place,
    fresh: Sequence[Prepared],
    parts: Mapping[int, Mapping[str, Part]],
    before: Mapping[int, Mapping[str, StoredRecord]],
    verdicts: _Verdicts,
    people: Mapping[int, set[Identifier]],
    hashes: Hashes,
    known: Mapping[int, Any],
    *,
    mapping: int,
    received: int,
    rules: Policy,
) -> None:
    seen = [one.item for one in fresh if one.item in known]
    items.drop_traces(tx, seen, raws=False)
    _write_items(tx, place, fresh, parts, verdicts, mapping)
    _write_records(tx, place, fresh, parts, before, verdicts)
    _write_raws(tx, fresh, verdicts, known, rules, received)
    tx.put(
        Quarantine,
        [
            (one.item, one.unreadable.reason, one.unreadable.detail, received, encoding.pack(one.body))
            for one in fresh
            if one.unreadable is not None
        ],
    )
    buried = [one for one in fresh if verdicts.rule.get(one.item) == "no client"]
    tx.keep(Tombstone, [(number, one.item) for one in buried for number in hashes.of(people[one.item])])


def _write_items(
    tx: Tx,
    place: Place,
    fresh: Sequence[Prepared],
    parts: Mapping[int, Mapping[str, Part]],
    verdicts: _Verdicts,
    mapping: int,
) -> None:
    tx.put(
        Item,
        [
            (
                one.item,
                place.stream,
                place.epoch,
                one.external_id,
                one.revision,
                one.digest,
                verdicts.state[one.item],
                verdicts.rule.get(one.item, ""),
                mapping,
                any(getattr(part.record, "recurring", False) for part in parts[one.item].values()),
                _is_gone(one) and one.unreadable is None,
            )
            for one in fresh
        ],
    )


def _write_records(
    tx: Tx,
    place: Place,
    fresh: Sequence[Prepared],
    parts: Mapping[int, Mapping[str, Part]],
    before: Mapping[int, Mapping[str, StoredRecord]],
    verdicts: _Verdicts,
) -> None:
    rows, gone = [], []
    for one in fresh:
        for part, now in parts[one.item].items():
            key = place.name(one.external_id).key(part)
            kind = KINDS[type(now.record)]
            family = derived.family(now.record, key)
            whole = verdicts.state[one.item] == "stored" and one.records.get(part) is now.record
            body = one.encoded[part] if whole else encoding.dump(now.record)
            rows.append(
                (
                    items.record_id(one.item, part),
                    one.item,
                    part,
                    kind,
                    family,
                    now.frozen,
                    encoding.pack(body),
                    changes.said(now),
                )
            )
        gone += [stored.id for part, stored in before.get(one.item, {}).items() if part not in parts[one.item]]
    tx.put(RecordRow, rows)
    tx.drop(RecordRow, "id", gone)


def _write_raws(
    tx: Tx, fresh: Sequence[Prepared], verdicts: _Verdicts, known: Mapping[int, Any], rules: Policy, received: int
) -> None:
    """Keep what the source said, as far as the policy allows: of an item kept by its headers, nothing."""
    stored = [one for one in fresh if verdicts.state[one.item] == "stored" and not _has_raw(one, known)]
    dropped = [one.item for one in fresh if verdicts.state[one.item] not in ("stored", "quarantined")]
    if rules.keep_raw == "latest":
        dropped += [one.item for one in stored]
    items.drop_raws(tx, dropped)
    if rules.keep_raw != "none":
        items.add_raws(tx, [(one.item, one.revision, received, encoding.pack(one.body)) for one in stored])


def _has_raw(one: Prepared, known: Mapping[int, Any]) -> bool:
    before = known.get(one.item)
    return before is not None and before.state == "stored" and before.digest == one.digest


def _count(fresh: Sequence[Prepared], verdicts: _Verdicts) -> Counts:
    counts = Counts()
    for one in fresh:
        state = verdicts.state[one.item]
        counts = counts.count("stored" if state in items.STORED else state)
    return counts
