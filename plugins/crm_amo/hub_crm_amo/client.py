"""An account that lets us in: questions, and lists read so that nothing is missed, within what it allows.

    ask -> limit of all accounts -> GET -> read -> answer

amoCRM counts the calls of an address whatever account they are for, so that all connections of a hub share one limit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final, Protocol

import hub
from hub_crm_amo import answers
from hub_crm_amo.answers import Expired, Missing, TooMuch, TooOften
from hub_crm_amo.questions import IDS, PAGE, List
from hub_crm_amo.settings import Settings
from hub_crm_amo.values import Row, chunks, identity, row

LARGEST: Final = 64_000_000
_STATUSES: Final = frozenset((200, 204, 400, 401, 402, 403, 404, 405, 422, 429, 500, 504))
_SMALLEST: Final = 10
_PAUSE: Final = timedelta(seconds=2)
_TURNS: Final = 3
"""So often a question is asked that others at our address leave no room for: who goes on is shut out."""
_SLICE: Final = 90 * 86_400
_GROWS: Final = 4
_FULL: Final = 0.8
_STRIDE: Final = 4

RAWS: Final = 125
"""Rows of a step: what the hub stores in one transaction."""

Step = tuple[Sequence[Row], int]
"""Rows, and the second to which everything was read, which itself is still to be looked at."""


class Credentials(Protocol):
    """What lets us in: what a question carries, and what to do when it is no longer good."""

    def token(self) -> str: ...

    def renew(self) -> None: ...


@dataclass(slots=True)
class Account:
    """One account. `now` is its clock as of its last answer, which was `heard` by ours."""

    settings: Settings
    tools: hub.Tools
    credentials: Credentials
    now: datetime = field(init=False)
    heard: datetime = field(default=datetime.min.replace(tzinfo=UTC), init=False)
    largest: int = field(default=PAGE, init=False)
    _limit: hub.Limit = field(init=False, repr=False)
    _client: hub.HttpClient = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.now = self.tools.clock()
        self._limit = self.tools.limit("amocrm", hub.Rate(self.settings.calls_per_second))
        self._client = self.tools.network.client(
            self.settings.account, most=LARGEST, expect=_STATUSES, limit=self._limit
        )

    def close(self) -> None:
        self._client.close()

    # --- asking ---

    def get(self, path: str, query: Mapping[str, Any] | Sequence[tuple[str, str]] = ()) -> Row | None:
        """The answer; None for what is not there. Raises one of `hub.errors`, of which `Declined` is the account's no."""
        try:
            said = self._asked(path, query)
        except Missing:
            return None
        if isinstance(said, TooMuch):
            raise hub.Unreachable(
                _SLOW.format(who=self.settings.host), fix=hub.sentence("the hub tries again by itself")
            )
        return said

    def page(self, asked: List, number: int = 1) -> tuple[Sequence[Row], bool]:
        """A page of a list, and whether there are more. What takes the account too long is asked for in smaller pages;
        `TooMuch` where that has moved the bounds of the pages.
        """
        while True:
            try:
                said = self._asked(asked.path, asked.query(number, self.largest))
            except Missing as error:
                if asked.spare:
                    return (), False
                raise answers.Declined(self.settings.host, asked.path, str(error)) from None
            if not isinstance(said, TooMuch):
                return answers.listed(self.settings.host, said, asked.under), answers.has_more(said)
            if self.largest <= _SMALLEST:
                raise hub.Unreachable(
                    _SLOW.format(who=self.settings.host), fix=hub.sentence("the hub tries again by itself")
                )
            self.largest //= 2
            if number > 1:
                raise said

    def _asked(self, path: str, query: Mapping[str, Any] | Sequence[tuple[str, str]]) -> Row | TooMuch | None:
        renewed, turns = False, 0
        while True:
            try:
                return self._answered(path, query)
            except TooMuch as error:
                return error
            except Expired:
                if renewed:
                    said = hub.sentence("{who} does not accept even the newest token")
                    fix = hub.sentence("sign in again: `hub connect`")
                    raise hub.AuthFailed(said.format(who=self.settings.host), fix=fix) from None
                renewed = True
                self.credentials.renew()
            except TooOften:
                turns += 1
                until = self.tools.clock() + (_PAUSE if turns < _TURNS else answers.BREAK)
                self._limit.rest(until)
                if turns == _TURNS:
                    raise answers.waiting(self.settings.host, until) from None
            except hub.AskedToWait as error:
                self._limit.rest(error.until)
                raise

    def _answered(self, path: str, query: Mapping[str, Any] | Sequence[tuple[str, str]]) -> Row | None:
        response = self._client.get(
            f"/api/v4/{path}",
            params=query if isinstance(query, Mapping) else list(query),
            headers={b"Authorization": f"Bearer {self.credentials.token()}".encode()},
        )
        self._hear(response.headers.get("date", ""))
        return answers.read(self.settings.host, path, response.status_code, response.content, self.tools.clock())

    def _hear(self, said: str) -> None:
        """The account's clock, which every answer tells (RFC 9110, 6.6.1)."""
        try:
            found = parsedate_to_datetime(said)
        except (ValueError, TypeError, OverflowError):
            return
        if found.tzinfo is not None:
            self.now, self.heard = found.astimezone(UTC), self.tools.clock()

    # --- lists ---

    def downwards(self, asked: List, span: hub.Span) -> Iterator[Step]:
        """The rows of a span in a list that can be ordered by its time: the latest first, always the first page of what
        is left, so that a row that leaves the span shifts no other.
        """
        last = span.after or span.upto - 1
        while last >= span.since:
            found, more = self.page(asked.within(span.since, last).ordered(asked.name, "desc"))
            if not more:
                yield from steps(found, asked.name, 1, RAWS)
                return
            lowest = identity(found[-1].get(asked.name))
            above = [one for one in found if identity(one.get(asked.name)) > lowest]
            if above:
                yield from steps(above, asked.name, lowest, RAWS)
                last = lowest
            else:
                for some in self.whole(asked.within(lowest, lowest)):
                    yield from steps(some, asked.name, lowest, RAWS)
                last = lowest - 1

    def slices(self, asked: List, span: hub.Span) -> Iterator[Step]:
        """The same in a list without that order: slices of time that fit into one page, each a question of its own."""
        last, width = span.after or span.upto - 1, _SLICE
        while last >= span.since:
            since = max(last - width + 1, span.since)
            found, more = self.page(asked.within(since, last))
            if more and since < last:
                width = max((last - since + 1) // 2, 1)
                yield (), last
                continue
            width = _wide(last - since + 1, len(found), min(self.largest, asked.most))
            if more:
                for some in self.whole(asked.within(since, last)):
                    yield from steps(some, asked.name, last, RAWS)
            else:
                yield from steps(found, asked.name, max(since - 1, 1), RAWS)
            last = since - 1

    def whole(self, asked: List) -> Iterator[Sequence[Row]]:
        """All rows of a list, by pages: to its end, and back. On the way there a row that leaves the list shifts those
        behind it, and one is not seen; on the way back it shifts only pages that were read.
        """
        while True:
            try:
                yield from self._there_and_back(asked.ordered("id", "asc") if asked.by_id else asked)
            except TooMuch:
                continue
            return

    def _there_and_back(self, asked: List) -> Iterator[Sequence[Row]]:
        seen: set[str] = set()
        number, more = 0, True
        while more:
            number += 1
            found, more = self.page(asked, number)
            seen.update(str(one.get(asked.key)) for one in found)
            yield found
        for earlier in range(number - 1, 0, -1):
            found, _more = self.page(asked, earlier)
            missed = [one for one in found if str(one.get(asked.key)) not in seen]
            seen.update(str(one.get(asked.key)) for one in missed)
            if missed:
                yield missed

    def count(self, asked: List, near: int = 0) -> int:
        """How many rows a list has. The account does not say that, but where its last page is: a dozen questions or two, or one
        or two where that is `near`.
        """
        while True:
            try:
                return self._counted(asked, near, min(self.largest, asked.most))
            except TooMuch:
                continue

    def _counted(self, asked: List, near: int, size: int) -> int:
        before, last, step = 0, max(-(-near // size), 1), 1
        found, more = self.page(asked, last)
        while more:
            before, last, step = last, last + step, step * _STRIDE
            found, more = self.page(asked, last)
        while not found and last - before > 1:
            middle = (before + last) // 2
            rows, more = self.page(asked, middle)
            before, last, found = (middle, last, found) if more else (before, middle, rows)
        return (last - 1) * size + len(found)

    def those(self, asked: List, numbers: Sequence[int], name: str = "id") -> dict[int, Row]:
        """Rows by their ids, those that are there."""
        found: dict[int, Row] = {}
        for some in chunks(sorted({one for one in numbers if one}), IDS):
            for page in self.whole(asked.those(some, name)):
                found |= {identity(one.get("id")): row(one) for one in page}
        return found


def steps(found: Sequence[Row], name: str, after: int, size: int) -> Iterator[Step]:
    """Rows the latest first, in steps of such a size; with the last of them all is read down to `after`."""

    def at(one: Row) -> int:
        return identity(one.get(name))

    parts = chunks(sorted(found, key=at, reverse=True), size) or [()]
    for number, some in enumerate(parts, 1):
        yield some, after if number == len(parts) else at(some[-1])


def _wide(seconds: int, rows: int, most: int) -> int:
    """How wide the next slice should be for its page to be mostly full, going by the last one; what is busier is halved then."""
    return max(min(round(seconds * most * _FULL / max(rows, 1)), seconds * _GROWS), 1)


_SLOW: Final = hub.sentence("{who} takes too long to answer")
