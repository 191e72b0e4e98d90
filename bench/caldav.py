"""A calendar on a Radicale of this machine all the way into history and search, beside vdirsyncer.

vdirsyncer copies events into files, both ways, and reads nothing of them; it runs in an environment of its own. Both talk
to the same server in the same run, whose own time is most of the wall.

    ./run python bench/caldav.py --count 5000
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from measure import Cost, as_installed, child, say
from world import sync

from hub import plugins
from hub.store.database import Store

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "servers")]
from calendars import CalDav, radicale  # noqa: E402 - lies beside the tests

ADDRESS = "anna@my.example"
PEER = "vdirsyncer==0.21.0"
EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Мы//Календарь//RU
BEGIN:VEVENT
UID:bench-{n}@my.example
DTSTAMP:20260501T090000Z
DTSTART:{start}
DTEND:{end}
SUMMARY:Обсуждение договора {n}
DESCRIPTION:Повестка встречи {n}: сроки\\, стоимость\\, порядок оплаты. {text}
LOCATION:Москва\\, Тверская 1\\, переговорная {room}
ORGANIZER;CN=Анна Смирнова:mailto:anna@my.example
ATTENDEE;CN=Пётр;PARTSTAT=ACCEPTED:mailto:petr{client}@romashka{client}.example
ATTENDEE;CN=Борис Кузнецов;PARTSTAT=NEEDS-ACTION:mailto:boris@my.example
{rule}END:VEVENT
END:VCALENDAR
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=5_000)
    parser.add_argument("--small", type=int, default=1_000, help="the size that memory is compared with")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-peer", action="store_true")
    given = parser.parse_args()
    peaks = {}
    for size in dict.fromkeys((given.small, given.count)):
        with radicale() as server, tempfile.TemporaryDirectory(prefix="hub-bench-") as place:
            fill(server, size)
            warm(server, Path(place))
            peaks[size] = measured(server, Path(place), size, given)
    say("caldav.flat", memory_mb=peaks, memory_ratio=peaks[given.count] / peaks[given.small])


def fill(server: CalDav, count: int) -> None:
    """Put events where the server keeps its files: by PUT it takes minutes."""
    server.make(ADDRESS, "office")
    [place] = [path.parent for path in server.folder.rglob(".Radicale.props")]
    for number in range(count):
        (place / f"bench-{number}.ics").write_bytes(event(number))


def event(number: int) -> bytes:
    day = f"20{18 + number % 10}{1 + number % 12:02}{1 + number % 28:02}"
    rule = "RRULE:FREQ=WEEKLY;COUNT=10\n" if number % 20 == 0 else ""
    text = EVENT.format(
        n=number, start=f"{day}T090000Z", end=f"{day}T100000Z", text="Просим подтвердить участие. " * 10, room=number % 7,
        client=number % 100, rule=rule,
    )  # fmt: skip
    return text.replace("\n", "\r\n").encode()


def warm(server: CalDav, folder: Path) -> None:
    """Let the server read its files once, as it has those of every calendar in use."""
    Store.open(folder / "warm.db").close()
    again = folder / "warm"
    again.mkdir()
    Store.open(again / "hub.db").close()
    child(lambda: sync(again, connections(server)))


def connections(server: CalDav) -> list:
    settings = plugins.load(["calendar.caldav"]).connectors["calendar.caldav"].settings
    return [("anna", "calendar.caldav", settings(url=server.url, address=ADDRESS, password=server.password))]


def measured(server: CalDav, folder: Path, count: int, given: argparse.Namespace) -> float:
    """First sync, no change, a hundred new; the peer the same, turn by turn. Returns our peak in MB."""
    peer = None if given.no_peer else Peer(server, folder / "peer")
    ours, theirs = [], []
    for number in range(given.rounds):
        home = folder / f"hub{number}"
        home.mkdir()
        Store.open(home / "hub.db").close()
        ours.append(child(lambda home=home: sync(home, connections(server))))
        if peer:
            peer.begin(number)
            theirs.append(peer.sync())
    told("caldav.first", count, ours, theirs)
    home = folder / f"hub{given.rounds - 1}"
    ours = [child(lambda: sync(home, connections(server))) for _ in range(given.rounds)]
    theirs = [peer.sync() for _ in range(given.rounds)] if peer else []
    told("caldav.again", count, ours, theirs)
    once = [one_shot(server, home) for _ in range(given.rounds + 1)][1:]
    told("caldav.again_as_a_command", count, once, theirs)
    if theirs:
        ratios = beside("in_process", ours, theirs) | beside("as_a_command", once, theirs)
        say("caldav.nothing_new", count=count, **ratios, in_process_peak_mb=min(one.peak_mb for one in ours))
    for number in range(count, count + 100):
        server.put(ADDRESS, "office", f"bench-{number}.ics", event(number))
    told("caldav.hundred_new", count, [child(lambda: sync(home, connections(server)))], [peer.sync()] if peer else [])
    for number in range(count, count + 100):
        server.delete(ADDRESS, "office", f"bench-{number}.ics")
    return min(child(lambda: fresh(folder, server)).peak_mb for _ in "12")


def fresh(folder: Path, server: CalDav) -> object:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        Store.open(Path(place) / "hub.db").close()
        return sync(Path(place), connections(server))


def told(name: str, count: int, ours: list[Cost], theirs: list[Cost]) -> None:
    best = min(ours, key=lambda cost: cost.wall)
    figures = {"wall": best.wall, "cpu": best.cpu, "peak_mb": best.peak_mb, "counts": best.result}
    if theirs:
        peer = min(theirs, key=lambda cost: cost.wall)
        figures |= {
            "vdirsyncer_wall": peer.wall, "vdirsyncer_cpu": peer.cpu, "ratio_wall": best.wall / peer.wall,
            "ratio_cpu": best.cpu / peer.cpu,
        }  # fmt: skip
    say(name, count=count, per_s=count / best.wall, **figures)


def beside(name: str, ours: list[Cost], theirs: list[Cost]) -> dict[str, float]:
    """Our best against theirs: of the wall, and of the processor."""
    best = {what: [min(getattr(cost, what) for cost in costs) for costs in (ours, theirs)] for what in ("wall", "cpu")}
    return {f"{name}_ratio_{what}": mine / peer for what, (mine, peer) in best.items()}


def one_shot(server: CalDav, folder: Path) -> Cost:
    """`hub sync` as a command, from the start of its process to the end."""
    (folder / "hub.toml").write_text(
        f'[company]\nname = "ООО Мы"\ntimezone = "Europe/Moscow"\nlanguage = "ru"\ndomains = ["my.example"]\n'
        f'[[company.employees]]\nname = "Анна Смирнова"\nemails = ["anna@my.example"]\n'
        f'[store]\npath = "hub.db"\n[connections.anna]\nconnector = "calendar.caldav"\nstore = "all"\n'
        f'url = "{server.url}"\naddress = "{ADDRESS}"\npassword = "{server.password}"\n'
    )
    hub = str(Path(sys.executable).with_name("hub"))
    return run([hub, "sync"], {**as_installed(folder.parent / "compiled"), "HUB_CONFIG": str(folder / "hub.toml")})


class Peer:
    """vdirsyncer in an environment of its own."""

    def __init__(self, server: CalDav, folder: Path) -> None:
        self.server, self.folder = server, folder
        folder.mkdir()
        quiet = partial(subprocess.run, check=True, capture_output=True)
        quiet(["uv", "venv", "--quiet", "--python", sys.executable, str(folder / "venv")])
        quiet(["uv", "pip", "install", "--quiet", "--python", str(folder / "venv/bin/python"), PEER])

    def begin(self, number: int) -> None:
        """With nothing pulled so far."""
        shutil.rmtree(self.folder / "state", ignore_errors=True)
        files = self.folder / f"files{number}"
        (self.folder / "config").write_text(
            f'[general]\nstatus_path = "{self.folder}/state"\n[pair p]\na = "far"\nb = "near"\ncollections = ["office"]\n'
            f'[storage far]\ntype = "caldav"\nurl = "{self.server.url}/"\nusername = "{ADDRESS}"\n'
            f'password = "{self.server.password}"\n[storage near]\ntype = "filesystem"\npath = "{files}"\nfileext = ".ics"\n'
        )
        subprocess.run([*self.command, "discover"], check=True, capture_output=True, input=b"y\n" * 5)

    @property
    def command(self) -> list[str]:
        return [str(self.folder / "venv/bin/vdirsyncer"), "-c", str(self.folder / "config")]

    def sync(self) -> Cost:
        return run([*self.command, "sync"], as_installed(self.folder / "compiled"))


def run(command: list[str], environ: dict[str, str]) -> Cost:
    before, begun = os.times(), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environ)
    wall, after = time.perf_counter() - begun, os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(wall, spent, 0, "")


if __name__ == "__main__":
    main()
