"""Pulls mailboxes and calendars through a line in bad weather until all is well, and compares with a line in good weather.

    uv run python tests/crash/chaos.py --runs 500                     email.imap on Dovecot, calendar.caldav on Radicale
    uv run python tests/crash/chaos.py --runs 500 --resume done.txt   goes on where an earlier campaign was stopped

Every connection of the first attempts is reset, cut off, stalled or dripped at some byte of the server's. Whatever
was stored by then stays; what is there in the end is, byte for byte, what good weather brings, and one more sync brings
nothing. Servers are real ones, on loopback.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]

from tests.crash.scenario import scratch  # noqa: E402 - after the root has its place on the path
from tests.servers import calendars, chaos, dovecot  # noqa: E402
from tests.servers.chaos import Fault, Weather  # noqa: E402
from tests.shared.opened import in_small_pages  # noqa: E402
from tests.shared.world import World  # noqa: E402

MAILS, EVENTS, PAGE = 10, 12, 4
PATIENCE_S = 1.0
STRUCK, ATTEMPTS = 11, 20
"""So many attempts may be struck; then the weather clears, and in so many all has to be well."""

_MAIL = """From: petr@romashka.example
To: anna@my.example
Subject: {name}
Date: Mon, 02 Mar 2026 10:{minute:02}:00 +0300
Message-ID: <{name}@romashka.example>
Content-Type: text/plain; charset=utf-8

Добрый день! {words}
"""
_EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Мы//Календарь//RU
BEGIN:VEVENT
UID:{name}@my.example
DTSTAMP:20260501T090000Z
DTSTART:202606{day:02}T100000Z
DURATION:PT1H
SUMMARY:Встреча {name}
ORGANIZER:mailto:anna@my.example
ATTENDEE:mailto:petr@romashka.example
END:VEVENT
END:VCALENDAR
"""


@dataclass
class Outside:
    """A world that reaches its server through the weather; `dump` and `passed` are what good weather came to."""

    name: str
    world: World
    line: Weather
    dump: list[bytes]
    passed: int


@contextmanager
def outside(root: Path) -> Iterator[list[Outside]]:
    """Both servers, filled, and what good weather brings from them."""
    with ExitStack() as stack:
        mails = stack.enter_context(dovecot.dovecot())
        _fill_mailbox(mails)
        radicale = stack.enter_context(calendars.radicale())
        _fill_calendar(radicale)
        yield [
            _in_good_weather(_mail_world(root, mails), stack.enter_context(chaos.weather(mails.port))),
            _in_good_weather(_calendar_world(root, radicale), stack.enter_context(chaos.weather(radicale.port))),
        ]


@contextmanager
def _impatient() -> Iterator[None]:
    """Who waits for a silent server waits less long."""
    from hub_calendar.caldav import dav
    from hub_email.imap import signin, wire

    def wait(signing: float, asking: float, reading: float) -> None:
        vars(signin)["PATIENCE"], vars(dav)["PATIENCE"] = signing, asking
        object.__setattr__(wire.LIMITS, "patience", reading)

    before = signin.PATIENCE, dav.PATIENCE, wire.LIMITS.patience
    wait(PATIENCE_S, PATIENCE_S, PATIENCE_S)
    try:
        yield
    finally:
        wait(*before)


def _fill_mailbox(server: Any) -> None:
    for folder in ("INBOX", "Sent"):
        for n in range(MAILS):
            text = _MAIL.format(name=f"{folder.lower()}{n}", minute=n, words="Высылаем счёт на оплату. " * (20 * n))
            server.deliver("anna@my.example", folder, text.replace("\n", "\r\n").encode())


def _fill_calendar(server: Any) -> None:
    server.make("anna@my.example", "work")
    for n in range(EVENTS):
        body = _EVENT.format(name=f"e{n}", day=n + 1).replace("\n", "\r\n").encode()
        server.put("anna@my.example", "work", f"e{n}.ics", body)


def _mail_world(root: Path, server: Any) -> World:
    from hub_email.imap.plugin import EMAIL_IMAP

    settings = {"host": "127.0.0.1", "port": 0, "security": "none", "password": server.password,
                "address": "anna@my.example"}  # fmt: skip
    world = World(_folder(root, "mail"), {"mail": ("email.imap", settings)})
    world.instead = {"email.imap": in_small_pages(EMAIL_IMAP, PAGE)}
    return world


def _calendar_world(root: Path, server: Any) -> World:
    from hub_calendar.caldav.plugin import CALENDAR_CALDAV

    settings = {"url": "", "address": "anna@my.example", "password": server.password}
    world = World(_folder(root, "calendar"), {"calendar": ("calendar.caldav", settings)})
    world.list_a_client()
    world.instead = {"calendar.caldav": in_small_pages(CALENDAR_CALDAV, PAGE)}
    return world


def _folder(root: Path, name: str) -> Path:
    (root / name).mkdir()
    return root / name


def _in_good_weather(world: World, line: Weather) -> Outside:
    world.settings.update({"port": line.port} if "port" in world.settings else {"url": f"http://127.0.0.1:{line.port}"})
    world.database = "whole.db"
    world.good_sync()
    passed = line.passed
    dump = world.dump()
    assert len(dump) > PAGE
    return Outside(next(name for name in world.connections if name != "clients"), world, line, dump, passed)


def weather_of(one: Outside, chance: random.Random) -> list[Fault]:
    """What strikes the connections of one run, in their order."""
    return [
        Fault(chance.choice(chaos.KINDS), 1 + int(one.passed ** chance.random())) for _ in range(chance.randint(1, 6))
    ]


def endure(one: Outside, number: int, faults: Sequence[Fault]) -> list[str]:
    """Sync in this weather until it is well. Returns what is wrong."""
    one.world.database, one.world.now = (
        f"run{number}.db",
        World.now,
    )  # on the day of good weather, which stands in cursors
    one.line.faults[:] = faults
    try:
        with _impatient():
            if not _is_well_in_the_end(one):
                return ["it does not come to an end"]
        if (found := one.world.dump()) != one.dump:
            missing, more = sorted(set(one.dump) - set(found)), sorted(set(found) - set(one.dump))
            return [f"the dump differs: {len(missing)} missing, {len(more)} more, such as {missing[:1]} and {more[:1]}"]
        brought = one.world.good_sync()
        return [f"a sync too many stored {brought.stored}"] if brought.stored else []
    finally:
        for file in one.world.path.glob(f"{one.world.database}*"):
            file.unlink()


def _is_well_in_the_end(one: Outside) -> bool:
    for attempt in range(ATTEMPTS):
        if attempt >= STRUCK:
            one.line.faults.clear()
        if {report.state for report in one.world.sync()} == {"ok"} and not one.line.faults:
            return True
    return False


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", type=Path, help="a file that says which runs are done")
    options = parser.parse_args(arguments)
    started, root = time.monotonic(), Path(tempfile.mkdtemp(prefix="hub-chaos-", dir=scratch()))
    done = set(options.resume.read_text().split()) if options.resume and options.resume.exists() else set()
    runs = violations = struck = 0
    try:
        with outside(root) as found:
            for number in range(options.runs):
                one, name = found[number % len(found)], f"{options.seed}:{number}"
                if name in done:
                    continue
                faults = weather_of(one, random.Random(f"{options.seed}/{number}"))
                wrong = endure(one, number, faults)
                runs += 1
                violations += len(wrong)
                for each in wrong:
                    print(f"VIOLATION in {one.name}, run {number}, {faults}: {each}", flush=True)
                if options.resume and not wrong:
                    with options.resume.open("a") as file:
                        file.write(name + "\n")
            struck = sum(one.line.struck for one in found)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    print(json.dumps({
        "campaign": "chaos", "runs": runs, "struck": struck, "violations": violations, "seed": options.seed,
        "seconds": round(time.monotonic() - started, 1),
    }))  # fmt: skip
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
