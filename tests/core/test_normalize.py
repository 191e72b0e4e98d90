"""One spelling for everything that points to somebody."""

import string
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core import normalize
from hub.core.records import Identifier

# Text that looks like what is normalised finds more than text of all Unicode does.
TRICKY = st.text(
    st.sampled_from(" \t\n<>()\"'.,;:@+-_/?#=%8789012345доб.инкпИВАНivanru\u200b\u202e\xa0＠．ßİ。й\u0306\ud800xw№"),
    max_size=60,
)
ANY = st.one_of(st.text(max_size=80), TRICKY)


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("anna@my.example", "anna@my.example"),
        ("  Anna@MY.Example ", "anna@my.example"),
        ("mailto:anna@my.example?subject=%D0%94", "anna@my.example"),
        ("MAILTO:anna@my.example", "anna@my.example"),
        ("Анна Смирнова <anna@my.example>", "anna@my.example"),
        ('"Смирнова, Анна" <anna@my.example>;', "anna@my.example"),
        ("<anna@my.example>", "anna@my.example"),
        ("'anna@my.example'", "anna@my.example"),
        ("anna@my.example,", "anna@my.example"),
        ("anna@my.example.", "anna@my.example"),
        ("an\u200bna@my.exa\u00admple\u202c", "anna@my.example"),
        ("anna＠my．example", "anna@my.example"),
        ("anna+crm@my.example", "anna+crm@my.example"),
        ("a.n.n.a@my.example", "a.n.n.a@my.example"),
        ("anna@sub.my_host.example", "anna@sub.my_host.example"),
        ("Инфо@Почта.РФ", "инфо@xn--80a1acny.xn--p1ai"),
        ("инфо@XN--80A1ACNY.xn--p1ai", "инфо@xn--80a1acny.xn--p1ai"),
        ("anna@faß.example", "anna@xn--fa-hia.example"),
        ("anna@i❤.example", "anna@xn--i-7iq.example"),
        ("STRASSE@x.example", "strasse@x.example"),
        ("Straße@x.example", "strasse@x.example"),
        ("ivan@ya.ru", "ivan@yandex.ru"),
        ("ivan@yandex.com", "ivan@yandex.ru"),
        ("ivan@yandex.by", "ivan@yandex.ru"),
        ("ivan@yandex.kz", "ivan@yandex.ru"),
        ("i.van@yandex.ru", "i.van@yandex.ru"),
        ("ivan@mail.ya.ru", "ivan@mail.ya.ru"),
        ("ivan@googlemail.com", "ivan@gmail.com"),
    ],
)
def test_an_address_has_one_spelling(given_, expected):
    assert normalize.email(given_) == expected


@pytest.mark.parametrize(
    "rubbish",
    [
        "",
        "anna",
        "@my.example",
        "anna@",
        "anna@localhost",
        "anna@192.168.0.1",
        "anna smirnova@my.example",
        "anna@my example.ru",
        "anna@@my.example",
        "anna@my..example",
        "anna@-my.example",
        "нет",
        "anna@my.example, boris@my.example",
        "a" * 250 + "@my.example",
        "a@" + "b" * 64 + ".example",
        "a\ud800b@my.example",
        "anna@my.example" + " " * 2000,
    ],
)
def test_what_is_no_address_is_none(rubbish):
    assert normalize.email(rubbish) is None


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("romashka.example", "romashka.example"),
        ("https://www.Romashka.example:8443/o-nas?x=1#top", "romashka.example"),
        ("http://anna:secret@romashka.example/", "romashka.example"),
        ("//romashka.example/x", None),
        ("anna@romashka.example", "romashka.example"),
        ("www.romashka.example.", "romashka.example"),
        ("www.ru", "www.ru"),
        ("romashka.example:443", "romashka.example"),
        ("почта.рф", "xn--80a1acny.xn--p1ai"),
        ("romashka。example。", "romashka.example"),
        ("http://ПОЧТА.РФ/адрес", "xn--80a1acny.xn--p1ai"),
        ("1c.example", "1c.example"),
        ("ya.ru", "yandex.ru"),
        ("localhost", None),
        ("127.0.0.1", None),
        ("[::1]", None),
        ("нет сайта", None),
        ("", None),
    ],
)
def test_a_domain_has_one_spelling(given_, expected):
    assert normalize.domain(given_) == expected


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("+7 (495) 123-45-67", "+74951234567"),
        ("8 (495) 123-45-67", "+74951234567"),
        ("8-495-123-45-67", "+74951234567"),
        ("84951234567", "+74951234567"),
        ("74951234567", "+74951234567"),
        ("4951234567", "+74951234567"),
        ("(495) 123 45 67", "+74951234567"),
        ("+7 495 123–45–67", "+74951234567"),
        ("+7\u00a0495\u00a0123-45-67", "+74951234567"),
        ("тел. +7 495 123-45-67", "+74951234567"),
        ("8 800 555-35-35", "+78005553535"),
        ("8 10 375 29 123-45-67", "+375291234567"),
        ("810 49 30 123456", "+4930123456"),
        ("0049 30 1234567", "+49301234567"),
        ("+380 50 123 45 67", "+380501234567"),
        ("+1 650-253-0000", "+16502530000"),
        ("8 701 234 56 78", "+77012345678"),
        ("+7 495 123-45-67 доб. 123", "+74951234567;ext=123"),
        ("+7 495 123-45-67, доб 123", "+74951234567;ext=123"),
        ("(495) 123-45-67 (доб. 12)", "+74951234567;ext=12"),
        ("8 495 1234567 вн. 12", "+74951234567;ext=12"),
        ("8 495 1234567 внут.12", "+74951234567;ext=12"),
        ("8 495 1234567 внутренний 12", "+74951234567;ext=12"),
        ("8 495 1234567 доп 12", "+74951234567;ext=12"),
        ("8 495 1234567 добавочный номер 12", "+74951234567;ext=12"),
        ("+7 495 123-45-67 #12", "+74951234567;ext=12"),
        ("+7 495 123-45-67 ext. 12", "+74951234567;ext=12"),
        ("+7 495 123-45-67 x12", "+74951234567;ext=12"),
        ("+74951234567,12", "+74951234567;ext=12"),
        ("+74951234567;ext=12", "+74951234567;ext=12"),
        ("+49 30 1234567 доб. 5", "+49301234567;ext=5"),
        ("123-45-67", None),
        ("101", None),
        ("+7 495 123", None),
        ("8 495 123-45-67, 8 903 111-22-33", None),
        ("нет", None),
        ("", None),
        ("8" * 101, None),
    ],
)
def test_a_phone_has_one_spelling(given_, expected):
    assert normalize.phone(given_) == expected


def test_a_bare_number_belongs_to_the_country_of_the_installation():
    assert normalize.phone("029 123-45-67", "BY") == "+375291234567"
    assert normalize.phone("030 1234567", "DE") == "+49301234567"
    assert normalize.phone("8 701 234 56 78", "KZ") == "+77012345678"
    assert normalize.phone("8 495 123-45-67", "DE") != "+74951234567"


@pytest.mark.parametrize("number", ["+7 495 1234567", "8(495)123-45-67", "495 123 45 67", "84951234567"])
def test_the_fast_path_agrees_with_phonenumbers(number):
    assert normalize._of_seven(number, "RU") == normalize._of_any_country(number, "RU") == "+74951234567"


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("101", "101"),
        ("доб. 123", "123"),
        ("(123)", "123"),
        ("вн.77", "77"),
        ("ext 12345", "12345"),
        ("#42", "42"),
        ("007", "007"),
        ("5", None),
        ("123456", None),
        ("+7 495 123-45-67", None),
        ("доб.", None),
        ("١٢٣", None),
    ],
)
def test_an_extension_is_two_to_five_digits(given_, expected):
    assert normalize.extension(given_) == expected


@pytest.mark.parametrize(
    ("function", "given_", "expected"),
    [
        (normalize.inn, "7707083893", "7707083893"),
        (normalize.inn, " ИНН: 7707 083 893 ", "7707083893"),
        (normalize.inn, "7707083893/770701001", "7707083893"),
        (normalize.inn, "ИНН/КПП 7707083893/770701001", "7707083893"),
        (normalize.inn, "500100732259", "500100732259"),
        (normalize.inn, "7707083894", None),
        (normalize.inn, "7707083893.0", None),
        (normalize.inn, "770708389", None),
        (normalize.inn, "", None),
        (normalize.inn, "٧٧٠٧٠٨٣٨٩٣", None),
        (normalize.ogrn, "1027700132195", "1027700132195"),
        (normalize.ogrn, "ОГРН 1027700132195", "1027700132195"),
        (normalize.ogrn, "1027700132196", None),
        (normalize.ogrn, "304500116000157", "304500116000157"),
        (normalize.ogrn, "ОГРНИП 304500116000157", "304500116000157"),
        (normalize.ogrn, "0000000000000", None),
        (normalize.ogrn, "", None),
        (normalize.kpp, "770701001", "770701001"),
        (normalize.kpp, "КПП 7707АВ001", None),
        (normalize.kpp, "7707ab001", "7707AB001"),
        (normalize.kpp, "7707083893/770701001", "770701001"),
        (normalize.kpp, "77070100", None),
    ],
)
def test_register_numbers_stand_alone_and_are_checked(function, given_, expected):
    assert function(given_) == expected


def test_an_entrepreneur_s_number_with_a_remainder_of_two_digits_is_right():
    body = next(number for number in range(30450011600000, 30450011600999) if number % 13 == 12)
    assert normalize.ogrn(f"{body}2") == f"{body}2"
    assert normalize.ogrn(f"{body}1") is None


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("<CAF=Ab+1@mail.Example>", "CAF=Ab+1@mail.Example"),
        ("  <a@b> (added by gateway)", "a@b"),
        ("a@b", "a@b"),
        ("<a\r\n @b>", "a@b"),
        ("<>", ""),
        ("", ""),
        ("<<a@b>>", "a@b"),
    ],
)
def test_a_message_id_keeps_its_case_and_loses_its_brackets(given_, expected):
    assert normalize.message_id(given_) == expected


def test_a_long_message_id_is_cut_and_still_tells_itself_apart():
    one, other = normalize.message_id("x" * 5000 + "1@b"), normalize.message_id("x" * 5000 + "2@b")
    assert one != other
    assert len(one) == len(other) <= 300
    assert one.startswith("x" * 200)
    assert normalize.message_id("y" * 300) == "y" * 300


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("email", "Anna@My.Example", "anna@my.example"),
        ("phone", "8 495 123-45-67", "+74951234567"),
        ("phone", "доб. 101", "101"),
        ("domain", "https://my.example/", "my.example"),
        ("inn", "ИНН 7707083893", "7707083893"),
        ("ogrn", "1027700132195", "1027700132195"),
        ("ref", " companies/12 ", "companies/12"),
    ],
)
def test_an_identifier_is_normalised_by_its_kind(kind, value, expected):
    assert normalize.identifier(Identifier(kind, value)) == Identifier(kind, expected)


@pytest.mark.parametrize("kind", ["email", "phone", "domain", "inn", "ogrn", "ref"])
def test_an_identifier_of_rubbish_is_none(kind):
    assert normalize.identifier(Identifier(kind, " - ")) == (Identifier("ref", "-") if kind == "ref" else None)
    assert normalize.identifier(Identifier(kind, "  ")) is None


@pytest.mark.parametrize(
    "generic",
    [
        Identifier("email", "info@romashka.example"),
        Identifier("email", "user@mail.bitrix24.ru"),
        Identifier("domain", "mail.ru"),
        Identifier("domain", "amocrm.ru"),
        Identifier("domain", "calendar-server.bounces.google.com"),
        Identifier("phone", "+70000000000"),
        Identifier("phone", "+71111111111"),
        Identifier("phone", "+79990000000"),
        Identifier("phone", "+71234567890"),
        Identifier("phone", "101"),
        Identifier("inn", "0000000000"),
    ],
)
def test_what_may_stand_for_many_is_generic(generic):
    assert normalize.is_generic(generic)


@pytest.mark.parametrize(
    "particular",
    [
        Identifier("email", "anna@my.example"),
        Identifier("email", "anna@mail.ru"),
        Identifier("domain", "romashka.example"),
        Identifier("domain", "romashka.onmicrosoft.com"),
        Identifier("phone", "+74951234567"),
        Identifier("phone", "+74951234567;ext=12"),
        Identifier("phone", "+74957777777"),
        Identifier("phone", "+78005553535"),
        Identifier("inn", "7707083893"),
        Identifier("ref", "companies/12"),
    ],
)
def test_what_points_to_one_is_not_generic(particular):
    assert not normalize.is_generic(particular)


def test_an_installation_may_know_more_free_mail():
    town = Identifier("domain", "gorod.example")
    assert not normalize.is_generic(town)
    assert normalize.is_generic(town, frozenset({"gorod.example"}))


FUNCTIONS = [
    normalize.email,
    normalize.domain,
    normalize.phone,
    normalize.extension,
    normalize.inn,
    normalize.ogrn,
    normalize.kpp,
    normalize.message_id,
]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
@settings(deadline=None, max_examples=150)
@given(text=ANY)
def test_normalising_twice_is_normalising_once(function, text):
    once = function(text)
    assert once is None or function(once) == once


ADDRESSES = st.builds(
    "{}@{}.{}".format,
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12),
    st.text(string.ascii_letters + "абвßéЁ-_.", min_size=1, max_size=12),
    st.sampled_from(["ru", "рф", "example", "com"]),
)


@settings(deadline=None, max_examples=150)
@given(text=ADDRESSES)
def test_an_address_that_is_accepted_is_storable_and_stays(text):
    once = normalize.email(text)
    if once is not None:
        assert normalize.email(once) == once
        assert once.encode()
        assert not set(once) & set(" \t\n<>\x00")
        assert once.count("@") == 1


@settings(deadline=None, max_examples=150)
@given(
    number=st.from_regex(r"\+?[78]?[ (-]?[3489][0-9]{2}[ )-]{0,2}[0-9]{3}[ -]?[0-9]{2}[ -]?[0-9]{2}", fullmatch=True)
)
def test_both_ways_to_a_russian_phone_agree_wherever_both_know_it(number):
    fast, slow = normalize._of_seven(number, "RU"), normalize._of_any_country(number, "RU")
    assert fast is None or slow is None or fast == slow


@pytest.mark.parametrize(
    "text", ["1" * 900, "<" * 900, "+7" * 450, "a@" * 450, " доб." * 180, "я." * 450, "\u0301" * 900]
)
def test_hostile_text_takes_no_time(text):
    started = time.process_time()
    for function in FUNCTIONS:
        function(text)
        function(text[:99])
    assert time.process_time() - started < 0.5
