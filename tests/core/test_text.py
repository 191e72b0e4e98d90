"""What a mail says itself: previews, fingerprints, likeness, and what no mail can do to them."""

import time
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core import text

ANNOUNCED = "16.11.2026, 10:05, Пётр Петров <petr@romashka.example>:"
LINES = st.sampled_from(
    [
        "Добрый день!",
        "Счёт во вложении.",
        "",
        " ",
        "> Пришлите счёт.",
        ">",
        ">> раньше",
        "-- ",
        "--",
        "С уважением,",
        "Best regards, Anna",
        "Анна Смирнова",
        "P.S. Оригинал почтой.",
        "Отправлено с iPhone",
        ANNOUNCED,
        "Пётр Петров <petr@romashka.example>",
        "пишет:",
        "On Mon, Nov 16, 2026 at 10:05 AM Petr <petr@romashka.example>",
        "wrote:",
        "-----Original Message-----",
        "От: Пётр",
        "Кому: Анна",
        "Тема: счёт",
        "Отправлено: 16.11.2026",
        "________________",
        "Это письмо является конфиденциальным.",
        "ВНИМАНИЕ: письмо от внешнего отправителя",
        "Catalog mailing list",
        "a:",
        "\ud800",
    ]
)
MAILS = st.lists(LINES, max_size=14).map("\n".join)


@settings(deadline=None, max_examples=200)
@given(mail=st.one_of(MAILS, st.text(max_size=200)))
def test_something_is_visible_whenever_something_was_written(mail):
    seen = text.visible(mail)
    assert bool(seen) == bool(mail.strip())


@settings(deadline=None, max_examples=200)
@given(mail=MAILS)
def test_nothing_is_made_up(mail):
    written = {line.strip() for line in mail.split("\n")}
    assert {line.strip() for line in text.visible(mail).split("\n")} <= written | {""}


@settings(deadline=None, max_examples=150)
@given(mail=st.one_of(MAILS, st.text(max_size=300)), length=st.integers(1, 250))
def test_a_preview_is_one_line_of_the_length_asked_for(mail, length):
    line = text.preview(mail, length)
    assert len(line) <= length
    assert len(line.splitlines()) <= 1


@settings(deadline=None, max_examples=150)
@given(a=MAILS, b=MAILS)
def test_likeness_is_between_nothing_and_all_and_the_same_both_ways(a, b):
    assert text.similarity(a, a) == 1.0
    assert 0.0 <= text.similarity(a, b) <= 1.0
    assert text.similarity(a, b) == pytest.approx(text.similarity(b, a))
    if text.fingerprint(a) == text.fingerprint(b):
        assert text.similarity(a, b) == 1.0


@pytest.mark.parametrize(
    ("mail", "length", "expected"),
    [
        ("Добрый день!\n\nСчёт во вложении.\n\nС уважением,\nАнна", 200, "Добрый день! Счёт во вложении."),
        ("раз два три четыре", 10, "раз два…"),
        ("раз, два, три, четыре", 10, "раз, два…"),
        ("одиннадцатьдвенадцать", 10, "одиннадца…"),
        ("", 10, ""),
        ("коротко", 7, "коротко"),
    ],
)
def test_a_preview_ends_between_words(mail, length, expected):
    assert text.preview(mail, length) == expected


@pytest.mark.parametrize(
    "other",
    [
        "Добрый день! Счёт № 45 во вложении.",
        "ДОБРЫЙ ДЕНЬ!\r\n\r\nСчет №45 во вложении",
        "Добрый  день!\u00a0Счёт № 45 во\nвложении.\n\n-- \nАнна",
        f"Добрый день! Счёт № 45 во вложении.\n\n{ANNOUNCED}\n> Пришлите счёт.",
        "Добрый день! Счёт № 45 во вложении.\n\n___\nCatalog mailing list\ncatalog@lists.my.example",
    ],
)
def test_a_fingerprint_ignores_how_a_text_travelled(other):
    assert text.fingerprint(other) == text.fingerprint("Добрый день!\nСчёт № 45 во вложении.")


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Счёт № 45", "Счёт № 46"),
        ("Да", "Нет"),
        ("!!!", "???"),
        ("🙂", "🙁"),
        ("", "."),
    ],
)
def test_a_fingerprint_tells_texts_apart(a, b):
    assert text.fingerprint(a) != text.fingerprint(b)


def test_a_fingerprint_is_for_ever():
    assert text.fingerprint("Добрый день!") == "fcf03f32c86ffcf4dd512a65025bb299"


def test_a_text_that_was_touched_on_its_way_is_alike_and_another_is_not():
    letter = "Направляем договор поставки и спецификацию, просим подписать до пятницы и вернуть один экземпляр. " * 5
    assert text.similarity(letter, letter + "Проверено сервером my.example") > 0.95
    assert text.similarity(letter, "Здравствуйте! Когда будет отгрузка по последнему заказу? Ждём ответа.") < 0.6


HOSTILE = {
    "quotes": "> x\n",
    "colons": "a:\n",
    "attributions without end": "пн, 16 нояб. 2026 г. в 10:05, Пётр <p@x.ru\n",
    "senders": "От: x\n",
    "dashes": "-" * 399 + "\n",
    "rules": "_\n",
    "leave-takings": "С уважением, Анна\n",
    "postscripts": "P.S.\nС уважением\n",
    "footers": "---\nDisclaimer\n\n",
    "spaces": " " * 399 + "x\n",
    "at signs": "a@" * 190 + ":\n",
    "writers": "on " + "1" * 390 + " writes:\n",
    "one line": "слово ",
    "one quote": ">",
    "new lines": "\n",
    "carriage returns": "\r",
    "digits": "1 " * 190 + ":\n",
    "brackets": "a@b" + ")" * 300 + "\n",
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_time_grows_no_faster_than_the_text(hostile):
    def seconds(size):
        mail = hostile * (size // len(hostile))
        best = float("inf")
        for _ in range(2):
            started = time.process_time()
            text.visible(mail)
            best = min(best, time.process_time() - started)
        return best

    small, large = seconds(25_000), seconds(100_000)
    assert large < 12 * small + 0.05  # four times the text; room for a busy machine, none for a square


def test_only_a_million_characters_are_looked_at():
    mail = "слово " * 400_000
    assert len(text.visible(mail)) <= 1_000_000


# --- marks: every program's own, in a table -------------------------------------------------------------------------

DATES = [
    "16.11.2026, 10:05",
    "16.11.2026 в 10:05",
    "пн, 16 нояб. 2026 г. в 10:05",
    "Понедельник, 16 ноября 2026, 10:05 +03:00",
]
WRITERS = ["Пётр Петров <petr@romashka.example>", '"Пётр Петров" <petr@romashka.example>', "petr@romashka.example"]


@pytest.mark.parametrize(
    "announced",
    [f"{date}{joint}{writer}:" for date, writer, joint in product(DATES, WRITERS, [", ", " от "])]
    + [f"{date}, Пётр Петров {verb}:" for date, verb in product(DATES, ["пишет", "написал", "написал(а)", "писал(а)"])]
    + ["Вы писали 16 ноября 2026 г., 10:05:48:", "Пётр Петров писал(а) 2026-11-16 10:05:"]
    + ["On 16.11.2026 10:05, Petr wrote:", "Petr Petrov <petr@romashka.example> writes:"],
)
def test_whoever_is_announced_is_cut(announced):
    assert text.visible(f"Хорошо.\n\n{announced}\nКогда отгрузка?") == "Хорошо."
    assert text.visible(f"Хорошо.\n\n{announced}\n\n> Когда?\n\nЗавтра.") == "Хорошо.\n\nЗавтра."


@pytest.mark.parametrize(
    "sentence",
    [
        "Просим оплатить до 16.11.2026:",
        "Встречаемся 16.11.2026 в 10:05 по адресу:",
        "Наш бухгалтер писала вам трижды:",
        "Пишите на адрес petr@romashka.example:",
        "От: кого угодно",
        "Тема: поставка",
        "Отправлено курьером 16.11.2026",
        "Отправлено через СДЭК",
        "С уважением отнеситесь к нашей просьбе, сроки горят",
        "Best price in town for your company",
        "Это письмо мы отправили вам повторно",
        "Внимание: изменился внешний вид упаковки",
        "Вы получили это письмо?",
        "Если вы не хотите получать товар, сообщите",
        "- оплата 30 дней",
        "Дата: 16.11.2026\nТема: поставка\nКому: отделу продаж",
    ],
)
def test_an_ordinary_sentence_is_kept(sentence):
    mail = f"Добрый день!\n{sentence}\nЖдём ответа."
    assert text.visible(mail) == mail
