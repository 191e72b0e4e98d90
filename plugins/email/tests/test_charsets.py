"""Text comes out right though the charset is not said, or is a lie."""

import pytest
from hub_email import charsets, russian

SUBJECTS = """Счёт на оплату|Договор поставки № 15|Re: Встреча в четверг|Акт сверки|Срочно!|СРОЧНО|Коммерческое предложение
Иванов Иван|Пётр Петров|Анна Смирнова|Борис|Ольга Щукина|Юрий Жуков|Отгрузка 12.11|Привет|Fwd: Заявка|ООО «Ромашка»
ЗАО ТД Восход|Елена|Эльдар Рязанов|Прайс-лист|Бухгалтерия|Вопрос по счёту|Оплата|Да|Нет|Ответ: Договор|ИП Кузнецов
ОАО ГАЗПРОМ|Менеджер отдела продаж|Илья|Глеб|Алексей|Дмитрий|КОМУ|Съезд|Объект|Ёлкин|Приглашение: Совещание
Автоответ: отпуск|Замечания к акту|Скан договора|Подтверждение заказа|Гарантийное письмо|Смета на монтаж|Уточнение цены
Техническое задание|Пропуск на завтра|С днём рождения!|Перенос встречи|Просрочка платежа|Возврат товара""".replace(
    "\n", "|"
).split("|")
TEXT = """Добрый день! Направляем подписанный договор и счёт на оплату. Просим подтвердить получение и сообщить дату отгрузки.
Если останутся вопросы по спецификации, звоните, пожалуйста, по телефону +7 (495) 123-45-67. С уважением, отдел продаж."""
DECLARED = ("", "utf-8", "us-ascii", "iso-8859-1", "x-unknown", "koi8-r", "windows-1251", "iso-8859-5")


@pytest.mark.parametrize("declared", DECLARED)
@pytest.mark.parametrize("written", ["cp1251", "koi8-r", "iso8859-5", "cp866", "utf-8"])
def test_russian_text_is_read_whatever_charset_is_declared(written: str, declared: str) -> None:
    data = TEXT.encode(written)
    assert charsets.decode(data, declared) == TEXT


def test_of_short_russian_headers_99_in_100_are_read_whatever_charset_is_declared() -> None:
    cases = [
        (subject, subject.encode(written, "ignore"), declared)
        for subject in SUBJECTS
        for written in ("cp1251", "koi8-r", "utf-8")
        for declared in DECLARED
        if subject == subject.encode(written, "ignore").decode(written)
    ]
    wrong = [case for case in cases if charsets.decode(case[1], case[2]) != case[0]]
    assert len(cases) > 1_000
    assert len(wrong) <= len(cases) // 100, wrong


@pytest.mark.parametrize(
    ("text", "written", "declared"),
    [
        ("Schöne Grüße, wir würden uns freuen", "latin-1", ""),
        ("Schöne Grüße, wir würden uns freuen", "latin-1", "us-ascii"),
        ("façade, déjà vu, œuvre", "cp1252", "iso-8859-1"),
        ("Zażółć gęślą jaźń", "iso8859-2", "iso-8859-2"),
        ("您好，附件是我们的报价单", "gb18030", ""),
        ("您好，附件是我们的报价单", "gb18030", "gb2312"),
        ("見積書を送ります", "iso2022-jp", "iso-2022-jp"),
        ("Добрый день, це лист українською мовою, її зміст", "cp1251", "windows-1251"),
        ("Добрый день", "utf-16", "utf-16"),
        ("plain", "ascii", "nonsense"),
    ],
)
def test_text_of_other_languages_is_read(text: str, written: str, declared: str) -> None:
    assert charsets.decode(text.encode(written), declared) == text


@pytest.mark.parametrize(
    "name", ["idna", "rot13", "zlib_codec", "bz2", "hex", "unicode_escape", "punycode", "undefined", "../os", "\0"]
)
def test_a_codec_that_is_no_charset_is_not_used(name: str) -> None:
    assert charsets.lookup(name) == ""
    assert charsets.decode("да, \\u0041 да".encode(), name) == "да, \\u0041 да"


@pytest.mark.parametrize(
    "name",
    ["UTF8", "utf8mb4", "Windows-1251", "win-1251", "cp-1251", '"koi8-r"', "KOI8R", "x-mac-cyrillic", "ks_c_5601-1987"],
)
def test_charsets_go_by_the_names_mailers_use(name: str) -> None:
    assert charsets.lookup(name)


def test_a_character_cut_in_two_at_the_end_costs_that_character_only() -> None:
    assert charsets.decode("Договор поставки".encode()[:-1], "utf-8") == "Договор поставк�"


def test_lone_surrogates_never_come_out() -> None:
    for data, name in ((b"+2AA-", "utf-7"), (b"\x00\xd8", "utf-16-le"), (b"\xed\xa0\x80", "utf-8")):
        charsets.decode(data, name).encode()


def test_russian_looks_more_russian_in_its_own_encoding_than_in_any_other() -> None:
    for written in russian.CYRILLIC:
        data = russian.sample(TEXT.encode(written))
        scores = {encoding: russian.score(data, encoding) for encoding in russian.CYRILLIC}
        assert max(scores, key=scores.__getitem__) == written
        assert scores[written] > 4
