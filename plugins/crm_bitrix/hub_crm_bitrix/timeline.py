"""What was said and done: activities, comments and the telephony's statistics, each with what other answers say of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import hub
from hub_crm_bitrix.answers import Answer
from hub_crm_bitrix.client import Portal
from hub_crm_bitrix.files import FILE, file_id, named
from hub_crm_bitrix.kinds import COMPANY, CONTACT, DEAL, FIRST_PROCESS, INVOICE, LEAD, QUOTE
from hub_crm_bitrix.questions import Command, Params, Walk
from hub_crm_bitrix.raws import raw
from hub_crm_bitrix.readers import RAWS, changed, chunks, each
from hub_crm_bitrix.values import Row, identity, row, rows, text

_CALL: Final = timedelta(days=1)
"""A call is entered into the statistics when it ends, and counts from its beginning."""
_BINDINGS: Final = "crm.activity.binding.list"
_EVENT: Final = "calendar.event.getbyid"
_DIALOG: Final = "imopenlines.session.history.get"


@dataclass(slots=True)
class Activities:
    """Activities with all they are bound to. Those bound to a deal only come with the deal's clients. `names_files`: whether the
    right «Drive» is there, which tells what files are called.
    """

    portal: Portal
    recent: timedelta
    names_files: bool
    together: int = RAWS
    refused: set[str] = field(default_factory=set, init=False)
    """Methods that we may not call: what they would add is missing."""

    @property
    def habit(self) -> hub.Habit:
        return hub.Habit(recent=self.recent)

    def digest(self) -> str:
        return "named files" if self.names_files else "files"

    def walk(self, window: hub.Span) -> Walk:
        return self._walk(changed("LAST_UPDATED", window))

    @property
    def more(self) -> float:
        return 3

    def everything(self) -> Walk:
        return Walk(method="crm.activity.list", id="ID", more={"select": ["ID"]}, newest_first=False)

    def all_rows(self) -> Walk:
        return self.everything()

    def some(self, numbers: Sequence[int]) -> list[Row]:
        found = self.portal.walks([self._walk({"@ID": list(one)}) for one in chunks(numbers)])
        return [one for rows in found for one in rows]

    def _walk(self, wanted: Params) -> Walk:
        more = {"select": ["*", "COMMUNICATIONS", "FILES"]}
        return Walk(method="crm.activity.list", id="ID", filter=wanted, more=more)

    def raws(self, found: Sequence[Row], window: hub.Span | None) -> list[Sequence[hub.Raw]]:  # noqa: ARG002 - as Reader has it
        return each(found, self._raws([_without_addresses(one) for one in found]), "ID")

    def _raws(self, found: Sequence[Row]) -> dict[int, hub.Raw]:
        said = self._beside(list(self._questions(found)))
        bound, files = said.get(_BINDINGS, {}), said.get(FILE, {})
        events, dialogs = said.get(_EVENT, {}), said.get(_DIALOG, {})
        owners = Owners(self.portal).of({_id(one): _bindings(one, bound.get(_id(one))) for one in found})
        return {
            _id(one): raw(
                _id(one), "activities", one, self.portal.secrets, bindings=bound.get(_id(one)),
                owners=owners.get(_id(one)), event=events.get(_id(one)), dialog=dialogs.get(_id(one)),
                files=[named(file["id"], files[file["id"]]) for file in one["FILES"] if files.get(file["id"])],
            )
            for one in found
        }  # fmt: skip

    def _questions(self, found: Sequence[Row]) -> Iterator[tuple[str, int, Params]]:
        """What has to be asked about each activity by itself: a method, what the question is about, its parameters."""
        for one in found:
            yield _BINDINGS, _id(one), {"activityId": _id(one)}
            if event := identity(one.get("CALENDAR_EVENT_ID")):  # it has the UID by which other calendars know it
                yield _EVENT, _id(one), {"id": event}
            if text(one.get("PROVIDER_ID")) == "IMOPENLINES_SESSION":
                yield _DIALOG, _id(one), {"SESSION_ID": identity(one.get("ASSOCIATED_ENTITY_ID"))}
        if self.names_files:
            yield from (
                (FILE, number, {"id": number}) for number in {file["id"]: 0 for one in found for file in one["FILES"]}
            )

    def _beside(self, questions: Sequence[tuple[str, int, Params]]) -> dict[str, dict[int, Any]]:
        """The answers, by method and what the question was about. A method that refuses all of its questions is asked no more."""
        asked = [one for one in questions if one[0] not in self.refused]
        got = self.portal.many([Command(method, params) for method, _number, params in asked])
        said: dict[str, dict[int, Any]] = {}
        may = {
            method for (method, *_), one in zip(asked, got, strict=True) if isinstance(one, Answer) or one.is_missing
        }
        for method in {method for method, *_ in asked} - may:
            self.portal.tools.log.info("a method is refused", extra={"action": "bitrix.refused", "method": method})
            self.refused.add(method)
        for (method, number, _params), one in zip(asked, got, strict=True):
            if isinstance(one, Answer):
                said.setdefault(method, {})[number] = one.result
        return said


def _without_addresses(activity: Row) -> Row:
    """An activity whose files are ids and nothing else: their addresses let anybody in, for an hour."""
    files = [{"id": number} for one in rows(activity.get("FILES")) if (number := identity(one.get("id")))]
    return {**activity, "FILES": files}


def _id(activity: Row) -> int:
    return identity(activity.get("ID"))


def _bindings(activity: Row, bound: object) -> set[tuple[int, int]]:
    pairs = {(identity(one.get("entityTypeId")), identity(one.get("entityId"))) for one in rows(bound)}
    pairs.add((identity(activity.get("OWNER_TYPE_ID")), identity(activity.get("OWNER_ID"))))
    pairs |= {
        (identity(one.get("ENTITY_TYPE_ID")), identity(one.get("ENTITY_ID")))
        for one in rows(activity.get("COMMUNICATIONS"))
    }
    return {pair for pair in pairs if all(pair)}


@dataclass(frozen=True, slots=True)
class Owners:
    """The clients of deals, quotes and the like."""

    portal: Portal

    def of(self, bound: dict[int, set[tuple[int, int]]]) -> dict[int, list[Row]]:
        """By the keys of `bound`, the objects among those bound that are about somebody, where nobody is bound himself."""
        orphans = {
            key: pairs for key, pairs in bound.items() if not any(kind in (LEAD, CONTACT, COMPANY) for kind, _ in pairs)
        }
        known = self.read({pair for pairs in orphans.values() for pair in pairs})
        found = {key: [known[pair] for pair in sorted(pairs) if pair in known] for key, pairs in orphans.items()}
        return {key: owners for key, owners in found.items() if owners}

    def read(self, pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Row]:
        """These objects, (kind, id), with their companies and contacts."""
        by_kind: dict[int, list[int]] = {}
        for kind, number in sorted(pairs):
            by_kind.setdefault(kind, []).append(number)
        asked = [(kind, some) for kind, numbers in by_kind.items() for some in chunks(numbers)]
        got = self.portal.many([_owners_walk(kind, {"@id": list(some)}).page() for kind, some in asked])
        return {
            (kind, identity(one.get("id"))): one
            for (kind, _some), answer in zip(asked, got, strict=True)
            if isinstance(answer, Answer)
            for one in rows(row(answer.result).get("items"))
        }


def _owners_walk(kind: int, wanted: Params) -> Walk:
    select = ["id", "title", *(("companyId", "contactId", "contactIds") if kind not in (COMPANY, CONTACT) else ())]
    return Walk(method="crm.item.list", under="items", filter=wanted, more={"entityTypeId": kind, "select": select})


@dataclass(slots=True)
class Comments:
    """Comments are listed for one object at a time, and cannot be filtered by time: the objects are walked that somebody
    has touched, and now and then all of them.

    Assumption: a comment moves `lastActivityTime` of its object. Where it does not, the walk through all of them finds it.
    """

    portal: Portal
    recent: timedelta
    kinds: Sequence[int]
    together: int = RAWS

    @property
    def habit(self) -> hub.Habit:
        legs = len(self.kinds)
        return hub.Habit(legs=legs, old_legs=legs, recent=self.recent, again=timedelta(days=7))

    def digest(self) -> str:
        return ",".join(map(str, self.kinds))

    def walk(self, window: hub.Span) -> Walk:
        kind = self.kinds[min(window.leg, len(self.kinds) - 1)]
        return _owners_walk(kind, changed("createdTime" if window.is_old else "lastActivityTime", window))

    @property
    def more(self) -> float:
        return 2

    def everything(self) -> None:
        return None

    def all_rows(self) -> None:
        return None

    def some(self, numbers: Sequence[int]) -> list[Row]:
        got = self.portal.many([Command("crm.timeline.comment.get", {"id": number}) for number in numbers])
        return [row(one.result) for one in got if isinstance(one, Answer)]

    def raws(self, found: Sequence[Row], window: hub.Span | None) -> list[Sequence[hub.Raw]]:
        if window is None:
            return self._by_themselves(found)
        kind = self.kinds[min(window.leg, len(self.kinds) - 1)]
        said = self.portal.walks([_comments(kind, identity(one.get("id"))) for one in found])
        return [
            [self._raw(one, {**owner, "entityTypeId": kind}) for one in comments]
            for owner, comments in zip(found, said, strict=True)
        ]

    def _raw(self, comment: Row, owner: Row) -> hub.Raw:
        return raw(_id(comment), "comments", _said(comment), self.portal.secrets, owner=owner)

    def _by_themselves(self, comments: Sequence[Row]) -> list[Sequence[hub.Raw]]:
        """Comments that were not found by the objects they are about."""
        about = {_id(one): (_kind(text(one.get("ENTITY_TYPE"))), identity(one.get("ENTITY_ID"))) for one in comments}
        known = Owners(self.portal).read({pair for pair in about.values() if all(pair)})
        return [
            [self._raw(one, {**known[pair], "entityTypeId": pair[0]})] if (pair := about[_id(one)]) in known else []
            for one in comments
        ]


_ENTITIES: Final = {
    LEAD: "lead", DEAL: "deal", CONTACT: "contact", COMPANY: "company", QUOTE: "quote", INVOICE: "smart_invoice",
}  # fmt: skip
"""How comments name what they are about (https://apidocs.bitrix24.com/api-reference/crm/data-types.html, "Object type")."""
_COMMENT: Final = ("ID", "ENTITY_ID", "ENTITY_TYPE", "CREATED", "COMMENT", "AUTHOR_ID", "FILES")
_KINDS: Final = {name: kind for kind, name in _ENTITIES.items()}
_DYNAMIC: Final = "dynamic_"


def _kind(entity: str) -> int:
    """What a comment is about, by its name there; 0 for what is none of the CRM."""
    number = identity(entity.lower().removeprefix(_DYNAMIC))
    return number if number >= FIRST_PROCESS else _KINDS.get(entity.lower(), 0)


def _said(comment: Row) -> Row:
    """A comment, the same whichever method told of it: its files by id, name and size."""
    said = {name: comment[name] for name in _COMMENT if name in comment}
    files = [
        {"id": file_id(one), "name": text(one.get("name")), "size": identity(one.get("size"))}
        for one in rows(comment.get("FILES"))
    ]
    return {**said, "FILES": files}


def _comments(kind: int, number: int) -> Walk:
    wanted = {"ENTITY_ID": number, "ENTITY_TYPE": _ENTITIES.get(kind, f"{_DYNAMIC}{kind}")}
    return Walk(
        method="crm.timeline.comment.list", id="ID", filter=wanted, more={"select": list(_COMMENT)}, counts=True
    )


@dataclass(slots=True)
class Calls:
    """What the exchange knows of calls (scope `telephony`)."""

    portal: Portal
    recent: timedelta
    together: int = RAWS

    @property
    def habit(self) -> hub.Habit:
        return hub.Habit(overlap=_CALL, recent=self.recent)

    def digest(self) -> str:
        return ""

    def walk(self, window: hub.Span) -> Walk:
        return _statistic(changed("CALL_START_DATE", window))

    @property
    def more(self) -> float:
        return 0

    def everything(self) -> None:
        return None

    def all_rows(self) -> Walk:
        return _statistic({})

    def some(self, numbers: Sequence[int]) -> list[Row]:
        return [one for page in self.portal.walk(_statistic({"ID": list(numbers)})) for one in page]

    def raws(self, found: Sequence[Row], window: hub.Span | None) -> list[Sequence[hub.Raw]]:  # noqa: ARG002 - as Reader has it
        return [[raw(_id(one), "calls", one, self.portal.secrets)] for one in found]


def _statistic(wanted: Params) -> Walk:
    return Walk(method="voximplant.statistic.get", id="ID", filter=wanted, dialect="flat", counts=True)
