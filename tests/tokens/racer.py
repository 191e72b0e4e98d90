"""A process that races for a token with others, and dies or stands still where the race wants it to; and the system."""

import os
import signal
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import hub
from hub import plugins, tokens
from hub.core.clients import Ours
from hub.engine.asking import Asking
from hub.engine.desk import Desk
from hub.engine.hub import Clock, opened
from hub.http import streams, transport  # noqa: F401 - imported once, before anybody forks
from hub.settings import Company, Config, Connection
from hub.testing import memory
from hub.tokens import Refreshing
from tests.tokens.raced import SYSTEMS, asked, never

AESGCM(bytes(32))  # the same
tokens._LOOK_S = 0.02
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
THREADS = 2


@dataclass(frozen=True)
class Site:
    """Where the database is, and what all processes share: how far the clock is, and whether somebody is still to die."""

    folder: Path
    server: object
    against: str
    url: str
    secret: str
    seconds: object
    victims: object

    @property
    def system(self):
        return SYSTEMS[self.against]

    def now(self):
        return BEGIN + timedelta(seconds=self.seconds.value)

    def goes_on(self, by):
        self.seconds.value += by.total_seconds()

    @contextmanager
    def desk(self):
        connection = Connection(name="crm", id="crm", connector="memory", settings=memory.Settings(name="x"))
        company = Company(name="ООО Мы", timezone="Europe/Moscow", language="ru", ours=Ours())
        config = Config(path=self.folder / "hub.toml", home=self.folder, company=company, server=self.server,
                        store_path=self.folder / "hub.db", connections=(connection,))  # fmt: skip
        with opened(config, plugins.load(()), Clock()) as found:
            found.now = Now(self)
            yield Desk(found, connection)

    def is_victim(self):
        """Whether it is this process that dies now: one in every race."""
        with self.victims.get_lock():
            self.victims.value -= 1
            return self.victims.value == 0


class Now(Clock):
    def __init__(self, site):
        super().__init__()
        self._site = site

    def __call__(self):
        return self._site.now()


# --- a process -------------------------------------------------------------------------------------------------------


def work(site, pipe, others):
    """Serve a process of the race: sign in, use a token, end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for other in others:
        other.close()
    with ExitStack() as stack:
        desk = stack.enter_context(site.desk())
        use = stack.enter_context(site.system.user(site))
        for question, *said in asked(pipe):
            match question:
                case "begin":
                    desk.begin(site.system.grant(site, *said))
                    pipe.send("begun")
                case "look":
                    pipe.send(desk.look().grant.access)
                case "use":
                    pipe.send(used(site, desk, use, pipe, *said))


def used(site, desk, use, pipe, window, refused, access):
    """What every thread of this process got: tokens, or what it was told."""
    drawer = Deadly(Asking(desk.ask), site, window)
    tokens = BrokenOff(Refreshing(drawer, "crm", site.now, never), site, window, pipe)
    stale = hub.Grant(access) if refused else None
    together, got = threading.Barrier(THREADS), []

    def work():
        together.wait()
        try:
            got.append(("token", use(tokens, stale)))
        except hub.HubError as error:
            kind = next(kind for kind in (hub.AuthFailed, hub.Unreachable, hub.HubError) if isinstance(error, kind))
            got.append((kind.__name__, str(error)))

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


@dataclass
class BrokenOff:
    """The tokens of a connection, whose user dies or stands still between the answer to a refresh and what he does with it."""

    tokens: Refreshing
    site: Site
    window: str
    pipe: object

    def current(self, refresh):
        return self.tokens.current(lambda old: self._answered(refresh(old)))

    def renewed(self, stale, refresh):
        return self.tokens.renewed(stale, lambda old: self._answered(refresh(old)))

    def _answered(self, grant):
        if self.window == "after the answer" and self.site.is_victim():
            die()
        if self.window == "stands still" and self.site.is_victim():
            self.pipe.send("stands still")
            self.pipe.recv()
        return grant


class Deadly:
    """A drawer whose user dies at one of the four places around a refresh."""

    def __init__(self, drawer, site, window):
        self.look, self.refuse, self.release = drawer.look, drawer.refuse, drawer.release
        self._drawer, self._site, self._window = drawer, site, window

    def claim(self, version, process):
        self._die("before the intent")
        epoch = self._drawer.claim(version, process)
        if epoch is not None:
            self._die("after the intent")
        return epoch

    def save(self, version, grant):
        saved = self._drawer.save(version, grant)
        self._die("after the store")
        return saved

    def _die(self, window):
        if window == self._window and self._site.is_victim():
            die()


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def provide(pipe, against):
    """The system, in a process of its own: it has threads, and who forks must not."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    SYSTEMS[against].serve(pipe)
