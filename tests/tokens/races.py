"""Processes that need a token at the same moment, and some that die while they get it.

    uv run python tests/tokens/races.py --races 5000                      the whole campaign
    uv run python tests/tokens/races.py --races 5000 --resume done.jsonl  goes on where an earlier one was stopped
    uv run python tests/tokens/races.py --races 500 --on postgresql       the same on a server
    uv run python tests/tokens/races.py --races 5000 --against crm.amocrm the connector's own calls, to a simulated account

A race: everybody finds the token expired, or refused. In some of them one process dies by SIGKILL at one of the four places
around a refresh, or at any moment; in some the system does not hear the question, or its answer is lost; in some the
one who asks stands still past its lease. The system's refresh tokens count once. Then

* it was asked for exactly one refresh, which it granted, and no spent token ever came to it, unless an answer was lost;
* everybody who is left has the same token, and the system accepts it;
* where an answer was lost, everybody is told in words that a person has to sign in, and nobody asks again;
* where the one who stood still comes back with the answer, nobody has to, whatever the others were told meanwhile.

It prints one line of JSON.
"""

import argparse
import json
import multiprocessing
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.connection import wait
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]

from hub import tokens  # noqa: E402 - after the root has its place on the path
from tests.servers import postgresql as servers  # noqa: E402
from tests.tokens.raced import SYSTEMS  # noqa: E402 - the same
from tests.tokens.racer import THREADS, Site, provide, work  # noqa: E402 - the same

FORK = multiprocessing.get_context("fork")
DEATHS = ("before the intent", "after the intent", "after the answer", "after the store")
WINDOWS = ("", *DEATHS, "at any moment", "question lost", "answer lost", "stands still")
WEIGHTS = (8, 1, 1, 1, 1, 2, 1, 1, 1)
SECONDS = 60
ON_ITS_WAY = 0.2
"""Seconds that a question may be on its way, by the clock of this machine; for the others, `GRACE` has passed then."""


@dataclass
class Member:
    process: object
    pipe: object


@dataclass
class Races:
    """Processes that race, and the system that they race for."""

    site: Site
    system: object
    size: int
    members: list[Member] = field(default_factory=list)
    windows: Counter = field(default_factory=Counter)
    deaths: int = 0
    asked: int = 0
    persons: int = 0

    def ask_system(self, *question):
        self.system.send(question)
        assert self.system.poll(SECONDS), "the system does not answer"
        return self.system.recv()

    def fill(self):
        while len(self.members) < self.size:
            ours, theirs = FORK.Pipe()
            others = [ours, self.system, *(member.pipe for member in self.members)]
            process = FORK.Process(target=work, args=(self.site, theirs, others), daemon=True)
            process.start()
            theirs.close()
            self.members.append(Member(process, ours))

    def sign_in(self):
        """A person comes through a browser."""
        self.fill()
        self.persons += 1
        self.ask(self.members[0], "begin", *self.ask_system("given"))
        self.ask_system("log")

    def ask(self, member, *question):
        member.pipe.send(question)
        assert member.pipe.poll(SECONDS), "a process does not answer"
        return member.pipe.recv()

    def race(self, chance):
        """One race; returns what was wrong with it."""
        window = chance.choices(WINDOWS, WEIGHTS)[0]
        refused = chance.random() < 0.5
        self.fill()
        self.windows[window] += 1
        self.site.goes_on(timedelta(hours=2 if refused else 25))
        self.site.victims.value = 1
        self.ask_system(
            "weather", int(window == "answer lost"), int(window == "question lost"), self.site.seconds.value
        )
        access = self.ask(self.members[0], "look")
        for member in self.members:
            member.pipe.send(("use", window, refused, access))
        victim = chance.choice(self.members).process if window == "at any moment" else None
        got, died = self._gathered(victim, chance.uniform(0, 0.04))
        log = self.ask_system("log")
        self.asked += len(log)
        self.deaths += died
        wrong = list(self._wrong(window, got, died, log))
        if wrong or not any(kind == "token" for kind, _ in got):
            self.sign_in()
        return [f"{window or 'nobody dies'}: {one}" for one in wrong]

    def _gathered(self, victim, seconds):
        """(what everybody got who is left, how many died)."""
        got, died, stood, until = [], 0, None, time.monotonic() + SECONDS
        kill, target, goes_on = time.monotonic() + seconds, victim, None
        left = {member.pipe: member for member in self.members}
        while left:
            if victim is not None and time.monotonic() >= kill:
                victim.kill()
                victim = None
            if goes_on is not None and time.monotonic() >= goes_on:
                self.site.goes_on(tokens.GRACE)
                goes_on = None
            soon = min(one for one in (kill if victim is not None else None, goes_on, until) if one is not None)
            ready = wait(list(left), max(soon - time.monotonic(), 0))
            assert time.monotonic() < until, "somebody does not come to an end"
            for pipe in ready:
                member = left[pipe]
                try:
                    said = pipe.recv()
                except (EOFError, ConnectionError):
                    member.process.join()
                    self.members.remove(member)
                    del left[pipe]
                    died += 1
                    goes_on = time.monotonic() + ON_ITS_WAY
                    continue
                if said == "stands still":
                    stood = pipe
                    self.site.goes_on(tokens.LEASE)
                else:
                    got += said
                    del left[pipe]
            if stood is not None and set(left) <= {stood}:
                stood.send("go on")
                stood = None
        if target is not None:  # it may have come to its end before
            target.kill()
            target.join()
            self.members = [member for member in self.members if member.process is not target]
        return got, died

    def _wrong(self, window, got, died, log):
        kinds, granted = Counter(kind for kind, _ in got), log.count("refresh_token ok")
        tokens = {said for kind, said in got if kind == "token"}
        spent = log.count("refresh_token invalid_grant")
        told = {said for kind, said in got if kind == "AuthFailed"}
        if died != (window in DEATHS) and window != "at any moment":
            yield f"{died} died"
        if granted != 1:
            yield f"{granted} refreshes"
        if len(tokens) > 1 or any(not self.ask_system("accepts", token) for token in tokens):
            yield f"{len(tokens)} tokens, or one that is not accepted"
        lost = window in ("after the answer", "answer lost") or (window == "at any moment" and not tokens and died)
        if window == "stands still":
            if not tokens or spent > 1:
                yield f"{len(tokens)} tokens, {spent} spent tokens asked for"
        elif lost:
            if tokens or spent > 1 or any("interrupted" not in one for one in told):
                yield f"a lost answer: {kinds}, {spent} asked, {told}"
        elif spent or kinds["AuthFailed"]:
            yield f"nothing was lost, and yet: {kinds}, {spent} asked, {told}"
        if kinds["Unreachable"] > (window in ("question lost", "answer lost")) or set(kinds) - {"token", "AuthFailed", "Unreachable"}:  # fmt: skip
            yield f"told {kinds}"

    def close(self):
        for member in self.members:
            member.process.kill()
            member.process.join()


@contextmanager
def field_of(size, folder, server=None, against="oauth"):
    """Processes and a system, ready to race. This process opens no database: it forks. The clock has no lock, for whoever is
    killed at any moment would take it with him.
    """
    system, theirs = FORK.Pipe()
    process = FORK.Process(target=provide, args=(theirs, against), daemon=True)
    process.start()
    theirs.close()
    assert system.poll(SECONDS), "the system does not start"
    site = Site(folder, server, against, *system.recv(), FORK.RawValue("d", 0), FORK.Value("i", 0))
    races = Races(site, system, size)
    try:
        races.sign_in()
        yield races
    finally:
        races.close()
        process.kill()
        process.join()


@contextmanager
def place(kind):
    """(folder, server or None)."""
    folder = Path(tempfile.mkdtemp(prefix="hub-races-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    try:
        if kind == "sqlite":
            yield folder, None
            return
        with servers.running() as server:
            yield folder, server.fresh()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def conduct(races, count, seed, done=None):
    """Run races; returns what was wrong. `done` is a file that says how far an earlier campaign came."""
    found = [json.loads(line) for line in done.read_text().splitlines()] if done and done.exists() else []
    for number in range(len(found), count):
        wrong = races.race(random.Random(f"{seed}/{number}"))
        found.append(wrong)
        if done:
            with done.open("a") as file:
                file.write(json.dumps(wrong, ensure_ascii=False) + "\n")
        for one in wrong:
            print(f"race {number}: {one}", file=sys.stderr)
    return [one for wrong in found for one in wrong]


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--races", type=int, default=5000)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--on", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--against", choices=sorted(SYSTEMS), default="oauth")
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--resume", type=Path, help="a file that says which races are done")
    options, started = parser.parse_args(arguments), time.monotonic()
    with (
        place(options.on) as (folder, server),
        field_of(options.processes, folder, server, options.against) as races,
    ):
        found = conduct(races, options.races, options.seed, options.resume)
    print(json.dumps({
        "campaign": "token races", "against": options.against, "on": options.on, "races": options.races, "processes": options.processes,
        "threads": THREADS, "run_now": sum(races.windows.values()), "windows": dict(races.windows), "deaths": races.deaths,
        "asked": races.asked, "signed_in": races.persons, "violations": len(found), "seed": options.seed,
        "seconds": round(time.monotonic() - started, 1),
    }, ensure_ascii=False))  # fmt: skip
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
