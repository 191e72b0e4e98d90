"""What a mail costs: CPU time of pruning it, and of mapping what was pruned, beside what the standard library takes.

    uv run python plugins/email/tests/speed.py

The mails are Cyrillic multiparts (text, HTML, a PDF) of 19 kB. The fastest of many short rounds counts, so that others
at work on the machine do not; where they never rest, trust the ratio. Prints one JSON line.
"""

import json
import random
import time
from collections.abc import Callable
from datetime import date
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

from hub_email.mapping import to_records
from hub_email.prune import prune

import hub

ROUNDS = 400
WINDOW = hub.Window(date(2026, 11, 1), date(2027, 6, 1))
TEXT = """Анна, добрый день!

Высылаем подписанный договор поставки № 15/26 и счёт на оплату. Просим подтвердить получение и сообщить
дату отгрузки. Если останутся вопросы по спецификации, звоните, пожалуйста, по телефону +7 (495) 123-45-67.

"""


def letter(number: int) -> bytes:
    mail = EmailMessage()
    for hop in range(4):
        mail["Received"] = (
            f"from mx{hop}.romashka.example (mx{hop}.romashka.example [192.0.2.{hop + 1}]) by mail.my.example with ESMTPS"
            f" id 4AB{number}{hop} for <anna@my.example>; Mon, 16 Nov 2026 10:{number % 60:02}:0{5 - hop} +0300 (MSK)"
        )
    mail["From"] = f"Пётр Петров <petr{number}@romashka.example>"
    mail["To"] = f"Анна Смирнова <anna@my.example>, Борис Кузнецов <boris{number}@my.example>"
    mail["Subject"] = f"Re: Договор поставки и счёт на оплату № {number} от ноября"
    mail["Date"] = f"Mon, 16 Nov 2026 10:{number % 60:02}:00 +0300"
    mail["Message-ID"] = f"<{number}.abc@romashka.example>"
    mail["In-Reply-To"] = f"<{number - 1}.abc@my.example>"
    mail["References"] = f"<{number - 2}.abc@my.example> <{number - 1}.abc@my.example>"
    body = TEXT * 3
    mail.set_content(body, cte="base64")
    mail.add_alternative("".join(f"<p>{line}</p>\n" for line in body.split("\n")), subtype="html", cte="base64")
    pdf = random.Random(number).randbytes(9_500)
    mail.add_attachment(pdf, maintype="application", subtype="pdf", filename=f"Счёт {number}.pdf")
    return mail.as_bytes(policy=SMTP.clone(max_line_length=200))


def stdlib(data: bytes) -> object:
    """The same work with compat32, header decoding left out."""
    mail = message_from_bytes(data)
    return [(part.get_content_type(), part.get_filename(), part.get_payload(decode=True)) for part in mail.walk()]


def fastest(works: dict[str, Callable[[], object]]) -> dict[str, float]:
    """The least CPU time of each in µs, taken in turns."""
    least = dict.fromkeys(works, float("inf"))
    for _ in range(ROUNDS):
        for name, work in works.items():
            began = time.process_time()
            work()
            least[name] = min(least[name], time.process_time() - began)
    return {name: seconds * 1e6 for name, seconds in least.items()}


def main() -> None:
    mails = [letter(number) for number in range(10)]
    raws = [prune(mail) for mail in mails]
    taken = fastest(
        {
            "prune": lambda: [prune(mail) for mail in mails],
            "map": lambda: [to_records(raw, None, WINDOW) for raw in raws],
            "compat32": lambda: [stdlib(mail) for mail in mails],
        }
    )
    each = {f"{name}_us": round(taken[name] / len(mails), 1) for name in taken}
    sizes = {"mail_bytes": len(mails[0]), "raw_bytes": len(raws[0])}
    times = {f"compat32_by_{name}": round(taken["compat32"] / taken[name], 1) for name in ("prune", "map")}
    print(json.dumps(each | times | sizes))


if __name__ == "__main__":
    main()
