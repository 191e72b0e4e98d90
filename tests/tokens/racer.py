"""A process that races for a token with others, and dies or stands still where the race wants it to; and the system."""

import os
import signal
import threading
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import hub
from hub import plugins, tokens
from hub.core.clients import Ours
from hub.engine.desk import Asking, Desk
from hub.engine.hub import Clock, opened
from hub.http import streams, transport  # noqa: F401 - imported once, before anybody forks
from hub.http.network import internet
from hub.settings import Company, Config, Connection
from hub.simulators.oauth import Provider, running
from hub.testing import memory
from hub.tokens import Refreshing

AESGCM(bytes(32))  # the same
tokens._LOOK_S = 0.02
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
THREADS = 2


@dataclass(frozen=True)
class Site:
    """Where the database is, and what all processes share: how far the clock is, and whether somebody is still to die."""

    folder: Path
    server: object
    url: str
    secret: str
    seconds: object
    victims: object

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
        network = internet([site.url], now=site.now, stopping=lambda: False, environ={})
        client = stack.enter_context(network.client(site.url, expect=(400,)))
        with suppress(EOFError):
            while True:
                question, *said = pipe.recv()
                match question:
                    case "begin":
                        desk.begin(hub.Grant(*said, site.now() + timedelta(days=1)))
                        pipe.send("begun")
                    case "look":
                        pipe.send(desk.look().grant.access)
                    case "use":
                        pipe.send(used(site, desk, client, pipe, *said))


def used(site, desk, client, pipe, window, refused, access):
    """What every thread of this process got: tokens, or what it was told."""
    drawer = Deadly(Asking(desk.ask), site, window)
    mine = Refreshing(drawer, "crm", site.now, lambda: False)
    stale = hub.Grant(access)
    together, got = threading.Barrier(THREADS), []

    def use():
        together.wait()
        try:
            refresh = partial(refreshed, site, client, pipe, window)
            grant = mine.renewed(stale, refresh) if refused else mine.current(refresh)
            got.append(("token", grant.access))
        except hub.HubError as error:
            kind = next(kind for kind in (hub.AuthFailed, hub.Unreachable, hub.HubError) if isinstance(error, kind))
            got.append((kind.__name__, str(error)))

    threads = [threading.Thread(target=use) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def refreshed(site, client, pipe, window, old):
    """The connector's own call."""
    form = {
        "grant_type": "refresh_token",
        "refresh_token": old.refresh,
        "client_id": "hub",
        "client_secret": site.secret,
    }
    answer = client.post("/token", data=form)
    if answer.status_code == 400:
        raise hub.AuthFailed(answer.json()["error"])
    if window == "after the answer" and site.is_victim():
        die()
    if window == "stands still" and site.is_victim():
        pipe.send("stands still")
        pipe.recv()
    said = answer.json()
    return hub.Grant(said["access_token"], said["refresh_token"], site.now() + timedelta(seconds=said["expires_in"]))


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


def provide(pipe):
    """The system, in a process of its own: it has threads, and who forks must not."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with running(Provider()) as provider:
        pipe.send((provider.url, provider.client_secret))
        with suppress(EOFError):
            while True:
                question, *said = pipe.recv()
                match question:
                    case "given":
                        pipe.send(provider.given())
                    case "weather":
                        provider.lose, provider.drop = said
                        pipe.send(None)
                    case "log":
                        log, provider.log = provider.log, []
                        pipe.send(log)
                    case "accepts":
                        pipe.send(said[0] in provider._access)
