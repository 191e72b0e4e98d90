"""Several connections at once: beside one after another, beside connections that misbehave, and what the pipe costs a page.

pool.together     N connections pulled by a pool of 1 and of all processors: items a second, and how much faster
pool.pace         a connection's pace alone, and beside one that hangs, burns the processor, dies, or wants 2 GB
pool.page         milliseconds a page: read in this process, and through the pipe of a child
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from measure import child, percentile, say
from world import NOW, config

import hub
from hub import plugins
from hub.engine import hub as opening
from hub.engine import sync as syncing
from hub.engine.hub import Clock
from hub.settings import Connection, Limits
from hub.settings.config import cores
from hub.testing import Memory, hostile
from hub.testing.encoding import encode
from hub.testing.memory import Settings

TEXT = "Добрый день! Высылаем счёт и закрывающие документы, просим подтвердить получение до конца недели. " * 20


def body(number: int) -> bytes:
    people = (
        hub.Participant("from", hub.Identifier("email", f"ivan@client{number % 500}.example")),
        hub.Participant("to", hub.Identifier("email", "anna@my.example")),
    )
    at = hub.moment(NOW - timedelta(minutes=7 * number))
    return encode(
        hub.Email(at=at, message_id=f"{number}@x.example", subject=f"Счёт {number}", text=TEXT, participants=people)
    )


def burns() -> None:
    while True:
        pass


BAD: dict[str, Callable[[], object]] = {
    "hangs": lambda: time.sleep(3_600),
    "burns": burns,
    "dies": lambda: os._exit(3),
    "wants_2_gb": lambda: b"x" * (2 << 30),
}


def connector(name: str, act: Callable[[], object]) -> hub.Connector:
    class Source:
        def check(self) -> None:
            pass

        def streams(self) -> list[hub.Stream]:
            return [hub.Stream("notes")]

        def pull(self, _stream: str, _cursor: str | None, /) -> Iterator[hub.Page]:
            act()
            yield hub.Page(listed=0, raws=(), cursor="1")

    @contextmanager
    def opened(_settings: object, _tools: hub.Tools) -> Iterator[Source]:
        yield Source()

    return replace(hostile.HARMLESS, name=name, open=opened)


def pull(folder: Path, sources: int, count: int, limits: Limits | None, bad: tuple[str, ...] = ()) -> dict[str, float]:
    """Pull so many sources of `count` items, beside bad ones. Seconds until the last good page was stored, and a page."""
    with ExitStack() as stack:
        names = [f"source{number}" for number in range(sources)]
        for number, name in enumerate(names):
            memory = stack.enter_context(Memory(name, page_size=200).serving())
            memory.make("mail", count, lambda n, first=number * count: body(first + n))  # type: ignore[misc]
        made = config(folder, [(name, "memory", Settings(name=name)) for name in names])
        more = tuple(Connection(name=one, id=one, connector=one, settings=hostile.Settings()) for one in bad)
        loaded = plugins.load(["memory"])
        loaded = replace(loaded, connectors={**loaded.connectors, **{one: connector(one, BAD[one]) for one in bad}})
        stored: list[float] = []
        ended: list[float] = []

        def page(_connection: str, _stream: str, counts: object, total: int | None) -> None:
            stored.append(time.perf_counter())
            if getattr(counts, "listed", 0) == total:
                ended.append(stored[-1])

        wish = syncing.Wish(limits=limits, progress=page, stopping=lambda: len(ended) == sources and bool(bad))
        opened = stack.enter_context(
            opening.opened(replace(made, connections=(*more, *made.connections)), loaded, Clock(fixed=NOW))
        )
        began = time.perf_counter()
        syncing.sync(opened, wish)
        pages = [after - before for before, after in pairwise(stored)]
        return {"seconds": ended[-1] - began, "page_ms": 1000 * percentile(pages, 0.5)}


def measured(sources: int, count: int, limits: Limits | None, bad: tuple[str, ...] = ()) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        cost = child(lambda: pull(Path(folder), sources, count, limits, bad))
    assert isinstance(cost.result, dict)
    return cost.result | {"cpu": cost.cpu}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=10_000, help="items of a source")
    parser.add_argument("--sources", type=int, default=4)
    given = parser.parse_args()
    count, sources = given.count, given.sources
    limits = Limits(silence=30.0)
    one = measured(sources, count, replace(limits, processes=1))
    many = measured(sources, count, limits)
    say("pool.together", sources=sources, count=count, processes=cores(), alone_per_s=sources * count / one["seconds"],
        pool_per_s=sources * count / many["seconds"], faster=one["seconds"] / many["seconds"])  # fmt: skip
    alone = measured(1, count, limits)
    for name in BAD:
        beside = measured(1, count, limits, (name,))
        say("pool.pace", beside=name, alone_s=alone["seconds"], beside_s=beside["seconds"],
            pace=alone["seconds"] / beside["seconds"])  # fmt: skip
    here = measured(1, count, None)
    say("pool.page", here_ms=here["page_ms"], apart_ms=alone["page_ms"], here_cpu=here["cpu"], apart_cpu=alone["cpu"],
        pipe_cpu_ms=1000 * (alone["cpu"] - here["cpu"]) / (count / 200))  # fmt: skip


if __name__ == "__main__":
    main()
