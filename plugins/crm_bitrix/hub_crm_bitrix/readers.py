"""How each stream is read: where its rows are, what belongs to them and stands in other answers, how news show.

A reader says with what walk a window is gone through, and makes raws of the rows that it brings. Objects of the CRM come
with `crm.item.list`, which knows all kinds alike; what it does not know, in the portal's older dialect.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

import hub
from hub_crm_bitrix.client import LONGEST_CHAIN, Portal
from hub_crm_bitrix.kinds import COMPANY, CONTACT, DEAL, LEAD, stream_of
from hub_crm_bitrix.questions import PAGE, Params, Walk
from hub_crm_bitrix.raws import raw
from hub_crm_bitrix.values import Row, identity, text, utc
from hub_crm_bitrix.words import Words, words_of

_ALL: Final = {"select": ["*"], "useOriginalUfNames": "Y"}
_STAMPS: Final = ("DATE_CREATE", "DATE_MODIFY")
_REQUISITES: Final = ("ID", "ENTITY_ID", "SORT", "RQ_INN", "RQ_KPP", "RQ_OGRN", "RQ_OGRNIP", "RQ_COMPANY_NAME")


RAWS: Final = 100
"""Raws of a page: what the hub stores in one transaction."""


class Reader(Protocol):
    """One stream. `digest` stands for the words that its raws hold beside what the portal says of each."""

    @property
    def together(self) -> int:
        """Of so many rows at most the raws are made at once: more, where they share calls, fewer, where each has its own and
        all would be lost when the time of the method runs out.
        """

    @property
    def habit(self) -> hub.Habit: ...

    def digest(self) -> str: ...

    def walk(self, window: hub.Span) -> Walk:
        """The rows of a window."""

    def raws(self, found: Sequence[Row], window: hub.Span | None) -> list[Sequence[hub.Raw]]:
        """The raws of each of these rows, which the walk of a window has brought; without one, of rows of `some`."""

    @property
    def more(self) -> float:
        """How many calls a hundred rows take beside those that bring them."""

    def everything(self) -> Walk | None:
        """A walk past the ids of all there is; None where that proves nothing."""

    def all_rows(self) -> Walk | None:
        """A walk whose count is how much there is; None where there is none."""

    def some(self, numbers: Sequence[int]) -> list[Row]:
        """The rows of these objects, as far as they are there."""


def changed(name: str, window: hub.Span) -> Params:
    upto = {f"<{name}": _moment(window.upto)}
    return upto if window.is_old else {f">={name}": _moment(window.since), **upto}


def _moment(seconds: int) -> str:
    return utc(datetime.fromtimestamp(seconds, UTC))


def chunks(found: Sequence[Any], size: int = PAGE) -> list[Sequence[Any]]:
    return [found[start : start + size] for start in range(0, len(found), size)]


def each(found: Sequence[Row], raws: Mapping[int, hub.Raw], key: str) -> list[Sequence[hub.Raw]]:
    """The raws by number as those of each row, which bears that number under `key`: where it is borne first."""
    left = dict(raws)
    return [[left.pop(number)] if (number := identity(one.get(key))) in left else [] for one in found]


# --- objects of the CRM ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Items:
    """Objects of one kind. Of companies and contacts requisites are looked for, too: those that are new, which need not have
    been changed ever, and those that were changed. Neither has to show in the object itself.
    """

    portal: Portal
    kind: int
    recent: timedelta
    fields: Sequence[str] = ()
    together: int = PAGE * LONGEST_CHAIN
    _words: Words | None = field(default=None, init=False)

    @property
    def habit(self) -> hub.Habit:
        return hub.Habit(legs=1 + len(_STAMPS) if self._has_requisites else 1, recent=self.recent)

    def digest(self) -> str:
        return self.words.digest

    @property
    def words(self) -> Words:
        if self._words is None:
            self._words = words_of(self.portal, self.kind, self.fields)
        return self._words

    def walk(self, window: hub.Span) -> Walk:
        if window.leg == 0:
            return self._walk(changed("updatedTime", window))
        wanted = {"ENTITY_TYPE_ID": self.kind, **changed(_STAMPS[min(window.leg, len(_STAMPS)) - 1], window)}
        return Walk(method="crm.requisite.list", id="ID", filter=wanted, more={"select": ["ID", "ENTITY_ID"]})

    @property
    def more(self) -> float:
        return 0.1 if self._has_requisites or self.kind in (LEAD, DEAL) else 0

    def everything(self) -> Walk:
        more = {"entityTypeId": self.kind, "select": ["id"]}
        return Walk(method="crm.item.list", under="items", more=more, newest_first=False)

    def all_rows(self) -> Walk:
        return self.everything()

    def some(self, numbers: Sequence[int]) -> list[Row]:
        found = self.portal.walks([self._walk({"@id": list(one)}) for one in chunks(numbers)])
        return [one for rows in found for one in rows]

    def raws(self, found: Sequence[Row], window: hub.Span | None) -> list[Sequence[hub.Raw]]:
        if window is not None and window.leg:
            return each(found, self._raws(self._owning(found)), "ENTITY_ID")
        return each(found, self._raws(found), "id")

    def _raws(self, found: Sequence[Row]) -> dict[int, hub.Raw]:
        numbers = [identity(one.get("id")) for one in found]
        requisites = self._of_each(numbers, self._requisites, "ENTITY_ID") if self._has_requisites else {}
        history = self._of_each(numbers, self._history, "OWNER_ID") if self.kind in (LEAD, DEAL) else {}
        return {number: self._raw(one, requisites, history) for number, one in zip(numbers, found, strict=True)}

    def _raw(self, item: Row, requisites: dict[int, list[Row]], history: dict[int, list[Row]]) -> hub.Raw:
        number = identity(item.get("id"))
        moves = history.get(number, [])
        codes = {text(item.get("stageId")), *(text(one.get("STAGE_ID") or one.get("STATUS_ID")) for one in moves)}
        return raw(
            number, stream_of(self.kind), item, self.portal.secrets,
            requisites=requisites.get(number), history=moves, labels=self.words.labels,
            pipeline=self.words.pipelines.get(str(identity(item.get("categoryId")))) if self.words.pipelines else None,
            stages={code: self.words.stages[code] for code in sorted(codes) if code in self.words.stages},
        )  # fmt: skip

    @property
    def _has_requisites(self) -> bool:
        return self.kind in (COMPANY, CONTACT)

    def _walk(self, wanted: Params) -> Walk:
        return Walk(method="crm.item.list", under="items", filter=wanted, more={"entityTypeId": self.kind, **_ALL})

    def _owning(self, requisites: Sequence[Row]) -> list[Row]:
        """The objects whose requisites these are."""
        return self.some(sorted({identity(one.get("ENTITY_ID")) for one in requisites} - {0}))

    def _of_each(self, numbers: Sequence[int], walk: Callable[[list[int]], Walk], owner: str) -> dict[int, list[Row]]:
        """Rows that belong to these objects, by their ids."""
        found: dict[int, list[Row]] = {}
        for some in self.portal.walks([walk(list(some)) for some in chunks(numbers)]):
            for one in some:
                found.setdefault(identity(one.get(owner)), []).append(one)
        return found

    def _requisites(self, numbers: list[int]) -> Walk:
        wanted = {"ENTITY_TYPE_ID": self.kind, "@ENTITY_ID": numbers}
        more = {"select": list(_REQUISITES)}
        return Walk(method="crm.requisite.list", id="ID", filter=wanted, more=more, newest_first=False)

    def _history(self, numbers: list[int]) -> Walk:
        wanted, more = {"@OWNER_ID": numbers}, {"entityTypeId": self.kind}
        return Walk(
            method="crm.stagehistory.list", id="ID", under="items", filter=wanted, more=more, newest_first=False
        )


# --- employees --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Users:
    """Everybody who works here or did: few enough to be looked at whenever there may be news."""

    portal: Portal
    together: int = RAWS

    @property
    def habit(self) -> hub.Habit:
        return hub.Habit(old_legs=0)

    def digest(self) -> str:
        return ""

    def walk(self, window: hub.Span) -> Walk:  # noqa: ARG002 - as Reader has it
        return Walk(method="user.get", id="ID", dialect="flat")

    @property
    def more(self) -> float:
        return 0

    def everything(self) -> None:
        return None

    def all_rows(self) -> Walk:
        return Walk(method="user.get", id="ID", dialect="flat")

    def some(self, numbers: Sequence[int]) -> list[Row]:
        walk = Walk(method="user.get", id="ID", filter={"ID": list(numbers)}, dialect="flat")
        return [one for page in self.portal.walk(walk) for one in page]

    def raws(self, found: Sequence[Row], window: hub.Span | None) -> list[Sequence[hub.Raw]]:  # noqa: ARG002 - as Reader has it
        kept = ("ID", "ACTIVE", "NAME", "LAST_NAME", "SECOND_NAME", "EMAIL", "WORK_PHONE", "PERSONAL_MOBILE", "WORK_POSITION",
                "UF_DEPARTMENT", "UF_PHONE_INNER", "USER_TYPE")  # fmt: skip
        shown = [{name: one[name] for name in kept if name in one} for one in found]
        return [[raw(identity(one.get("ID")), "users", one, self.portal.secrets)] for one in shown]
