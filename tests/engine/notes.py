"""A source of three pages of notes, opened in a process of its own; a test says what it does wrong."""

import logging
import os
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import hub
from hub.core import pages
from hub.engine.apart import parent
from hub.engine.apart.child import Order
from hub.engine.asking import Asking
from hub.engine.feed import Asked
from hub.engine.mapping import Maker, Place
from hub.engine.steps import finished
from hub.limits import Shared
from hub.settings import Limits
from hub.tokens import Refreshing

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HORIZON = date(2027, 11, 1)
MEMORY = 256 << 20
PLACE = Place(1, "shop", "notes", "Notes", "")


def note(text):
    return hub.Note(at=hub.moment(NOW), title=text)


@dataclass
class Notes:
    """Three pages of notes; a test replaces what it wants to misbehave."""

    tools: hub.Tools
    spoil: dict = field(default_factory=dict)

    def check(self):
        self.spoil.get("check", lambda: None)()

    def streams(self):
        self.spoil.get("streams", lambda: None)()
        return [hub.Stream("notes", "Заметки")]

    def pull(self, stream, cursor, /):
        for number in range(int(cursor or 0), 3):
            self.spoil.get("pull", lambda _number, _tools: None)(number, self.tools)
            raws = [hub.Raw(f"{number}-{n}", "1", f"заметка {number}-{n}".encode()) for n in range(2)]
            yield hub.Page(listed=2, raws=raws, cursor=str(number + 1), total=6)

    def ids(self, stream):
        return hub.Listing(True, [f"{number}-{n}" for number in range(3) for n in range(2)])

    def fetch(self, stream, external_id, part):
        if external_id == "gone":
            raise KeyError(external_id)
        return f"заметка {external_id}".encode()


def nobody(*said):
    raise LookupError(said)


def order(memory=MEMORY, spoil_map=None, desk=nobody, **spoil):
    def mapped(body, _settings, _window):
        if spoil_map is not None:
            spoil_map(body)
        return [hub.Mapped(note(body.decode()))]

    @contextmanager
    def opened(_settings, tools):
        spoil.get("open", lambda: None)()
        yield Notes(tools, spoil)

    connector = hub.Connector(name="shop.notes", title="Notes", settings=hub.Settings, open=opened, map=mapped)
    log = logging.LoggerAdapter(logging.getLogger("hub.plugin.shop.notes"), {})

    def tools(stopping, ask):
        desk = Asking(ask)
        return hub.Tools(
            clock=lambda: NOW, log=log, stopping=stopping, tokens=Refreshing(desk, "notes", lambda: NOW, stopping),
            limit=lambda key, rate: Shared(desk, key, rate, lambda: NOW, stopping),
        )  # fmt: skip

    return Order(connector, hub.Settings(), tools, memory, desk)


class Waited:
    """A feed whose every answer is waited for."""

    def __init__(self, feed):
        self.feed = feed

    def __getattr__(self, name):
        found = getattr(self.feed, name)
        if not callable(found):
            return found
        return lambda *arguments: finished(found(*arguments))

    def pull(self, *arguments):
        with closing(self.feed.pull(*arguments)) as pages:
            while (brought := finished(pages.next())) is not None:
                yield brought

    def pull_together(self, *arguments):
        """The pages that are stored in one transaction each."""
        with closing(self.feed.pull(*arguments)) as pages:
            while (brought := finished(pages.next())) is not None:
                together = [brought]
                while (brought := pages.more(together)) is not None:
                    together.append(brought)
                yield together


@contextmanager
def apart(made, silence=20.0, stopping=lambda: False):
    feed = parent.Apart(made, Limits(memory=made.memory, silence=silence), stopping)
    try:
        finished(feed.process.start())
        yield Waited(feed)
        finished(feed.process.leave())
    finally:
        feed.process.kill()


def choose(made, known=()):
    def chosen(page):
        maker = Maker(made.connector.map, made.settings, 1, HORIZON, 1_795_000_000_000)
        stored = {raw.external_id: raw.revision for raw in page.raws if raw.external_id in known}
        return Asked(page, pages.plan(page.listed, page.raws, stored), PLACE, maker)

    return chosen


def alive(number):
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def pulled(feed, made, cursor=None, **more):
    return list(feed.pull("notes", cursor, choose(made, **more)))
