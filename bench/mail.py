"""A Maildir all the way into history and search, and again without a change.

Bare loops of the same run: reading every file; reading, the standard library's compat32 parser, one table of SQLite.
"""

import argparse
import email
import email.policy
import sqlite3
import tempfile
from functools import partial
from pathlib import Path

from corpus import maildir
from measure import child, say
from world import sync

from hub import plugins
from hub.store.database import Store


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--small", type=int, default=2_000, help="the size that memory is compared with")
    parser.add_argument("--no-loops", action="store_true", help="leave the bare loops out")
    given = parser.parse_args()
    peaks = {}
    for size in (given.small, given.count):
        with tempfile.TemporaryDirectory() as folder:
            loops = size == given.count and not given.no_loops
            peaks[size] = child(partial(measure, Path(folder), size, loops=loops)).result
    say("mail.memory", small_mb=peaks[given.small], large_mb=peaks[given.count],
        ratio=peaks[given.count] / peaks[given.small])  # fmt: skip


def measure(folder: Path, count: int, *, loops: bool) -> float:
    size = maildir(folder / "mail", count)
    settings = plugins.load(["email.files"]).connectors["email.files"].settings
    connections = [("anna", "email.files", settings(path=folder / "mail", owner="anna@my.example"))]
    Store.open(folder / "hub.db").close()
    if loops:
        read = child(lambda: sum(len(path.read_bytes()) for path in (folder / "mail" / "cur").iterdir()))
        bare = child(lambda: loop(folder / "mail" / "cur", folder / "bare.db"))
        say(
            "mail.loops",
            read_s=read.wall,
            compat32_s=bare.wall,
            compat32_cpu=bare.cpu,
            compat32_per_s=count / bare.wall,
        )
    first = child(lambda: sync(folder, connections))
    again = child(lambda: sync(folder, connections))
    say("mail.first", count=count, megabytes=size / 1e6, per_s=count / first.wall, wall=first.wall, cpu=first.cpu,
        ratio=first.wall / bare.wall if loops else None, peak_mb=first.peak_mb, counts=first.result,
        database_mb=(folder / "hub.db").stat().st_size / 1e6)  # fmt: skip
    say("mail.again", count=count, per_s=count / again.wall, wall=again.wall, cpu=again.cpu, counts=again.result)
    return first.peak_mb


def loop(folder: Path, path: Path) -> int:
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE TABLE mail (id TEXT PRIMARY KEY, subject TEXT, at TEXT, body TEXT)")
    rows = []
    for number, file in enumerate(sorted(folder.iterdir())):
        message = email.message_from_bytes(file.read_bytes(), policy=email.policy.compat32)
        text = next((p.get_payload(decode=True) for p in message.walk() if p.get_content_type() == "text/plain"), b"")
        rows.append((str(message["Message-ID"]), str(message["Subject"]), str(message["Date"]), text))
        if number % 500 == 499:
            with database:
                database.executemany("INSERT OR REPLACE INTO mail VALUES (?, ?, ?, ?)", rows)
            rows = []
    with database:
        database.executemany("INSERT OR REPLACE INTO mail VALUES (?, ?, ?, ?)", rows)
    return 1


if __name__ == "__main__":
    main()
