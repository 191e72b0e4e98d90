"""Events: told to a handler at once and once, or kept in a queue until they are fetched.

Online (https://apidocs.bitrix24.com/api-reference/events/index.html): a POST of a form, only ids in it, never repeated whatever is answered.
Offline (https://apidocs.bitrix24.com/api-reference/events/offline-events.html): one record of an object however often it changes.

    queued --get clear=1--> gone
    queued --get clear=0--> reserved(process_id) --clear--> gone
                                 `--error--> in error, shown to `get error=1` only
"""

import queue
import threading
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.error import URLError
from urllib.parse import quote_plus

from hub.simulators import forms

_SECONDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A handler of an application (`event.bind`). `connector` is the source key of an offline queue."""

    id: int
    event: str
    application: str
    url: str = ""
    user: int = 0
    offline: bool = False
    connector: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """An outgoing webhook, made in the portal's pages: https://apidocs.bitrix24.com/local-integrations/local-webhooks.html"""

    url: str
    events: frozenset[str]
    token: str = field(repr=False)


@dataclass
class Queued:
    """A record of the offline queue."""

    id: int
    at: float
    event: str
    fields: Mapping[str, Any]
    application: str
    connector: str = ""
    process: str = ""
    failed: bool = False

    @property
    def key(self) -> tuple[Any, ...]:
        return (self.application, self.connector, self.event, *self.fields.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a handler was told, and what it answered; `status` 0 where it could not be reached."""

    url: str
    body: str = field(repr=False)
    status: int


@dataclass
class Events:
    """Handlers, outgoing webhooks, the offline queue, and what has been told."""

    bound: list[Bound] = field(default_factory=list)
    outgoing: list[Outgoing] = field(default_factory=list)
    queued: list[Queued] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    _count: int = 0
    _telling: "queue.Queue[tuple[str, str]]" = field(default_factory=queue.Queue)
    _worker: threading.Thread | None = None

    def next_id(self) -> int:
        self._count += 1
        return self._count

    def keep(self, one: Bound, at: float, event: str, fields: Mapping[str, Any]) -> None:
        """Into the queue; a record that nobody has reserved is renewed."""
        new = Queued(
            id=self.next_id(), at=at, event=event, fields=fields, application=one.application, connector=one.connector
        )
        for old in self.queued:
            if old.key == new.key and not old.process:
                old.at = at
                return
        self.queued.append(new)

    def tell(self, url: str, data: Mapping[str, Any]) -> None:
        """Soon, from a thread of its own."""
        self._telling.put((url, form(data)))
        if self._worker is None or not self._worker.is_alive():
            self._worker = threading.Thread(target=self._work, daemon=True)
            self._worker.start()

    def settle(self) -> None:
        """Wait until everything has been told."""
        self._telling.join()

    def _work(self) -> None:
        while True:
            url, body = self._telling.get()
            self.told.append(Told(url=url, body=body, status=_post(url, body)))
            self._telling.task_done()


def _post(url: str, body: str) -> int:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "Bitrix24 Webhook Engine"}
    request = urllib.request.Request(url, body.encode(), headers)  # noqa: S310 - what was bound, on loopback
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - the same
            return int(answer.status)
    except URLError as error:
        return int(getattr(error, "code", 0))
    except OSError:
        return 0


def form(data: Mapping[str, Any]) -> str:
    """Nested maps as PHP's http_build_query writes them."""
    return "&".join(f"{quote_plus(key)}={quote_plus(value)}" for key, value in _flat(data, ""))


def _flat(data: Mapping[str, Any], before: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in data.items():
        name = f"{before}[{key}]" if before else str(key)
        found += _flat(forms.mapping(value), name) if isinstance(value, Mapping | list) else [(name, forms.text(value))]
    return found
