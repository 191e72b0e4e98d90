"""What was said and done: tasks, notes and events, each with the clients of the card that it stands at."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import hub
from hub_crm_amo.client import RAWS, Account, Step, steps
from hub_crm_amo.kinds import LEADS, NOTED, PLURAL, stage_of
from hub_crm_amo.owners import Owners
from hub_crm_amo.questions import EVENT_IDS, EVENTS, IDS, PAGE, List, card_list
from hub_crm_amo.raws import raw
from hub_crm_amo.readers import Rereading, all_of, event_list, single
from hub_crm_amo.values import Row, chunks, identity, text
from hub_crm_amo.words import Words

TOLD: Final = ("lead_status_changed", "entity_responsible_changed", "incoming_chat_message", "outgoing_chat_message")
"""Events that say what nothing else does; notes, tasks and cards tell of themselves."""


def linked(
    account: Account, owners: Owners, asked: List, ids: int, span: hub.Span, rereading: Rereading
) -> Iterator[Step]:
    """What stands at leads that were changed in a span: a lead may get its contact long after its first call, and what
    stands at it is then about somebody. A first pull reads everything anyway.
    """
    if span.upto - span.since >= rereading.recent.total_seconds():
        return
    done = span.after
    for leads, after in account.downwards(card_list(LEADS), span):
        owners.hear(LEADS, leads)
        for some, reached in steps(leads, "updated_at", after, ids):
            numbers = [identity(one.get("id")) for one in some]
            found = account.whole(asked.those(numbers, "entity_id")) if numbers else ()
            parts = [part for page in found for part in chunks(page, RAWS)]
            yield from ((part, done) for part in parts[:-1])
            yield next(reversed(parts), ()), reached
            done = reached


@dataclass(slots=True)
class Tasks:
    account: Account
    words: Words
    rereading: Rereading
    owners: Owners

    @property
    def listed(self) -> timedelta:
        return self.rereading.again

    @property
    def habit(self) -> hub.Habit:
        return hub.Habit(legs=2, recent=self.rereading.recent, again=self.rereading.again)

    def digest(self) -> str:
        return self.words.digest

    def steps(self, span: hub.Span) -> Iterator[Step]:
        if span.leg == 0:
            return self.account.slices(_TASKS, span)
        of_leads = replace(_TASKS, filter={"entity_type": LEADS})
        return linked(self.account, self.owners, of_leads, IDS, span, self.rereading)

    def raws(self, found: Sequence[Row], span: hub.Span | None) -> list[hub.Raw]:
        owners = self.owners.of([_at(one) for one in found], span)
        return [
            raw(
                identity(one.get("id")), "tasks", one, owner=owners.get(_at(one)),
                type=self.words.tasks.get(str(identity(one.get("task_type_id")))),
            )
            for one in found
        ]  # fmt: skip

    def lists(self) -> Sequence[List]:
        return [_TASKS]

    def questions(self, rows: int) -> float:
        return rows / PAGE + rows / RAWS

    def names(self, now: int) -> Iterator[str]:
        return map(str, all_of(self.account.slices, _TASKS, now))

    def one(self, external_id: str) -> Sequence[Row]:
        return single(self.account, "tasks", identity(external_id))


_TASKS: Final = List(path="tasks", under="tasks")


def _at(item: Row) -> tuple[str, int]:
    return text(item.get("entity_type")), identity(item.get("entity_id"))


@dataclass(slots=True)
class Notes:
    """Notes of leads, contacts and companies: three lists, each a leg, and those of changed leads. A new note does not touch its card."""

    account: Account
    words: Words
    rereading: Rereading
    owners: Owners

    @property
    def listed(self) -> timedelta:
        return self.rereading.again

    @property
    def habit(self) -> hub.Habit:
        legs = len(NOTED)
        return hub.Habit(legs=legs + 1, old_legs=legs, recent=self.rereading.recent, again=self.rereading.again)

    def digest(self) -> str:
        return ""

    def steps(self, span: hub.Span) -> Iterator[Step]:
        if span.leg < len(NOTED):
            kind = NOTED[span.leg]
            return _at_cards(kind, self.account.downwards(_notes(kind), span))
        return _at_cards(LEADS, linked(self.account, self.owners, _notes(LEADS), IDS, span, self.rereading))

    def raws(self, found: Sequence[Row], span: hub.Span | None) -> list[hub.Raw]:
        owners = self.owners.of([_at(one) for one in found], span)
        return [raw(_name(one), "notes", one, owner=owners.get(_at(one))) for one in found]

    def lists(self) -> Sequence[List]:
        return [_notes(kind) for kind in NOTED]

    def questions(self, rows: int) -> float:
        return rows / PAGE + rows / RAWS

    def names(self, now: int) -> Iterator[str]:
        for kind in NOTED:
            for number in all_of(self.account.downwards, _notes(kind), now):
                yield f"{kind}-{number}"

    def one(self, external_id: str) -> Sequence[Row]:
        kind, _, number = external_id.partition("-")
        if kind not in NOTED:
            return []
        return [{**one, "entity_type": kind} for one in single(self.account, f"{kind}/notes", identity(number))]


def _at_cards(kind: str, steps: Iterator[Step]) -> Iterator[Step]:
    """A note says at which card it stands, and its list of what kind that is."""
    return (([{**one, "entity_type": kind} for one in found], after) for found, after in steps)


def _notes(kind: str) -> List:
    return List(path=f"{kind}/notes", under="notes")


def _name(note: Row) -> str:
    """Notes are numbered, and by the kind of their card no two are confused."""
    return f"{text(note.get('entity_type'))}-{identity(note.get('id'))}"


@dataclass(slots=True)
class Events:
    """What an account writes down by itself and keeps for as long as its tariff has it: absence proves nothing."""

    account: Account
    words: Words
    rereading: Rereading
    owners: Owners
    listed: timedelta = timedelta(days=1)

    @property
    def habit(self) -> hub.Habit:
        return hub.Habit(legs=2, recent=self.rereading.recent, again=self.rereading.again)

    def digest(self) -> str:
        return self.words.digest

    def steps(self, span: hub.Span) -> Iterator[Step]:
        told = event_list(TOLD)
        if span.leg == 0:
            return self.account.slices(told, span)
        of_leads = replace(told, filter={**told.filter, "entity": "lead"})
        return linked(self.account, self.owners, of_leads, EVENT_IDS, span, self.rereading)

    def raws(self, found: Sequence[Row], span: hub.Span | None) -> list[hub.Raw]:
        owners = self.owners.of([_told_of(one) for one in found], span)
        return [
            raw(text(one.get("id")), "events", one, owner=owners.get(_told_of(one)), stages=self._stages(one))
            for one in found
        ]

    def _stages(self, event: Row) -> Mapping[str, tuple[str, str]]:
        """The names of the stages that an event speaks of."""
        keys = [stage_of(event, name) for name in ("value_before", "value_after")]
        return {key: self.words.stages[key] for key in keys if key in self.words.stages}

    def lists(self) -> Sequence[List]:
        return [event_list(TOLD)]

    def questions(self, rows: int) -> float:
        return rows / EVENTS + rows / RAWS

    def names(self, now: int) -> None:  # noqa: ARG002 - as Reader has it
        return None

    def one(self, external_id: str) -> Sequence[Row]:
        return single(self.account, "events", external_id) if external_id.isalnum() else []


def _told_of(event: Row) -> tuple[str, int]:
    """Events name kinds in the singular."""
    kind = text(event.get("entity_type"))
    return PLURAL.get(kind, kind), identity(event.get("entity_id"))
