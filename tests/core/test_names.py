"""Names of companies and persons, folded."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.core import names

NAMED = st.text(st.sampled_from("АаИиванёЁЙйьъщшжюя abcdeijxyzWQ.-'’\"«»()ООО ИПлtd\u0301\u200b\ud800"), max_size=40)


@pytest.mark.parametrize(
    ("text", "folded", "form"),
    [
        ("ООО «Ромашка»", "ромашка", "ооо"),
        ('ООО "Ромашка-М"', "ромашка м", "ооо"),
        ("Ромашка, ООО", "ромашка", "ооо"),
        ("О.О.О. Ромашка", "ромашка", "ооо"),
        ("OOO Ромашка", "ромашка", "ооо"),
        ("Общество с ограниченной ответственностью «Рога и копыта»", "рога и копыта", "ооо"),
        ("Romashka LLC", "romashka", "ооо"),
        ("Romashka, Ltd.", "romashka", "ооо"),
        ("ПАО «Берёзка»", "березка", "ао"),
        ("ЗАО Берёзка", "березка", "ао"),
        ("Публичное акционерное общество Берёзка", "березка", "ао"),
        ("Непубличное акционерное общество «Берёзка»", "березка", "ао"),
        ("Beryozka JSC", "beryozka", "ао"),
        ("ИП Иванов И.И.", "иванов и и", "ип"),
        ("Индивидуальный предприниматель Иванов Иван", "иванов иван", "ип"),
        ("ТОО «Степь»", "степь", "тоо"),
        ("ФГУП «Маяк»", "маяк", "фгуп"),
        ("МУП Водоканал", "водоканал", "муп"),
        ("АНО «Знание»", "знание", "ано"),
        ("ГБУ «Жилищник»", "жилищник", "гбу"),
        ("Группа компаний «Ромашка»", "ромашка", ""),
        ("ГК Ромашка", "ромашка", ""),
        ("Muster GmbH", "muster", "gmbh"),
        ("Muster GmbH & Co. KG", "muster", "gmbh"),
        ("Acme, Inc.", "acme", "inc"),
        ("AS Roma", "as roma", ""),
        ("Торговый дом «Ромашка»", "тд ромашка", ""),
        ("1C-Битрикс", "1с битрикс", ""),
        ("Ромaшкa", "ромашка", ""),
        ("ООО", "ооо", "ооо"),
        ("Компания", "компания", ""),
        ("", "", ""),
        ("«»", "", ""),
    ],
)
def test_a_company_is_known_without_its_legal_form(text, folded, form):
    assert names.fold_company(text) == folded
    assert names.legal_form(text) == form


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("ООО «Ромашка»", "Ромашка"),
        ("ООО «Ромашка»", 'Общество с ограниченной ответственностью "РОМАШКА"'),
        ("ООО «Ромашка»", "Romashka LLC"),
        ("ЗАО «Берёзка»", "ПАО Березка"),
        ("Рога и Копыта", "РогаИКопыта"),
        ("1С-Рарус", "1C Rarus"),
        ("ИП Иванов И.И.", "Иванов Иван Иванович"),
        ("ИП Иванов Иван Иванович", "ИП Иванов И. И."),
        ("ООО «Щит»", "Shchit Ltd"),
    ],
)
def test_names_of_one_company_are_compatible(a, b):
    assert names.compatible_companies(a, b)
    assert names.compatible_companies(b, a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("ООО «Ромашка»", "АО «Ромашка»"),
        ("ООО «Ромашка»", "ИП Ромашка"),
        ("Ромашка", "Ромашка Плюс"),
        ("Ромашка-М", "Ромашка"),
        ("ТД Ромашка", "Ромашка"),
        ("ООО", "ООО"),
        ("", ""),
        ("", "Ромашка"),
        ("ИП Иванов И.И.", "ИП Иванов П.П."),
    ],
)
def test_names_of_two_companies_are_not_compatible(a, b):
    assert not names.compatible_companies(a, b)
    assert not names.compatible_companies(b, a)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Пётр Иванович Петров", ("иванович", "петр", "петров")),
        ("Петров П.И.", ("и", "п", "петров")),
        ("ПЕТРОВ Пётр (ООО Ромашка)", ("петр", "петров")),
        ("г-н Петров", ("петров",)),
        ("Mr. Petr Petrov", ("petr", "petrov")),
        ("Петров Г.", ("г", "петров")),
        ("Петрова-Водкина Анна", ("анна", "водкина", "петрова")),
        ("О’Коннор Джон", ("джон", "оконнор")),
        ("Пeтpов", ("петров",)),
        ("", ()),
        ("...", ()),
    ],
)
def test_a_person_is_a_set_of_words(text, words):
    assert names.fold_person(text) == words


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Пётр Петров", "Петров Петр"),
        ("Пётр Петров", "ПЁТР ПЕТРОВ"),
        ("Пётр Иванович Петров", "Петров Пётр"),
        ("Пётр Иванович Петров", "Петров П.И."),
        ("Пётр Иванович Петров", "Петров П."),
        ("Петров П.И.", "Петров Пётр"),
        ("Петров П. И.", "П.И. Петров"),
        ("Пётр Петров", "Pyotr Petrov"),
        ("Пётр Петров", "Petrov P."),
        ("Юрий Щербаков", "Iurii Shcherbakov"),
        ("Yu. Ivanov", "Юрий Иванов"),
        ("Анна", "анна"),
        ("Мамедов Али Гасан оглы", "Мамедов Али"),
        ("Анна Смирнова", "Смирнова А. (ООО Мы)"),
        ("Смирнова Анна Сергеевна", "Anna Smirnova"),
    ],
)
def test_names_of_one_person_are_compatible(a, b):
    assert names.compatible_persons(a, b)
    assert names.compatible_persons(b, a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Пётр Петров", "Пётр Сидоров"),
        ("Пётр Петров", "Павел Петров"),
        ("Пётр Иванович Петров", "Пётр Сергеевич Петров"),
        ("Петров П.И.", "Петров П.С."),
        ("Петров П.И.", "Петров Иван"),
        ("Анна", "Анна Смирнова"),
        ("Иван Петрович", "Иван Петрович Сидоров"),
        ("Иван Петров", "Иван Петрович"),
        ("Анна Петрова", "Пётр Петров"),
        ("П. Петров", "Пётр П."),
        ("И.И.", "И.И."),
        ("Петров", "Петров Иванович"),
        ("", ""),
        ("", "Анна"),
        ("Анна Смирнова", "Анна Смирнова Кузнецова"),
        ("Саша Белов", "Александр Белов"),
    ],
)
def test_names_of_two_persons_are_not_compatible(a, b):
    assert not names.compatible_persons(a, b)
    assert not names.compatible_persons(b, a)


# --- alphabets: five standards, written here from their tables -------------------------------------------------------

SAME = dict(zip("абвгдзиклмнопрстуфыэ", "abvgdziklmnoprstufye", strict=True))
LIKE_ENGLISH = SAME | {"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch"}
AFTER_E = "аеёиоуыэюяъь"


def letters(name, table, e=None):
    """`name` by `table`; `e(before)` says how е and ё are written after the letter before."""
    out = []
    for at, sign in enumerate(name.lower()):
        before = name[at - 1].lower() if at else ""
        out.append(e(sign, before) if e and sign in "её" else table[sign])
    return "".join(out).capitalize()


def icao_9303(name):
    return letters(name, LIKE_ENGLISH | {"е": "e", "ё": "e", "й": "i", "ъ": "ie", "ь": "", "ю": "iu", "я": "ia"})


def bgn_pcgn(name):
    def e(sign, before):
        return (
            ("ye" if sign == "е" else "yë") if not before or before in AFTER_E + "й" else ("e" if sign == "е" else "ë")
        )

    return letters(name, LIKE_ENGLISH | {"й": "y", "ъ": "”", "ь": "’", "ю": "yu", "я": "ya"}, e)


def passport_of_2000(name):
    def e(sign, before):
        return "ye" if sign == "ё" or before == "ь" else "e"

    table = LIKE_ENGLISH | {"й": "y", "ъ": "", "ь": "", "ю": "yu", "я": "ya"}
    return letters(name, table, e).replace("ks", "x")


def wikipedia(name):
    def e(sign, before):
        return "yo" if sign == "ё" else ("ye" if not before or before in AFTER_E else "e")

    table = LIKE_ENGLISH | {"й": "y", "ъ": "", "ь": "", "ю": "yu", "я": "ya"}
    written = letters(name, table, e)
    return f"{written[:-2]}y" if name.endswith(("ий", "ый")) else written


def yandex_maps(name):
    def e(sign, before):
        return "yo" if sign == "ё" else ("ye" if not before or before in AFTER_E else "e")

    return letters(name, LIKE_ENGLISH | {"щ": "sch", "й": "y", "ъ": "", "ь": "", "ю": "yu", "я": "ya"}, e)


STANDARDS = [icao_9303, bgn_pcgn, passport_of_2000, wikipedia, yandex_maps]
NAMES = """
    Александр Алексей Андрей Анна Артём Василий Виктория Геннадий Григорий Дмитрий Евгений Екатерина Елена Жанна Зоя
    Илья Иосиф Ксения Людмила Майя Максим Михаил Наталья Николай Ольга Пётр Раиса Семён Сергей Татьяна Фёдор Эдуард
    Юлия Юрий Яна Ярослав
    Абрамович Быков Воробьёв Григорьев Жуков Захаров Королёв Кузьмин Лебедев Объедков Подъячев Соловьёв Ульянов Уланов
    Хрущёв Цветаева Чайковский Шишкин Шукшин Щербаков Щукин Эйзенштейн Юсупов Яковлева Ёлкин Белый Цой Мусоргский
""".split()  # noqa: SIM905 - names read better than quotes


@pytest.mark.parametrize("standard", STANDARDS, ids=lambda standard: standard.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_a_name_and_its_romanisation_have_one_key(name, standard):
    assert names.folding_key(standard(name)) == names.folding_key(name)


def test_different_names_have_different_keys():
    assert len({names.folding_key(name) for name in NAMES}) == len(NAMES)


@pytest.mark.parametrize(
    "spellings",
    [
        "Дмитрий Dmitry Dmitri Dmitrii Dmitriy Dmitrij",
        "Алексей Alexey Alexei Aleksey Aleksei",
        "Александр Alexander Aleksandr Alexandr",
        "Юлия Julia Yulia Iuliia Yuliya Juliya",
        "Наталья Natalia Natalya Natalija Nataliia Natal'ya",
        "Щербаков Shcherbakov Scherbakov Sherbakov Ščerbakov",
        "Соловьёв Solovyov Soloviev Solovyev Solovev Solov'ev",
        "Хрущёв Khrushchev Hruschev Khrushchyov Hrushchev",
        "Чайковский Tchaikovsky Chaykovskiy Chaikovskii Čajkovskij",
        "Филипп Philipp Filipp Filip",
        "Смирнов Smirnov Smirnoff Smirnow",
        "Максим Maxim Maksim",
        "Шмидт Schmidt Shmidt",
        "Виктор Viktor Victor",
        "Пётр Pyotr Petr Piotr Peter",
        "Михаил Mikhail Mihail",
    ],
)
def test_people_s_own_spellings_meet_too(spellings):
    assert len({names.folding_key(name) for name in spellings.split()}) == 1


PARTS = "п и с я ю Пётр Павел Петров Петрович Иванович Иван Сидоров Petrov Petr P Yu Юрий оглы Али ee е П.И. И.П."
PEOPLE = st.lists(st.sampled_from(PARTS.split()), max_size=5).map(" ".join)


@settings(deadline=None, max_examples=150)
@given(text=st.one_of(st.text(max_size=60), NAMED))
@example("Ӭ")
@example("KER_")
@example("KER＿")
def test_folding_twice_is_folding_once(text):
    assert names.fold_company(names.fold_company(text)) == names.fold_company(text) or names.legal_form(text)
    assert names.fold_person(" ".join(names.fold_person(text))) == names.fold_person(text)
    assert names.folding_key(names.folding_key(text)) == names.folding_key(text)


@settings(deadline=None, max_examples=150)
@given(a=st.one_of(NAMED, PEOPLE), b=st.one_of(NAMED, PEOPLE))
@example("Ё", "ee")
def test_compatibility_does_not_depend_on_who_is_asked_first(a, b):
    assert names.compatible_persons(a, b) == names.compatible_persons(b, a)
    assert names.compatible_companies(a, b) == names.compatible_companies(b, a)


@settings(deadline=None, max_examples=200)
@given(text=NAMED)
def test_a_name_with_a_word_in_it_is_compatible_with_itself(text):
    if any(len(word) > 1 for word in names.fold_person(text)):
        assert names.compatible_persons(text, text)


@pytest.mark.parametrize(
    "text", ["А" * 100_000, "(" * 100_000, "и." * 50_000, "ООО " * 30_000, "ie" * 50_000, "\u0301" * 100_000]
)
def test_hostile_names_take_no_time(text):
    started = time.process_time()
    names.fold_company(text)
    names.fold_person(text)
    names.folding_key(text)
    names.compatible_persons(text, text + "я")
    names.compatible_companies(text, text + "я")
    assert time.process_time() - started < 0.5
