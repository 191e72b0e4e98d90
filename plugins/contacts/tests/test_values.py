"""What people write in cells, as tables."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest
from hub_contacts import values

DAY = date(2026, 11, 2)
AT = datetime(2026, 11, 2, 10, 30)  # noqa: DTZ001 - as written
MOSCOW = timezone(timedelta(hours=3))


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026-11-02", DAY),
        ("02.11.2026", DAY),
        ("2.11.26", DAY),
        ("02/11/2026", DAY),
        ("2026.11.02", DAY),
        ("02.11.2026 г.", DAY),
        ("2 ноября 2026 г.", DAY),
        ("«02» ноября 2026 года", DAY),
        ("2 Nov 2026", DAY),
        ("20261102", DAY),
        ("46328", DAY),
        ("46328.4375", AT),
        ("46328,4375", AT),
        ("02.11.2026 10:30", AT),
        ("02.11.2026, 10:30:00", AT),
        ("02.11.2026 в 10:30", AT),
        ("2026-11-02T10:30:00", AT),
        ("2026-11-02 10:30:00.123", AT),
        ("20261102T103000", AT),
        ("02.11.2026 10:30 AM", AT),
        ("2026-11-02T10:30:00Z", AT.replace(tzinfo=UTC)),
        ("2026-11-02 10:30 +03:00", AT.replace(tzinfo=MOSCOW)),
        ("2026-11-02 10:30 UTC+0300", AT.replace(tzinfo=MOSCOW)),
        ("02.11.1985", date(1985, 11, 2)),
        ("02.11.85", date(1985, 11, 2)),
    ],
)
def test_dates(text, when):
    assert values.when(text) == when


def test_american_dates_are_read_when_the_settings_say_so():
    assert values.when("11/02/2026 5:04 PM", "mdy") == AT.replace(hour=17, minute=4)


@pytest.mark.parametrize(
    "text",
    ["", "скоро", "31.02.2026", "11/21/2026", "02.11", "02.11.2026 25:00", "0001-01-01", "99999", "2 фигабря 2026"],
)
def test_what_is_no_date_is_refused(text):
    with pytest.raises(ValueError, match="is not a"):
        values.when(text)


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("1 234 567,89 ₽", "1234567.89", "RUB"),
        ("1\u00a0234\u00a0567,89", "1234567.89", ""),
        ("1234567.89", "1234567.89", ""),
        ("1,234,567.89", "1234567.89", ""),
        ("1.234.567,89", "1234567.89", ""),
        ("1'234.50", "1234.50", ""),
        ("1,234,567", "1234567", ""),
        ("500 руб.", "500", "RUB"),
        ("500,50руб", "500.50", "RUB"),
        ("руб. 500", "500", "RUB"),
        ("$1,200.50", "1200.50", "USD"),
        ("1200 EUR", "1200", "EUR"),
        ("€ 1 200", "1200", "EUR"),
        ("100 000 ₸", "100000", "KZT"),
        ("1200 XAU", "1200", "XAU"),
        ("-500", "-500", ""),
        ("−500,00", "-500.00", ""),
        ("-$500", "-500", "USD"),
        ("(500,00)", "-500.00", ""),
        ("1234-56", "1234.56", ""),
        ("1234=", "1234", ""),
        ("0,500", "0.500", ""),
        ("12345.678", "12345.678", ""),
        ("0", "0", ""),
    ],
)
def test_amounts(text, amount, currency):
    assert values.amount(text) == (Decimal(amount), currency)


@pytest.mark.parametrize("text", ["1,234", "123.456"])
def test_an_amount_that_can_be_read_in_two_ways_is_refused_until_the_settings_say(text):
    with pytest.raises(ValueError, match="can be read in two ways"):
        values.amount(text)
    mark = next(sign for sign in text if sign in ",.")
    plain = text.replace(mark, "")
    assert values.amount(text, mark)[0] == Decimal(text.replace(mark, "."))
    assert values.amount(text, "," if mark == "." else ".")[0] == Decimal(plain)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "много",
        "12 тыс.",
        "1,23457E+12",
        "1.2.3",
        "1,2.3,4",
        ".50",
        "12 34 шт",
        "1" * 40,
        "500-",
        "1234,56,78",
        "12 руб 5 коп",
    ],
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(ValueError, match=r"is not an amount|unknown currency"):
        values.amount(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("02:05", 125), ("0:02:05", 125), ("1:00:00", 3600), ("125", 125), ("125.0", 125), ("2 мин 5 сек", 125),
        ("2м5с", 125), ("1 ч. 2 мин.", 3720), ("5 сек", 5), ("0", 0), ("90:00", 5400), ("0,001446759", 125), ("2 minutes", 120),
    ],
)  # fmt: skip
def test_durations(text, seconds):
    assert values.duration(text) == seconds


@pytest.mark.parametrize("text", ["", "долго", "1:2", "-5", "12345678901"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="is not a duration"):
        values.duration(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7707083893", "7707083893"),
        ("7707083893.0", "7707083893"),
        ("7707083893,00", "7707083893"),
        ("7.707083893E9", "7707083893"),
        ("7,707083893E+09", "7707083893"),
        ("5.00100732259e+11", "500100732259"),
        ('="0274062111"', "0274062111"),
        ("+7 495 123-45-67", "+7 495 123-45-67"),
    ],
)
def test_what_excel_did_to_a_number_is_undone(text, number):
    assert values.unrounded(text) == number


@pytest.mark.parametrize("text", ["7,70708E+09", "7.7E9", "4.07028105e+19", "7,91612E+10"])
def test_digits_that_excel_lost_are_not_made_up(text):
    with pytest.raises(ValueError, match="was rounded by Excel"):
        values.unrounded(text)


@pytest.mark.parametrize("text", ["1E5", "1.0", "12.50", "A-12", "3.5E", "007"])
def test_keys_that_only_look_like_numbers_stay(text):
    assert values.key(text) == text


@pytest.mark.parametrize(
    ("number", "right"),
    [("7707083893", True), ("7707083894", False), ("500100732259", True), ("500100732258", False), ("770708389", False),
     ("٧٧٠٧٠٨٣٨٩٣", False), ("", False)],
)  # fmt: skip
def test_check_digits_of_taxpayers(number, right):
    assert values.is_inn(number) is right


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("Входящий", "in"),
        ("вх.", "in"),
        ("incoming", "in"),
        ("Исх", "out"),
        ("outbound", "out"),
        ("internal", ""),
        ("Внутренний", ""),
    ],
)
def test_directions(text, way):
    assert values.direction(text) == way


@pytest.mark.parametrize(
    ("text", "result"),
    [("Отвечен", "answered"), ("Не отвечен", "missed"), ("Пропущенный", "missed"), ("NO ANSWER", "missed"), ("ANSWERED", "answered"),
     ("Занято", "busy"), ("Голосовая почта", "voicemail"), ("Успешно", "answered"), ("жжж", "")],
)  # fmt: skip
def test_results(text, result):
    assert values.result(text) == result


@pytest.mark.parametrize(
    ("text", "kind"),
    [("Договор поставки", "contract"), ("Счёт", "invoice"), ("счет-фактура", "invoice"), ("Акт", "act"), ("УПД", "act"), ("КП", "quote"),
     ("Оплата", "payment"), ("прочее", "")],
)  # fmt: skip
def test_types_of_documents(text, kind):
    assert values.document_type(text) == kind


def test_clocks():
    assert values.clock("5:04 PM") == time(17, 4)
    with pytest.raises(ValueError, match="is not a time of day"):
        values.clock("24:60")


def test_the_currency_of_a_heading():
    assert [values.currency_in(one) for one in ("Сумма, USD", "Сумма (руб.)", "Сумма", "Сумма 643")] == [
        "USD",
        "RUB",
        "",
        "",
    ]
