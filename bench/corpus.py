"""Synthetic mail: about 19 kB a message, multipart, Cyrillic (12 % in koi8-r or cp1251), 18 % with a PDF, in threads."""

import base64
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.header import Header
from email.utils import format_datetime
from pathlib import Path

START = datetime(2025, 1, 1, 8, 0, tzinfo=UTC)
WORDS = [
    "договор",
    "поставка",
    "оплата",
    "счёт",
    "насос",
    "монтаж",
    "срок",
    "встреча",
    "предложение",
    "спецификация",
    "склад",
    "отгрузка",
    "акт",
    "накладная",
    "образец",
    "скидка",
    "доставка",
    "график",
    "подпись",
    "согласование",
    "партия",
    "качество",
    "гарантия",
    "адрес",
    "реквизиты",
    "платёж",
    "аванс",
]
CLIENTS = 400


def mails(count: int, seed: int = 7) -> Iterator[bytes]:
    """`count` messages, each of a thread of about eight."""
    pick = random.Random(seed)
    threads: list[tuple[str, str, str]] = []
    for number in range(count):
        at = START + timedelta(minutes=17 * number)
        if not threads or pick.random() < 0.125:
            client = pick.randrange(CLIENTS)
            threads.append((f"<t{number}@client{client}.test>", f"person{pick.randrange(5)}@client{client}.test",
                            f"Заявка {number}: {pick.choice(WORDS)}"))  # fmt: skip
            threads = threads[-200:]
        root, outside, subject = pick.choice(threads)
        yield _mail(pick, number, at, root, outside, subject)


def _mail(pick: random.Random, number: int, at: datetime, root: str, outside: str, subject: str) -> bytes:
    out = pick.random() < 0.45
    charset = pick.choices(("utf-8", "koi8-r", "windows-1251"), (88, 6, 6))[0]
    sender, to = ("anna@my.example", outside) if out else (outside, "anna@my.example")
    mid = root if f"<t{number}@" in root else f"<m{number}@{sender.rpartition('@')[2]}>"
    text = "\n".join(" ".join(pick.choices(WORDS, k=11)) + "." for _ in range(pick.randrange(8, 30)))
    boundary = f"=_b{number}"
    head = [
        "Received: from mx.client.test by mx.my.example with ESMTPS; " + format_datetime(at),
        f"From: {_word(charset, 'Иван Петров')} <{sender}>",
        f"To: {_word(charset, 'Анна Смирнова')} <{to}>",
        f"Subject: {_word(charset, ('' if mid == root else 'Re: ') + subject)}",
        "Date: " + format_datetime(at),
        f"Message-ID: {mid}",
        *([] if mid == root else [f"In-Reply-To: {root}", f"References: {root}"]),
        "MIME-Version: 1.0",
        f'Content-Type: multipart/mixed; boundary="{boundary}"',
    ]
    html = (
        "<html><body>"
        + "".join(f"<p style='margin:0 0 4px'>{line}</p>" for line in text.split("\n"))
        + "</body></html>"
    )
    parts = [_part(boundary + "a", "text/plain", charset, text), _part(boundary + "a", "text/html", charset, html)]
    body = (
        f'--{boundary}\r\nContent-Type: multipart/alternative; boundary="{boundary}a"\r\n\r\n'
        + "".join(parts)
        + f"--{boundary}a--\r\n"
    )
    if pick.random() < 0.18:
        pdf = _wrapped(pick.randbytes(pick.randrange(20_000, 90_000)))
        body += (
            f'--{boundary}\r\nContent-Type: application/pdf; name="schet.pdf"\r\nContent-Transfer-Encoding: base64\r\n'
            f'Content-Disposition: attachment; filename="schet.pdf"\r\n\r\n{pdf}\r\n'
        )
    return ("\r\n".join(head) + "\r\n\r\n" + body + f"--{boundary}--\r\n").encode("ascii")


def _word(charset: str, text: str) -> str:
    return Header(text, charset).encode(linesep="\r\n")


def _part(boundary: str, kind: str, charset: str, text: str) -> str:
    coded = _wrapped(text.encode(charset, "replace"))
    return f'--{boundary}\r\nContent-Type: {kind}; charset="{charset}"\r\nContent-Transfer-Encoding: base64\r\n\r\n{coded}\r\n'


def _wrapped(body: bytes) -> str:
    return base64.encodebytes(body).decode("ascii").replace("\n", "\r\n")


def maildir(folder: Path, count: int) -> int:
    """Write the corpus as a Maildir; returns its size in bytes."""
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    size = 0
    for number, mail in enumerate(mails(count)):
        (folder / "cur" / f"{1_750_000_000 + number}.M{number}.bench:2,S").write_bytes(mail)
        size += len(mail)
    return size
