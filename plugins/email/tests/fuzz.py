"""Damaged mails: what no damage may break.

    uv run python plugins/email/tests/fuzz.py --mutants 1000000 [--seed 1] [--jobs 2]

Every mutant of the sample mails is pruned and mapped. Nothing may raise or take two seconds; pruning twice is pruning
once; the pruned mail reads as the whole one, and as it was put together; no text has a lone surrogate; no cap is
exceeded. Prints one JSON line, and the first mutants that broke something go to /tmp.
"""

import argparse
import dataclasses
import json
import multiprocessing
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from hub_email import caps
from hub_email.mapping import to_records
from hub_email.message import parse
from hub_email.prune import prune

import hub

CORPUS = Path(__file__).with_name("corpus")
WINDOW = hub.Window(date(2026, 11, 1), date(2027, 6, 1))
SECONDS = 2.0
TOKENS = [
    b"\r\n", b"\n", b"\n\n", b"\r", b"\0", b"\t", b" ", b"--", b"--b", b"--b--", b"\n--b\n", b"=?", b"?=", b"=?utf-8?B?", b"=?utf-8?Q?=",
    b"=?koi8-r?B?8PLp?=", b'"', b"'", b"<", b">", b"(", b")", b"\\", b",", b";", b":", b"@", b"=", b"==", b"*0*=utf-8''", b"%D0",
    b"\xff", b"\xd0", b"\xed\xa0\x80", b"\xe2\x80\xae", b"+2AA-", b"charset=utf-7", b"charset=idna", b"charset=rot13", b"charset=", b"&#xD800;",
    b"&#99999999999;", b"<div>", b"</div>", b"<!--", b"-->", b"<script>", b"<blockquote>", b"display:none", b"<pre>", b"From ", b"\nFrom ",
    b"Content-Type: multipart/mixed; boundary=b\n", b"Content-Type: message/rfc822\n\n", b"Content-Type: text/calendar; method=REPLY\n",
    b"Content-Type: text/html\n", b"Content-Transfer-Encoding: base64\n", b"Content-Transfer-Encoding: quoted-printable\n", b"X-Hub-Omitted: 5\n",
    b"Content-Type: application/x-hub-cut\n", b"Content-Type: application/ms-tnef\n", b"Content-Disposition: attachment; filename=../../x\n",
    b"Date: Mon, 99 Nov 9999 99:99:99 +9999\n", b"Message-ID: <[..]>\n", b"BEGIN:VEVENT\n", b"END:VEVENT\n", b"RRULE:FREQ=DAILY;COUNT=99999\n",
    b"DTSTART:00010101\n", b"DTSTART;TZID=Z:99991231T235959\n", b"DURATION:P99999D\n", b"TZID:", b"99999999999999999999", b"-1", b"format=flowed",
]  # fmt: skip


def mutants(seed: int, samples: Sequence[bytes]) -> Iterator[bytes]:
    """Endless damaged mails, the same for the same seed."""
    chance = random.Random(seed)
    while True:
        data = chance.choice(samples)
        for _ in range(chance.choice((1, 1, 1, 2, 3, 5, 8, 20))):
            data = chance.choice(DAMAGES)(chance, data, samples)[:200_000]
        yield data


def _place(chance: random.Random, data: bytes) -> int:
    return chance.randrange(len(data) + 1)


def _span(chance: random.Random, data: bytes) -> tuple[int, int]:
    start = _place(chance, data)
    return start, min(len(data), start + int(chance.expovariate(1 / 40)))


def _flip(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at = _place(chance, data)
    return data[:at] + bytes((chance.randrange(256),)) + data[at + 1 :]


def _insert(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at = _place(chance, data)
    return data[:at] + chance.choice(TOKENS) + data[at:]


def _at_line(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at = data.find(b"\n", _place(chance, data)) + 1
    return data[:at] + chance.choice(TOKENS) + data[at:]


def _delete(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _span(chance, data)
    return data[:start] + data[end:]


def _repeat(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _span(chance, data)
    return data[:end] + data[start:end] * chance.choice((1, 1, 2, 5, 50)) + data[end:]


def _move(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _span(chance, data)
    rest = data[:start] + data[end:]
    at = _place(chance, rest)
    return rest[:at] + data[start:end] + rest[at:]


def _cut(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    return data[: _place(chance, data)]


def _splice(chance: random.Random, data: bytes, samples: Sequence[bytes]) -> bytes:
    other = chance.choice(samples)
    return data[: _place(chance, data)] + other[_place(chance, other) :]


def _recode(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _span(chance, data)
    encoding = chance.choice(("koi8-r", "cp1251", "utf-16-le", "cp866"))
    return data[:start] + data[start:end].decode("utf-8", "replace").encode(encoding, "ignore") + data[end:]


def _newlines(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    return data.replace(b"\r\n", chance.choice((b"\n", b"\r", b"\r\n\n", b"\n ")))


Damage = Callable[[random.Random, bytes, Sequence[bytes]], bytes]
DAMAGES: tuple[Damage, ...] = (
    *(_flip, _insert, _insert, _at_line, _at_line, _delete, _delete, _repeat, _move, _cut, _splice, _recode, _newlines),
)


def broken(data: bytes) -> str:
    """What a mail breaks, "" if nothing."""
    began = time.process_time()
    try:
        raw = prune(data)
        result = to_records(raw, None, WINDOW)  # by what it was put together from
        if isinstance(result, hub.Unreadable):
            return "" if "no header" in result.reason else f"to_records: {result.detail}"
        if to_records(raw, None, WINDOW) != result:
            return "the raw reads otherwise than what it was put together from"
        if prune(raw) != raw:
            return "pruning twice is not pruning once"
        if parse(raw) != parse(data):
            return "the pruned mail reads otherwise"
        if any(len(text) != len(text.encode("utf-8", "ignore").decode()) for text in texts(result)):
            return "a lone surrogate"
        if parts := [part for part, count in Counter(one.part for one in result).items() if count > 1]:
            return f"a part twice: {parts[0]}"
        mail = result[0].record
        assert isinstance(mail, hub.Email)
        if len(mail.text) > caps.TEXT or len(mail.attachments) > caps.ATTACHMENTS:
            return "a cap is exceeded"
        if any("/" in one.name or "\0" in one.name or not one.name for one in mail.attachments):
            return "an attachment's name is not safe"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "more than two seconds" if time.process_time() - began > SECONDS else ""


def texts(value: Any) -> Iterator[str]:
    """Every text inside a record."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for one in value:
            yield from texts(one)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from texts(getattr(value, field.name))


def samples() -> list[bytes]:
    return [path.read_bytes() for path in sorted(CORPUS.glob("*.eml"))]


def campaign(work: tuple[int, int]) -> tuple[int, list[tuple[str, bytes]], float]:
    """How many of `count` mutants broke something, the first of them, and the longest time one took."""
    count, seed = work
    found: list[tuple[str, bytes]] = []
    number, longest = 0, 0.0
    for _, data in zip(range(count), mutants(seed, samples()), strict=False):
        began = time.process_time()
        if fault := broken(data):
            number += 1
            found.append((fault, data))
            del found[20:]
        longest = max(longest, time.process_time() - began)
    return number, found, longest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--mutants", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    given = parser.parse_args()
    began = time.monotonic()
    work = [(given.mutants // given.jobs, given.seed * 1000 + job) for job in range(given.jobs)]
    with multiprocessing.Pool(given.jobs) as pool:
        results = pool.map(campaign, work)
    violations = sum(number for number, _, _ in results)
    report = {
        "campaign": "mail fuzz",
        "runs": sum(count for count, _ in work),
        "violations": violations,
        "longest_cpu_s": round(max(longest for _, _, longest in results), 3),
        "seed": given.seed,
        "seconds": round(time.monotonic() - began),
    }
    print(json.dumps(report))
    for fault, data in (one for _, found, _ in results for one in found[:5]):
        with tempfile.NamedTemporaryFile(suffix=".eml", delete=False) as file:
            file.write(data)
        print(f"{fault[:200]}: {file.name}")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
