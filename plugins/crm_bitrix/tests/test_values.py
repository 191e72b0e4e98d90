"""What Bitrix24 writes into a field, in both of its dialects."""

import tracemalloc
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hub_crm_bitrix import values
from hub_crm_bitrix.raws import raw


@pytest.mark.parametrize(
    ("given", "found"),
    [("37", 37), (37, 37), ("0", 0), (0, 0), (None, 0), ("", 0), ("x", 0), (-5, 0), ("9" * 5_000, 0)],
    ids=lambda value: str(value)[:9],
)
def test_an_id_is_a_number_in_either_dialect(given, found):
    assert values.identity(given) == found


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("1000000.00", "1000000"),
        (19999.99, "19999.99"),
        (109053.0, "109053"),
        (10000, "10000"),
        ("1000|RUB", "1000"),
        ("12.5|RUB", "12.50"),
        ("", None),
        ("x", None),
        ("NaN", None),
        ("1e400", None),
        (None, None),
    ],
)
def test_a_sum_is_exact_however_it_is_written(given, found):
    assert values.amount(given) == (Decimal(found) if found else None)
    assert str(values.amount(given)) == str(found)


@pytest.mark.parametrize(
    "given", ["", None, {}, [], "24.08.2023 13:19:39", "9999-12-31T00:00:00+03:00", "2026-01-10", 5]
)
def test_what_is_no_moment_is_none(given):
    assert values.moment(given) is None


def test_a_moment_keeps_the_offset_of_the_portal():
    found = values.moment("2026-01-10T14:29:00+03:00")
    assert (found.utc, found.zone) == (datetime(2026, 1, 10, 11, 29, tzinfo=UTC), "+03:00")


@pytest.mark.parametrize(
    "given", ["2024-08-30T02:00:00+02:00", "2024-08-30T03:00:00+03:00", "2024-08-30T00:00:00+03:00"]
)
def test_a_date_is_the_same_day_in_whatever_zone_its_midnight_is_written(given):
    assert values.day(given) == date(2024, 8, 30)


@pytest.mark.parametrize(
    ("given", "markup", "said"),
    [
        (
            "[B]Важно[/B]: [URL=https://x.example]сайт[/URL][BR]до [USER=5]Анны[/USER]",
            values.BB,
            "Важно: сайт\nдо Анны",
        ),
        ("Цена [от 5 руб.] за шт.", values.PLAIN, "Цена [от 5 руб.] за шт."),
        (
            "<style>p{}</style><p>Добрый&nbsp;день!</p><div>Счёт&amp;акт<br>ждём</div>",
            values.HTML,
            "Добрый день!\n\nСчёт&акт\nждём",
        ),
        ("2 < 3 и 5 > 4", values.HTML, "2 < 3 и 5 > 4"),
        ("a\r\n\r\n\r\n\r\nb  ", values.BB, "a\n\nb"),
    ],
)
def test_markup_goes_and_what_is_said_stays(given, markup, said):
    assert values.plain(given, markup) == said


def test_php_writes_an_empty_map_as_a_list():
    assert values.rows([]) == values.rows({}) == values.rows(None) == ()
    assert values.row([]) == {}
    assert values.rows({"7": {"id": 7}}) == ({"id": 7},)


def test_fields_of_ones_own_are_told_by_the_names_of_the_settings():
    names = {
        "UF_CRM_1": "Договор",
        "UF_CRM_2": "Сегмент",
        "UF_CRM_3": "Номера",
        "UF_CRM_4": "Пусто",
        "UF_CRM_5": "Файл",
    }
    item = {"UF_CRM_1": "Д-1/26", "UF_CRM_2": 45, "UF_CRM_3": ["а", "б"], "UF_CRM_4": None, "UF_CRM_5": {"id": 1}}
    found = dict(values.stated(item, names, {"UF_CRM_2": {"45": "Крупный"}}))
    assert found == {"Договор": "Д-1/26", "Сегмент": "Крупный", "Номера": "а, б"}


def test_what_is_kept_of_an_object_takes_no_more_memory_than_its_bytes():
    """Thousands of them are held while those before them are stored."""
    raw(0, "deals", {}, ())
    tracemalloc.start()
    try:
        raws = [raw(number, "deals", {"TITLE": "Договор " * 60}, ()) for number in range(100)]
        held, _peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 1.5 * sum(len(one.body) for one in raws)
