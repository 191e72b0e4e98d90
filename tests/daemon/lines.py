"""A source of mails that are the lines of a file, for tests that say what else it does."""

from contextlib import contextmanager
from pathlib import Path

import hub
from tests.engine.conftest import mail


class Lines:
    """One mail a line of the file `path` of its settings."""

    def __init__(self, settings):
        self.settings = settings

    def check(self):
        pass

    def streams(self):
        return [hub.Stream("inbox")]

    def pull(self, _stream, cursor, /):
        lines = self.lines()[int(cursor or 0) :]
        raws = [hub.Raw(line, "1", line.encode()) for line in lines]
        yield hub.Page(listed=len(raws), raws=raws, cursor=str(int(cursor or 0) + len(lines)))

    def lines(self):
        return Path(self.settings.path).read_text("utf-8").split()


def mapped(body, _settings, _window):
    return [hub.Mapped(mail("ivan@romashka.example", "anna@my.example", mid=f"{body.decode()}@romashka.example"))]


def connector_of(source, settings, capability):
    """The connector `test.lines` of such a source."""

    @contextmanager
    def opened(chosen, _tools):
        yield source(chosen)

    return hub.Connector(
        name="test.lines",
        title="Lines",
        settings=settings,
        open=opened,
        map=mapped,
        capabilities=frozenset({capability}),
    )
