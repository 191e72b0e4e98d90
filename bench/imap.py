"""A mailbox on a Dovecot of this machine all the way into history and search, beside other programs and bare loops.

mbsync and OfflineIMAP copy whole mails into files and read nothing of them; mbsync as it is, and without waiting for the
disk. imap_tools reads whole mails, five hundred at a time, in an environment of its own. The bare loops fetch whole mails
with imaplib: bytes only; and with the standard library's compat32 parser and one table of SQLite.

    ./run python bench/imap.py                                  # an hour or so: 20,000 mails, and 100,000 for quiet syncs
    ./run python bench/imap.py --count 2000 --no-op 5000        # some minutes

What does not end within `PATIENCE` is ended, and said to have taken longer.
"""

import argparse
import contextlib
import email
import email.policy
import imaplib
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from corpus import CLIENTS, mails
from measure import TooLong, as_installed, child, say
from world import sync

from hub import plugins
from hub.store.database import Store

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "servers"), str(ROOT / "bench")]
from dovecot import Dovecot, dovecot, is_installed  # noqa: E402 - lies beside the tests
from slow_line import slow_line  # noqa: E402 - the same

ADDRESS = "anna@my.example"
BATCH = 500
PATIENCE = 900
"""Seconds that one measurement may take."""
IMAP_TOOLS = "imap-tools==1.16.0"
_READ = """
import sys
from imap_tools import MailBoxUnencrypted
host, port, user, password, bulk = sys.argv[1:]
with MailBoxUnencrypted(host, int(port)).login(user, password, initial_folder=None) as box:
    box.folder.set("INBOX", readonly=True)
    for mail in box.fetch(mark_seen=False, bulk=int(bulk)):
        mail.subject, mail.date, mail.text
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument(
        "--small", type=int, default=2_000, help="the size that memory and a second sync are compared with"
    )
    parser.add_argument(
        "--latency", type=float, default=40, help="milliseconds of a turn, for one more measurement (0: none)"
    )
    parser.add_argument(
        "--no-op", type=int, default=100_000, help="mails of the largest mailbox without news (0: none)"
    )
    parser.add_argument("--no-peers", action="store_true", help="leave all others out")
    given = parser.parse_args()
    if not is_installed():
        sys.exit("there is no Dovecot here: apt-get install dovecot-imapd")
    firsts, peaks, agains = {}, {}, {}
    for size in dict.fromkeys((given.small, given.count)):
        with dovecot(knows_tokens=False) as server, tempfile.TemporaryDirectory(prefix="hub-bench-") as place:
            folder = Path(place)
            total = filled(server, size)
            warm(server)
            firsts[size], peaks[size], agains[size] = measured(server, folder, size, total)
            if size == given.count:
                if not given.no_peers:
                    peers(server, folder, size, total, firsts[size])
                if given.latency:
                    distant(server, folder / "far", size, given.latency, firsts[size])
    say("imap.flat", memory_mb=peaks, again_wall=agains, memory_ratio=peaks[given.count] / peaks[given.small],
        again_ratio=agains[given.count] / agains[given.small])  # fmt: skip
    if given.no_op:
        quiet = {size: without_news(size) for size in dict.fromkeys((given.small, given.no_op))}
        say("imap.no_op", wall={size: cost[0] for size, cost in quiet.items()},
            cpu={size: cost[1] for size, cost in quiet.items()})  # fmt: skip


def without_news(count: int) -> tuple[float, float]:
    """`hub sync` of a mailbox of so many short mails in which nothing is new: seconds, and seconds of the processor."""
    with dovecot(knows_tokens=False) as server, tempfile.TemporaryDirectory(prefix="hub-bench-") as place:
        filled(server, count, map(short, range(count)))
        warm(server)
        return one_shot(server, Path(place), count)


def short(number: int) -> bytes:
    client = f"client{number % CLIENTS}.test"
    return (
        f"From: person@{client}\r\nTo: {ADDRESS}\r\nSubject: {number}\r\nDate: Mon, 02 Mar 2026 10:05:00 +0300\r\n"
        f"Message-ID: <s{number}@{client}>\r\n\r\n{number}\r\n"
    ).encode()


def filled(server: Dovecot, count: int, said: Iterable[bytes] = ()) -> int:
    """Put so many mails into the mailbox, of the corpus if none are given; returns their bytes."""
    server.make(ADDRESS)
    place, total = server.maildir(ADDRESS) / "cur", 0
    for number, mail in enumerate(said or mails(count)):
        path = place / f"17{number:08}.M.bench:2,S"
        path.write_bytes(mail)
        server.own(path)
        total += len(mail)
    return total


def warm(server: Dovecot) -> None:
    """Let the server make its index, as it has one of every mailbox that is in use."""
    with signed_in(server) as client:
        client.select("INBOX", readonly=True)
        client.fetch("1:*", "(UID RFC822.SIZE BODYSTRUCTURE)")


@contextlib.contextmanager
def signed_in(server: Dovecot) -> Iterator[imaplib.IMAP4]:
    imaplib._MAXLINE = 50_000_000  # type: ignore[attr-defined]  # noqa: SLF001 - one line of UIDs
    with imaplib.IMAP4("127.0.0.1", server.port) as client:
        client.login(ADDRESS, server.password)
        yield client


def sent(server: Dovecot) -> int:
    """How many bytes the server has sent to sessions that are over."""
    return sum(map(int, re.findall(r"Info: Disconnected.* out=(\d+)", server.log())))


def connections(port: int, server: Dovecot) -> list:
    settings = plugins.load(["email.imap"]).connectors["email.imap"].settings
    said = {"host": "127.0.0.1", "port": port, "security": "none", "address": ADDRESS, "password": server.password}
    return [("anna", "email.imap", settings(**said))]


# --- the hub ---------------------------------------------------------------------------------------------------------


def measured(server: Dovecot, folder: Path, count: int, total: int) -> tuple[float, float, float]:
    """First sync, second sync, a hundred new mails, and these gone. Returns seconds of the first, its peak in MB, seconds of the second."""
    Store.open(folder / "hub.db").close()
    before = sent(server)
    first = child(lambda: sync(folder, connections(server.port, server)))
    time.sleep(0.3)
    share = (sent(server) - before) / total
    say("imap.first", count=count, megabytes=total / 1e6, per_s=count / first.wall, wall=first.wall, cpu=first.cpu,
        share_of_bytes=share, peak_mb=first.peak_mb, counts=first.result)  # fmt: skip
    again = min((child(lambda: sync(folder, connections(server.port, server))) for _ in range(3)), key=lambda c: c.wall)
    say("imap.again", count=count, wall=again.wall, cpu=again.cpu, counts=again.result)
    few = min(100, count // 20)  # of more that went at once, a person would be asked
    for number, mail in enumerate(islice(mails(count + few), count, None)):
        server.deliver(ADDRESS, "INBOX", mail, name=f"1999{number:06}.new.bench")
    new = child(lambda: sync(folder, connections(server.port, server)))
    say("imap.some_new", count=count, new=few, wall=new.wall, cpu=new.cpu, counts=new.result)
    for path in server.maildir(ADDRESS).glob("*/1999*.new.bench*"):
        path.unlink()
    gone = child(lambda: sync(folder, connections(server.port, server)))
    say("imap.some_gone", count=count, gone=few, wall=gone.wall, cpu=gone.cpu, counts=gone.result)
    one_shot(server, folder, count)  # last: its configuration has no employees, so the first of its runs rebuilds
    return first.wall, first.peak_mb, again.wall


def one_shot(server: Dovecot, folder: Path, count: int) -> tuple[float, float]:
    """`hub sync` as a command, from the start of its process to the end: seconds, and seconds of the processor."""
    (folder / "hub.toml").write_text(
        f'[company]\nname = "ООО Мы"\ntimezone = "Europe/Moscow"\nlanguage = "ru"\ndomains = ["my.example"]\n'
        f'[store]\npath = "hub.db"\n[connections.anna]\nconnector = "email.imap"\nstore = "all"\nhost = "127.0.0.1"\n'
        f'port = {server.port}\nsecurity = "none"\naddress = "{ADDRESS}"\npassword = "{server.password}"\n'
    )
    command = [str(Path(sys.executable).with_name("hub")), "sync"]
    taken = []
    for _ in range(4):
        begun, cpu = time.perf_counter(), os.times()
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE,
                              env={**as_installed(folder / "compiled"), "HUB_CONFIG": str(folder / "hub.toml")})  # fmt: skip
        if done.returncode:
            sys.exit(f"hub sync fails: {done.stdout} {done.stderr}")
        now = os.times()
        spent = now.children_user + now.children_system - cpu.children_user - cpu.children_system
        taken.append((time.perf_counter() - begun, spent))
    wall, spent = min(taken[1:])
    say("imap.one_shot", count=count, wall=wall, cpu=spent)
    return wall, spent


def distant(server: Dovecot, folder: Path, count: int, latency: float, near: float) -> None:
    """The same over a slow line."""
    folder.mkdir()
    Store.open(folder / "hub.db").close()
    with slow_line(server.port, latency / 1000) as port:
        first = child(lambda: sync(folder, connections(port, server)))
        again = child(lambda: sync(folder, connections(port, server)))
    say(
        "imap.distant", count=count, latency_ms=latency, wall=first.wall, ratio=first.wall / near, again_wall=again.wall
    )


# --- the others ------------------------------------------------------------------------------------------------------


def peers(server: Dovecot, folder: Path, count: int, total: int, ours: float) -> None:
    for name, work in (
        ("imaplib", partial(drained, server, folder)),
        ("imaplib_compat32_sqlite", partial(parsed, server, folder)),
        ("imap_tools", partial(run, imap_tools(server, folder / "imap_tools"))),
    ):
        with in_time(name):
            cost = child(work, PATIENCE)
            say(f"imap.{name}", per_s=count / cost.wall, wall=cost.wall, cpu=cost.cpu, peak_mb=cost.peak_mb,
                ours_against_it=ours / cost.wall)  # fmt: skip
    for name, program, package, prepared in (
        ("mbsync", "mbsync", "isync", partial(mbsync, fsync="yes")),
        ("mbsync_no_fsync", "mbsync", "isync", partial(mbsync, fsync="no")),
        ("offlineimap", "offlineimap", "offlineimap3", offlineimap),
    ):
        if shutil.which(program) is None:
            print(f"there is no {program} here: apt-get install {package}", file=sys.stderr)
            continue
        with in_time(name):
            copied(server, folder / name, name, prepared, (count, total, ours))


def copied(
    server: Dovecot,
    place: Path,
    name: str,
    prepared: Callable[[Dovecot, Path], list[str]],
    known: tuple[int, int, float],
) -> None:
    """What a program takes that copies the mailbox into files, and a second time. Known are mails, bytes, and our seconds."""
    count, total, ours = known
    command = prepared(server, place)
    before = sent(server)
    first, again = (child(partial(run, command), PATIENCE) for _ in "12")
    time.sleep(0.3)
    say(f"imap.{name}", per_s=count / first.wall, wall=first.wall, cpu=first.cpu, ours_against_it=ours / first.wall,
        again_wall=again.wall, again_cpu=again.cpu, share_of_bytes=(sent(server) - before) / total)  # fmt: skip
    shutil.rmtree(place)


@contextlib.contextmanager
def in_time(name: str) -> Iterator[None]:
    """Say so where something took longer than anybody waits for it."""
    try:
        yield
    except TooLong as late:
        say(f"imap.{name}", took=str(late))


def run(command: list[str]) -> int:
    return subprocess.run(command, check=True, capture_output=True).returncode


def mbsync(server: Dovecot, place: Path, fsync: str) -> list[str]:
    place.mkdir()
    config = place / "mbsyncrc"
    config.write_text(
        f"FSync {fsync}\nIMAPAccount a\nHost 127.0.0.1\nPort {server.port}\nUser {ADDRESS}\nPass {server.password}\n"
        f"SSLType None\nAuthMechs LOGIN\n\nIMAPStore far\nAccount a\n\nMaildirStore near\nPath {place}/mail/\n"
        f"Inbox {place}/mail/INBOX\nSubFolders Verbatim\n\nChannel c\nFar :far:\nNear :near:\nPatterns INBOX\nSync Pull\n"
        f"Create Near\nSyncState *\n"
    )
    (place / "mail").mkdir()
    return ["mbsync", "-q", "-c", str(config), "c"]


def offlineimap(server: Dovecot, place: Path) -> list[str]:
    place.mkdir()
    config = place / "offlineimaprc"
    config.write_text(
        f"[general]\naccounts = a\nmetadata = {place}/state\n\n[Account a]\nlocalrepository = near\nremoterepository = far\n\n"
        f"[Repository near]\ntype = Maildir\nlocalfolders = {place}/mail\n\n[Repository far]\ntype = IMAP\n"
        f"remotehost = 127.0.0.1\nremoteport = {server.port}\nremoteuser = {ADDRESS}\nremotepass = {server.password}\n"
        "ssl = no\nstarttls = no\nauth_mechanisms = LOGIN\nreadonly = True\nfolderfilter = lambda name: name == 'INBOX'\n"
    )
    return ["offlineimap", "-o", "-u", "quiet", "-c", str(config)]


def imap_tools(server: Dovecot, place: Path) -> list[str]:
    quiet = partial(subprocess.run, check=True, capture_output=True)
    quiet(["uv", "venv", "--quiet", "--python", sys.executable, str(place)])
    quiet(["uv", "pip", "install", "--quiet", "--python", str(place / "bin/python"), IMAP_TOOLS])
    signed = ["127.0.0.1", str(server.port), ADDRESS, server.password, str(BATCH)]
    return [str(place / "bin/python"), "-c", _READ, *signed]


def batches(server: Dovecot) -> Iterator[bytes]:
    with signed_in(server) as client:
        client.select("INBOX", readonly=True)
        uids = client.uid("SEARCH", "ALL")[1][0].split()
        for start in range(0, len(uids), BATCH):
            batch = uids[start : start + BATCH]
            for piece in client.uid("FETCH", f"{batch[0].decode()}:{batch[-1].decode()}", "(BODY.PEEK[])")[1]:
                if isinstance(piece, tuple):
                    yield piece[1]


def drained(server: Dovecot, _: Path) -> int:
    return sum(map(len, batches(server)))


def parsed(server: Dovecot, folder: Path) -> int:
    database = sqlite3.connect(folder / "bare.db")
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE TABLE mail (id TEXT, subject TEXT, at TEXT, body BLOB)")
    rows = []
    for data in batches(server):
        message = email.message_from_bytes(data, policy=email.policy.compat32)
        text = next((p.get_payload(decode=True) for p in message.walk() if p.get_content_type() == "text/plain"), b"")
        rows.append((str(message["Message-ID"]), str(message["Subject"]), str(message["Date"]), text))
        if len(rows) == BATCH:
            with database:
                database.executemany("INSERT INTO mail VALUES (?, ?, ?, ?)", rows)
            rows = []
    with database:
        database.executemany("INSERT INTO mail VALUES (?, ?, ?, ?)", rows)
    return 1


if __name__ == "__main__":
    main()
