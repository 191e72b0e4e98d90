"""A portal that lets us in: calls, batches and walks, within what it allows.

    call -> budget of the method -> limit of the portal -> POST -> followed to a confirmed host -> read -> answer

Every question is a POST with JSON, since answers to GET with long filters are cut by proxies, and the code of a webhook
or a token never stands where it is logged. All are reads and may be asked again.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol
from urllib.parse import urljoin, urlsplit

import orjson

import hub
from hub_crm_bitrix import answers
from hub_crm_bitrix.answers import Answer, Batch, Busy, Expired, NotLetIn
from hub_crm_bitrix.questions import BATCH, PAGE, Command, Walk
from hub_crm_bitrix.settings import Settings
from hub_crm_bitrix.values import Row, identity, row

PATIENCE: Final = 75.0
"""Seconds without a byte: the portal itself gives a call up after 60 (limits.html)."""
LARGEST: Final = 64_000_000
_JSON: Final = {"content-type": "application/json"}
_STATUSES: Final = frozenset((200, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 429, 500, 503))
_MOVED: Final = frozenset((301, 302, 303, 307, 308))
_MOVES: Final = 3
_TURNS: Final = 6
"""How often a question is asked while others at our address use up what the portal allows."""
_RESERVE: Final = 0.95
"""This much of a method's time is used: what a call will take is known only afterwards."""
_DEAREST: Final = 60.0
"""Seconds that a call takes at the most: the portal gives it up then (limits.html). Until one is known, it may be this dear."""
_UNCOUNTED: Final = 0.1
"""Seconds: what takes less is not counted, and so may cost as much."""
LONGEST_CHAIN: Final = 25
"""Pages that are asked for in one batch."""
_CHAIN_SECONDS: Final = 12.0
"""A batch that takes longer is not made longer: the portal breaks off at 60."""


class Credentials(Protocol):
    """What lets us in: what a question carries, and what to do when it is no longer good."""

    def sent(self) -> Mapping[str, str]: ...

    def renew(self) -> None: ...

    def secrets(self) -> Sequence[str]: ...

    def remedy(self) -> str:
        """What a person can do when the portal does not take them."""


@dataclass(slots=True)
class Portal:
    """One portal. `now` is its clock as of its last answer, which was `heard` by ours; `origin` where it is now."""

    settings: Settings
    tools: hub.Tools
    credentials: Credentials
    origin: str = field(init=False)
    now: datetime = field(init=False)
    heard: datetime = field(default=datetime.min.replace(tzinfo=UTC), init=False)
    limit: hub.Limit = field(init=False, repr=False)
    _client: hub.HttpClient = field(init=False, repr=False)
    _spent: dict[str, tuple[float, float]] = field(default_factory=dict, init=False, repr=False)
    _costs: dict[str, float] = field(default_factory=dict, init=False, repr=False)
    _longest: int = field(default=LONGEST_CHAIN, init=False, repr=False)

    def __post_init__(self) -> None:
        self.origin, self.now = self.settings.origin, self.tools.clock()
        rate = hub.Rate(self.settings.calls_per_second, burst=self.settings.calls_at_once)
        self.limit = self.tools.limit(f"bitrix24 {self.settings.host}", rate)
        self._client = self.tools.network.client(
            timeout=PATIENCE, deadline=PATIENCE + 45, most=LARGEST, expect=_STATUSES, limit=self.limit
        )

    def close(self) -> None:
        self._client.close()

    @property
    def hosts(self) -> frozenset[str]:
        """The addresses of this portal that a person has confirmed, as they stand in a URL."""
        return frozenset(urlsplit(one).netloc for one in (self.settings.origin, *self.settings.also_at))

    @property
    def secrets(self) -> Sequence[str]:
        """What must not be kept, though the portal repeats it in addresses of files."""
        return self.credentials.secrets()

    # --- asking ---

    def call(self, command: Command) -> Answer:
        """The answer of a method. Raises one of `hub.errors`, of which `Declined` is the portal's no."""
        self._afford(command.method)
        answer = self._asked(command.method, command.params)
        self._charge(command.method, answer)
        return answer

    def batch(self, commands: Mapping[str, Command]) -> Batch:
        """Up to 50 commands in one call, each of which may be refused by itself; they may refer to those before."""
        assert len(commands) <= BATCH
        methods = {key: one.method for key, one in commands.items()}
        for method in set(methods.values()):
            self._afford(method)
        answer = self._asked("batch", {"halt": 0, "cmd": {key: one.line for key, one in commands.items()}})
        found = answers.batched(self.settings.host, row(answer.result), methods, self.tools.clock())
        for key, one in found.answers.items():
            self._charge(methods[key], one)
        if answer.seconds > _CHAIN_SECONDS:
            self._longest = max(self._longest // 2, 1)
        return found

    def many(self, commands: Sequence[Command], most: int = BATCH) -> list[Answer | answers.Declined]:
        """Any number of commands, in batches of so many at most that their methods have time for."""
        found: list[Answer | answers.Declined] = []
        while len(found) < len(commands):
            some = self._affordable(commands[len(found) : len(found) + most])
            keyed = {f"c{number}": one for number, one in enumerate(some)}
            got = self.batch(keyed)
            found += [_of(got, key, one.method, self.settings.host) for key, one in keyed.items()]
        return found

    def plainly(self, command: Command) -> tuple[int, Row]:
        """Status and body of an answer as they are, a refusal's too; for one who wants to know how the portal answers."""
        response = self._posted(command.method, {**command.params, **self.credentials.sent()})
        return response.status_code, answers.plain(response.content)

    # --- walking ---

    def walk(self, walk: Walk, after: int = 0) -> Iterator[Sequence[Row]]:
        """The pages of a walk. What is long is asked for in batches that grow as long as the portal is quick."""
        length = 1
        while True:
            length = min(length, self._afford(walk.method))
            pages = self._pages(walk, after, length)
            yield from pages
            if len(pages[-1]) < PAGE:
                return
            is_whole = len(pages) == length
            after, length = identity(pages[-1][-1].get(walk.id)), min(length * 2, self._longest) if is_whole else 1
            del pages  # before as many come again

    def _pages(self, walk: Walk, after: int, length: int) -> list[Sequence[Row]]:
        """Up to so many pages, none after the first that is not full, nor after one that was refused: that one is asked for
        by itself then.
        """
        if length == 1:
            return [self._rows(walk, self.call(walk.page(after)))]
        got = self.batch(walk.chain(after, length))
        pages: list[Sequence[Row]] = []
        for number in range(length):
            answer = _of(got, f"p{number}", walk.method, self.settings.host)
            if isinstance(answer, answers.Declined):
                if pages:
                    break
                raise answer
            pages.append(self._rows(walk, answer))
            if len(pages[-1]) < PAGE:
                break
        return pages

    def _rows(self, walk: Walk, answer: Answer) -> Sequence[Row]:
        found = walk.rows(answer.result)
        if found is None:
            raise answers.no_list(self.settings.host, walk.method)
        return found

    def walks(self, walks: Sequence[Walk]) -> list[list[Row]]:
        """All rows of each of these walks, of which most are short: the same page of all of them in one batch."""
        found: list[list[Row]] = [[] for _ in walks]
        open_ones = dict.fromkeys(range(len(walks)), 0)
        while open_ones:
            asked = list(open_ones.items())
            got = self.many([walks[number].page(after) for number, after in asked], min(self._longest * 2, BATCH))
            for (number, _after), answer in zip(asked, got, strict=True):
                if isinstance(answer, answers.Declined):
                    raise answer
                rows = self._rows(walks[number], answer)
                found[number] += rows
                open_ones[number] = identity(rows[-1].get(walks[number].id)) if len(rows) >= PAGE else 0
            open_ones = {number: after for number, after in open_ones.items() if after}
        return found

    # --- one question ---

    def _asked(self, method: str, params: Mapping[str, Any]) -> Answer:
        """An answer, the token renewed once and others let go first, as often as that is needed."""
        renewed = False
        for turn in range(_TURNS):
            try:
                return self._answered(method, params)
            except Busy:
                self.limit.rest(self.tools.clock() + timedelta(seconds=1 << turn))
            except Expired:
                if renewed:
                    break
                renewed = True
                self.credentials.renew()
            except NotLetIn as refusal:
                said = hub.sentence("{who} does not let us in: {words}").format(
                    who=self.settings.host, words=str(refusal)[:200]
                )
                raise hub.AuthFailed(said, fix=self.credentials.remedy()) from None
        if renewed:
            said = hub.sentence("{who} does not accept even the newest token")
            raise hub.AuthFailed(said.format(who=self.settings.host), fix=hub.sentence("sign in again: `hub connect`"))
        said = hub.sentence("{who} is being asked too often by others from this address")
        until = self.tools.clock() + timedelta(minutes=1)
        fix = hub.sentence("the hub tries again by itself; see what else calls the portal, or lower `calls_per_second`")
        raise hub.AskedToWait(said.format(who=self.settings.host), until=until, fix=fix)

    def _answered(self, method: str, params: Mapping[str, Any]) -> Answer:
        response = self._posted(method, {**params, **self.credentials.sent()})
        answer = answers.read(self.settings.host, method, response.status_code, response.content, self.tools.clock())
        if answer.at is not None:
            self.now, self.heard = answer.at, self.tools.clock()
        return answer

    def _posted(self, method: str, params: Mapping[str, Any]) -> hub.HttpResponse:
        body = orjson.dumps(params)
        for _move in range(_MOVES):
            url = f"{self.origin}{self.settings.path.get_secret_value()}{method}"
            response = self._client.post(url, content=body, headers=_JSON, extensions={"hub": {"read": True}})
            if response.status_code not in _MOVED:
                return response
            self._follow(url, response.headers.get("location", ""))
        said = hub.sentence("{who} sends us in a circle")
        raise hub.Unreachable(
            said.format(who=self.settings.host), fix=hub.sentence("correct the address in the connection")
        )

    def _follow(self, url: str, location: str) -> None:
        """Go on at the new address of a renamed portal, if a person has confirmed it; the method is asked there anew."""
        parts = urlsplit(urljoin(url, location))
        moved = f"{parts.scheme}://{parts.netloc}"
        if moved == self.origin:
            said = hub.sentence("{who} sends us to a page for people")
            raise hub.Unreachable(
                said.format(who=self.settings.host), fix=hub.sentence("see whether the portal is still there")
            )
        if moved not in {self.settings.origin, *self.settings.also_at}:
            said = hub.sentence("{who} has moved to {origin}")
            fix = hub.sentence('if that is your portal, write also_at = ["{origin}"]')
            raise hub.Misconfigured(
                said.format(who=self.settings.host, origin=moved), setting="also_at", fix=fix.format(origin=moved)
            )
        self.origin = moved

    # --- the time of a method ---

    def _affordable(self, commands: Sequence[Command]) -> Sequence[Command]:
        """The first of these, as many as their methods have time for."""
        left: dict[str, int] = {}
        for number, one in enumerate(commands):
            left[one.method] = left[one.method] - 1 if one.method in left else self._afford(one.method) - 1
            if left[one.method] < 0:
                return commands[:number]
        return commands

    def _afford(self, method: str) -> int:
        """How many calls, at least one, a method has time for. Raises `hub.AskedToWait` where it has none left. Once some of
        it is given back, one call tells how much.
        """
        spent, reset = self._spent.get(method, (0.0, 0.0))
        left = self.settings.operating_seconds * _RESERVE - spent
        if calls := int(max(left, 0.0) / self._costs.get(method, _DEAREST)):
            return calls
        if reset > self.now.timestamp():
            raise answers.waiting(self.settings.host, method, datetime.fromtimestamp(reset, UTC))
        return 1

    def _charge(self, method: str, answer: Answer) -> None:
        """Keep what a method has spent, and what a call of it costs: quick ones are not counted by the portal at all."""
        before, reset = self._spent.get(method, (0.0, math.inf))
        if answer.spent > before and reset > self.now.timestamp():  # nothing was given back meanwhile
            self._costs[method] = answer.spent - before
        elif method not in self._costs:
            self._costs[method] = max(answer.seconds, _UNCOUNTED)
        if answer.spent:
            self._spent[method] = answer.spent, answer.reset


def _of(got: Batch, key: str, method: str, who: str) -> Answer | answers.Declined:
    """What became of a command; one that is not even mentioned was not asked."""
    return got.answers.get(key) or got.refusals.get(key) or answers.declined(who, method, {})
