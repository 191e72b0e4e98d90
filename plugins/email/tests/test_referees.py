"""Second opinions. On well-formed mail we agree with the standard library and with a parser in Rust."""

import random
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parsedate_to_datetime
from pathlib import Path

import fast_mail_parser
import pytest
from hub_email import mime
from hub_email.message import Parsed, parse

import hub

WORDS = [
    "договор",
    "счёт",
    "оплата",
    "Ромашка",
    "отгрузка",
    "срок",
    "поставка",
    "invoice",
    "payment",
    "№",
    "15/26",
    "«Василёк»",
    "—",
    "1",
    "200,50",
    "₽",
    "спасибо",
]
CHARSETS = ("utf-8", "utf-8", "koi8-r", "windows-1251", "us-ascii")
ENCODINGS = ("base64", "quoted-printable", "8bit")
NAMES = ("Пётр Петров", "Orlov, Oleg", 'Ольга "Оля" Щукина', "Jürgen", "")


def said(chance: random.Random, charset: str, count: int) -> str:
    words = " ".join(chance.choice(WORDS) for _ in range(count))
    return words.encode(charset, "ignore").decode(charset) or "text"


def letter(seed: int) -> EmailMessage:
    """A well-formed mail that differs with every seed."""
    chance = random.Random(seed)
    charset, encoding = chance.choice(CHARSETS), chance.choice(ENCODINGS)
    mail = EmailMessage()
    mail["From"] = address(chance)
    mail["To"] = ", ".join(address(chance) for _ in range(chance.randint(1, 4)))
    mail["Subject"] = said(chance, "utf-8", chance.randint(1, 20))
    mail["Date"] = f"Mon, 16 Nov 2026 10:{chance.randrange(60):02}:00 +0{chance.randrange(10)}00"
    mail["Message-ID"] = f"<{seed}@romashka.example>"
    mail.set_content(
        "\n".join(said(chance, charset, 12) for _ in range(chance.randint(2, 9))), charset=charset, cte=encoding
    )
    if chance.random() < 0.6:
        mail.add_alternative(f"<p>{said(chance, charset, 30)}</p>", subtype="html", charset=charset, cte=encoding)
    for _ in range(chance.choice((0, 0, 1, 3))):
        name = f"{said(chance, 'utf-8', 3)}.pdf".replace("/", "-")
        mail.add_attachment(
            chance.randbytes(chance.randrange(3_000)), maintype="application", subtype="pdf", filename=name
        )
    return mail


def address(chance: random.Random) -> str:
    name = chance.choice(NAMES).replace('"', "'")
    return f'"{name}" <user{chance.randrange(99)}@romashka.example>'


def tight(name: str) -> str:
    """Without spaces: the standard library reads some into long names."""
    return "".join(name.split())


def ours(data: bytes) -> hub.Email:
    parsed = parse(data)
    assert isinstance(parsed, Parsed)
    return parsed.mail


@pytest.mark.parametrize("seed", range(60))
def test_on_well_formed_mail_we_agree_with_the_standard_library(seed: int) -> None:
    data = letter(seed).as_bytes(policy=SMTP)
    mine, mail = ours(data), message_from_bytes(data, policy=SMTP)
    assert mine.subject == " ".join(mail["Subject"].split())
    assert mine.text == mail.get_body(("plain",)).get_content().replace("\r\n", "\n").strip()
    assert mine.at.utc == parsedate_to_datetime(mail["Date"])
    people = [(role, one.display_name, one.addr_spec) for role in ("from", "to") for one in mail[role].addresses]
    assert [(one.role, tight(one.name), one.identifier and one.identifier.value) for one in mine.participants] == [
        (role, tight(name), address) for role, name, address in people
    ]
    assert [(one.content_type, one.size) for one in mine.attachments] == [
        (one.get_content_type(), len(one.get_payload(decode=True))) for one in mail.iter_attachments()
    ]
    assert mine.defects == ()


@pytest.mark.parametrize("seed", range(60))
def test_on_well_formed_mail_we_agree_with_a_parser_in_rust(seed: int) -> None:
    data = letter(seed).as_bytes(policy=SMTP)
    mine, other = ours(data), fast_mail_parser.parse_email(data)
    assert mine.subject == " ".join(other.subject.split())
    assert mine.text == other.text_plain[0].replace("\r\n", "\n").strip()
    assert [one.size for one in mine.attachments] == [len(one.content) for one in other.attachments]


@pytest.mark.parametrize("seed", range(60))
def test_we_find_the_same_parts_and_the_same_bytes_in_them(seed: int) -> None:
    data = letter(seed).as_bytes(policy=SMTP)
    read = mime.read(data)
    theirs = [part for part in message_from_bytes(data).walk() if not part.is_multipart()]
    assert [leaf.kind for leaf in read.leaves] == [part.get_content_type() for part in theirs]
    assert [read.content(leaf) for leaf in read.leaves] == [part.get_payload(decode=True) for part in theirs]


def test_on_malformed_mail_we_find_what_compat32_finds(sample: Path) -> None:
    """Where it looks into forwarded mails, we do not; what it calls broken, we may still read."""
    data = sample.read_bytes()
    read, theirs = mime.read(data), message_from_bytes(data)
    if not read.is_mail or sample.stem in (
        "junk-before-the-header",
        "header-broken-in-the-middle",
        "forwarded-inside-forwarded",
    ):
        return
    assert {name.lower() for name in theirs.keys()} == set(read.root.fields)  # noqa: SIM118 - a message is no mapping
    reports = ("message/rfc822", "message/delivery-status", "message/disposition-notification")
    kinds = [part.get_content_type() for part in theirs.walk() if not part.is_multipart()]
    if not any(leaf.kind in reports for leaf in read.leaves):
        assert [leaf.kind for leaf in read.leaves] == [
            kind if kind != "multipart/mixed" else "text/plain" for kind in kinds
        ]
