"""Connections that have nothing to do: what a daemon takes for them, and how soon a new mail is in the history.

idle.turn      processor for looking once at a mailbox without news, of those of one connection over TLS, by all processes of the
               daemon (Dovecot's is not counted), beside what they take while nothing is looked at
idle.rest      `hub serve` with N mailboxes on a Dovecot, all of them in IDLE: processor and memory of all its processes
idle.mail      milliseconds from a delivery to the line in the history, one mailbox after another by chance

./run python bench/idle.py --count 1000 --mails 100

With a thousand mailboxes that takes six minutes, of which more than three are their first sign-ins. SIGTERM ends it with what was
measured until then. Dovecot needs an inotify instance for each of them (sysctl fs.inotify.max_user_instances, often 128): a mailbox
without one is looked at every thirty seconds, and that is what would be measured; how many have to do without is said.
"""

import argparse
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from measure import percentile, say

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "servers")]
from dovecot import Dovecot, dovecot, is_installed  # noqa: E402 - lies beside the tests

MANY = """
default_process_limit = {many}
default_client_limit = {clients}
mail_max_userip_connections = 100
service imap-login {{
  service_count = 0
}}
"""
COMPANY = """
[company]
name = "ООО Мы"
domains = ["my.example"]
timezone = "Europe/Moscow"
[store]
path = "hub.db"
[sync]
every = "1h"
"""
MAIL = """From: ivan@romashka.example
To: {address}
Subject: {subject}
Date: Fri, 20 Nov 2026 12:00:00 +0300
Message-ID: <{subject}@romashka.example>
Content-Type: text/plain; charset=utf-8

Добрый день!
"""
TURNS, SETTLED = 8, 5
TICKS = os.sysconf("SC_CLK_TCK")
INSTANCES = Path("/proc/sys/fs/inotify/max_user_instances")


def address(number: int) -> str:
    return f"user{number}@my.example"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--mails", type=int, default=100)
    parser.add_argument(
        "--together", type=int, nargs="*", default=[20, 120], help="so many mailboxes in one connection"
    )
    parser.add_argument("--seconds", type=float, default=30, help="so long it is watched at rest")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if not is_installed():
        sys.exit("there is no Dovecot here: apt-get install dovecot-imapd")
    for together in given.together:
        with dovecot(MANY.format(many=1_000, clients=4_000), knows_tokens=False) as server:
            turns(server, together)
    if not given.count:
        return
    extra = MANY.format(many=3 * given.count + 100, clients=5 * given.count + 1_000)
    with dovecot(extra, knows_tokens=False) as server, tempfile.TemporaryDirectory(prefix="hub-bench-") as place:
        folder = Path(place)
        written(server, folder, given.count)
        hub = Path(sys.executable).with_name("hub")
        daemon = subprocess.Popen([hub, "--config", folder / "hub.toml", "serve"], cwd=folder)
        try:
            waits_for_all(server, folder, given.count)
            rest(daemon.pid, given.count, given.seconds)
            mails(server, folder, given.count, given.mails)
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(60)


def turns(server: Dovecot, count: int) -> None:
    """One connection with so many mailboxes, each with a mail and three folders, is looked at every ten seconds."""
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as place:
        folder = Path(place)
        together(server, folder, count)
        hub = Path(sys.executable).with_name("hub")
        daemon = subprocess.Popen([hub, "--config", folder / "hub.toml", "serve"], cwd=folder)
        try:
            until_turn(folder, SETTLED)
            took, rests = in_turns(daemon.pid, folder)
            tree = list(family(daemon.pid))
            say("idle.turn", count=count, cpu_ms=1000 * took / count, rest_percent=100 * rests, processes=len(tree),
                pss_mb=sum(map(pss_mb, tree)))  # fmt: skip
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(60)


def in_turns(pid: int, folder: Path) -> tuple[float, float]:
    """Seconds of the processor that a turn takes, and a second between two turns."""
    rests, slept = 0.0, 5.0
    began, before, first = time.monotonic(), cpu(pid), turn_of(folder)
    for number in range(first, first + TURNS):
        until_turn(folder, number + 1)
        time.sleep(1.0)  # the turn comes to its end
        at_rest = cpu(pid)
        time.sleep(slept)
        rests += (cpu(pid) - at_rest) / slept / TURNS
    seconds, turns = time.monotonic() - began, turn_of(folder) - first
    return (cpu(pid) - before - rests * seconds) / turns, rests


def together(server: Dovecot, folder: Path, count: int) -> None:
    named = [address(number) for number in range(count)]
    for one in named:
        for box in ("INBOX", "Sent", "Archive"):
            server.make(one, box)
        server.deliver(one, "INBOX", MAIL.format(address=one, subject=f"first-{one}").encode())
    (folder / "mailboxes.csv").write_text("\n".join(["address", *named]), "utf-8")
    table = (
        f'[web]\nlisten = ""\n[connections.all]\nconnector = "email.imap"\nstore = "all"\nhost = "localhost"\n'
        f'port = {server.tls_port}\nca_file = "{server.certificate}"\npassword = "{server.password}"\n'
        f'mailboxes_file = "mailboxes.csv"\n'
    )
    (folder / "hub.toml").write_text(COMPANY.replace("1h", "10s") + table, "utf-8")


def turn_of(folder: Path) -> int:
    """How often the first stream was looked at."""
    return asked(folder, "SELECT count(*) FROM run GROUP BY stream_id ORDER BY stream_id LIMIT 1")


def until_turn(folder: Path, number: int) -> None:
    while turn_of(folder) < number:
        time.sleep(0.2)


def written(server: Dovecot, folder: Path, count: int) -> None:
    """A configuration with so many mailboxes."""
    said = [COMPANY]
    for number in range(count):
        server.make(address(number))
        said.append(
            f'[connections.user{number}]\nconnector = "email.imap"\nstore = "all"\nhost = "127.0.0.1"\n'
            f'port = {server.port}\nsecurity = "none"\naddress = "{address(number)}"\npassword = "{server.password}"\n'
        )
    (folder / "hub.toml").write_text("".join(said), "utf-8")


def waits_for_all(server: Dovecot, folder: Path, count: int) -> None:
    """Until every mailbox was pulled and is in IDLE, and nothing is pulled any more."""
    began, quiet = time.monotonic(), 0
    while quiet < 10:
        time.sleep(1.0)
        pulled = asked(folder, "SELECT count(DISTINCT connection) FROM stream WHERE complete")
        busy = asked(folder, "SELECT count(*) FROM stream WHERE lease_owner <> ''")
        quiet = quiet + 1 if pulled == count and not busy else 0
    time.sleep(35)  # who began to listen late is pulled once more
    say("idle.start", count=count, seconds=time.monotonic() - began, sessions=server.doveadm("who", "-1").count("imap"))


def asked(folder: Path, query: str) -> int:
    try:
        with sqlite3.connect(f"file:{folder / 'hub.db'}?mode=ro", uri=True, timeout=5) as database:
            return int((database.execute(query).fetchone() or (0,))[0])
    except sqlite3.OperationalError:
        return 0


def rest(pid: int, count: int, seconds: float) -> None:
    before, began = cpu(pid), time.monotonic()
    time.sleep(seconds)
    used = (cpu(pid) - before) / (time.monotonic() - began)
    tree = list(family(pid))
    say("idle.rest", count=count, cpu_percent=100 * used, processes=len(tree), pss_mb=sum(map(pss_mb, tree)))


def mails(server: Dovecot, folder: Path, count: int, number: int) -> None:
    pick = random.Random(1)
    took: list[float] = []
    database = sqlite3.connect(f"file:{folder / 'hub.db'}?mode=ro", uri=True, timeout=5, isolation_level=None)
    try:
        for n in range(number):
            took.append(1000 * arrival(server, database, address(pick.randrange(count)), f"bench{n}"))
            time.sleep(0.1)
    finally:
        database.close()
        if took:
            unwatched = max(count - int(INSTANCES.read_text("ascii")), 0)
            say("idle.mail", count=count, mails=len(took), p50_ms=percentile(took, 0.5), p99_ms=percentile(took, 0.99),
                worst_ms=max(took), without_inotify=unwatched)  # fmt: skip


def arrival(server: Dovecot, database: sqlite3.Connection, to: str, subject: str) -> float:
    """Seconds from a delivery to its line in the history, 60 at most."""
    began = time.perf_counter()
    server.deliver(to, "INBOX", MAIL.format(address=to, subject=subject).encode())
    while not database.execute("SELECT 1 FROM interaction WHERE title = ?", (subject,)).fetchone():
        if time.perf_counter() - began > 60:
            break
        time.sleep(0.005)
    return time.perf_counter() - began


def family(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    try:
        below = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    except OSError:
        return
    for child in below:
        yield from family(int(child))


def cpu(pid: int) -> float:
    """Seconds of the processor that a process and all below it have used, those that have ended included."""
    total = 0
    for one in family(pid):
        fields = Path(f"/proc/{one}/stat").read_text("ascii").rpartition(")")[2].split()
        total += sum(int(field) for field in (fields[11:15] if one == pid else fields[11:13]))
    return total / TICKS


def pss_mb(pid: int) -> float:
    """The memory of a process, with its share of what others use, too."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


if __name__ == "__main__":
    main()
