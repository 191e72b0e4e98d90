"""What was said and stored in English is shown in the language of whoever looks."""

import ast
import time
from importlib import import_module
from string import Formatter

import pytest

from hub.i18n import _, ngettext, sentence, sentences, told, using
from hub.locale import build
from hub.settings.config import locale_of

SOURCE = """
sentence("{file} is empty")
sentence("row {number}")
sentence("{file} has {names}")
sentence("{why}; did you mean {name}?")
sentence("it has no date")
sentence("{where}: {why}")
sentence("The series is kept as one meeting: {why}.")
sentence("write a table: {{ key = value }} into {file}")
sentence("the price is ${env:PRICE}")
sentences("There is {n} attendee too many", "There are {n} attendees too many", n)
"""
RUSSIAN = {
    "{file} is empty": "файл {file} пуст",
    "row {number}": "строка {number}",
    "{file} has {names}": "в файле {file} есть {names}",
    "{why}; did you mean {name}?": "{why}; может быть, {name}?",
    "{where}: {why}": "{where}: {why}",
    "it has no date": "нет даты",
    "The series is kept as one meeting: {why}.": "Серия записана одной встречей: {why}.",
    "write a table: {{ key = value }} into {file}": "впишите в {file} таблицу: {{ ключ = значение }}",
    "the price is ${env:PRICE}": "цена — ${env:PRICE}",
    "There is {n} attendee too many": ("Лишний {n} участник", "Лишних {n} участника", "Лишних {n} участников"),
}


@pytest.fixture(scope="module")
def locale(tmp_path_factory):
    package = tmp_path_factory.mktemp("notes") / "acme_notes"
    package.mkdir()
    (package / "__init__.py").write_text(SOURCE)
    catalog = build.updated("ru", build.extracted(package), package)
    for message in catalog:
        if message.id:
            message.string = RUSSIAN[message.id if isinstance(message.id, str) else message.id[0]]
    file = build.catalog_file("ru", package)
    file.parent.mkdir(parents=True)
    file.write_bytes(build.po(catalog))
    assert build.main([str(package)]) == 0
    assert build.main(["--check", str(package)]) == 0
    return package / "locale"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("it has no date", "нет даты"),
        ("/srv/a: b {c}.csv is empty", "файл /srv/a: b {c}.csv пуст"),
        ("a.csv, row 3: it has no date", "a.csv, row 3: нет даты"),
        ("row 3: it has no date", "строка 3: нет даты"),
        ("row 3", "строка 3"),
        ("a.csv has X; did you mean X?", "в файле a.csv есть X; может быть, X?"),
        ("a: b.csv, row 3: it has no date", "a: b.csv, row 3: нет даты"),
        ("The series is kept as one meeting: it has no date.", "Серия записана одной встречей: нет даты."),
        ("The series is kept as one meeting: [Errno 5].", "Серия записана одной встречей: [Errno 5]."),
        ("write a table: { key = value } into x", "впишите в x таблицу: { ключ = значение }"),
        ("the price is ${env:PRICE}", "цена — ${env:PRICE}"),
        ("There is 1 attendee too many", "Лишний 1 участник"),
        ("There are 3 attendees too many", "Лишних 3 участника"),
        ("There are 11 attendees too many", "Лишних 11 участников"),
        ("There are 1021 attendees too many", "Лишний 1021 участник"),
    ],
)
def test_a_sentence_is_recognised_by_the_words_around_its_fields(locale, said, shown):
    with using("ru"):
        assert told(said, locale) == shown
    with using("en"):
        assert told(said, locale) == said


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Bob: who knows",
        "There are many attendees too many",
        "The end of the event",
        "x" * 5000,
        "нет даты",
        "{",
        "{0}",
    ],
)
def test_what_nobody_has_marked_stays_as_it_is(locale, said):
    with using("ru"):
        assert told(said, locale) == said


@pytest.mark.parametrize("said", ["a: " * 1300, "row a, b: " * 390, "; did you mean " * 250, "{" * 4000])
def test_whatever_is_said_is_read_in_little_time(locale, said):
    began = time.process_time()
    with using("ru"):
        told(said, locale)
    assert time.process_time() - began < 2


SETTINGS = "import hub\nclass Settings(hub.Settings): pass\n"


@pytest.mark.parametrize(
    ("module", "files", "folder"),
    [
        ("acme_one", ["acme_one.py"], "locale"),
        ("acme_two", ["acme_two/__init__.py"], "acme_two/locale"),
        ("acme_three.plugin", ["acme_three/__init__.py", "acme_three/plugin.py"], "acme_three/locale"),
        (
            "acme_four.deep.plugin",
            ["acme_four/__init__.py", "acme_four/deep/__init__.py", "acme_four/deep/plugin.py"],
            "acme_four/locale",
        ),
    ],
)
def test_the_catalogs_of_a_plugin_are_those_of_its_package(tmp_path, monkeypatch, module, files, folder):
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(SETTINGS)
    (tmp_path / folder).mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    assert locale_of(import_module(module).Settings) == tmp_path / folder


def test_a_plugin_without_a_catalog_speaks_english_and_one_with_a_damaged_one_too(tmp_path):
    with using("ru"):
        assert told("it has no date", tmp_path / "none/locale") == "it has no date"
        damaged = build.catalog_file("ru", tmp_path / "bad").with_suffix(".mo")
        damaged.parent.mkdir(parents=True)
        for content in (b"", b"rubbish", b"\xde\x12\x04\x95" + b"\xff" * 40):
            damaged.write_bytes(content)
            assert told("it has no date", tmp_path / "bad/locale") == "it has no date"


def test_a_translation_with_fields_of_its_own_breaks_nothing(tmp_path):
    package = tmp_path / "acme_odd"
    package.mkdir()
    (package / "__init__.py").write_text('sentence("{file} is empty")')
    assert build.main([str(package)]) == 0
    file = build.catalog_file("ru", package)
    file.write_text(file.read_text().replace('msgstr ""\n', 'msgstr "{path} пуст"\n').replace('"{path} пуст"', '""', 1))
    assert build.main([str(package)]) == 0
    assert build.main(["--check", str(package)]) == 1
    with using("ru"):
        assert told("a.csv is empty", package / "locale") == "a.csv is empty"


def test_what_the_hub_itself_says_of_a_plugin_is_known_beside_the_plugins_own(locale):
    with using("ru"):
        assert told("the plugin failed in notes.py:7: KeyError", locale) == "сбой плагина, notes.py:7: KeyError"


def test_the_english_form_follows_the_number():
    said = [sentences("{n} card", "{n} cards", n).format(n=n) for n in (0, 1, 2)]
    assert said == ["0 cards", "1 card", "2 cards"]
    assert sentence("{n} card") == "{n} card"


def fields(message):
    """The names in braces, none where they are braces of a configuration."""
    found = [(field, spec) for _words, field, spec, _conversion in Formatter().parse(message) if field is not None]
    return [field for field, _ in found] if all(field.isidentifier() and not spec for field, spec in found) else []


def said_by_the_hub():
    """The messages with fields, one or with its plural, that the hub's source marks as what will be told."""
    for path in build.HUB.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in {"sentence", "sentences"}:
                forms = tuple(one.value for one in call.args if isinstance(one, ast.Constant))
                if forms and any(fields(forms[0])):
                    yield forms


def test_everything_that_the_hub_says_is_recognised_when_it_is_told():
    """What a plugin said may look like a short message by chance, so those are not recognised: none may be so short."""
    failed = []
    with using("ru"):
        for one, *many in said_by_the_hub():
            values = {name: 3 if name == "n" else f"«{name}»" for name in fields(one)}
            inside = dict.fromkeys(values.keys() & {"why", "where"}, "check its owner and rights")
            form = ngettext(one, many[0], 3) if many else _(one)
            shown = form.format(**values | {name: _(words) for name, words in inside.items()})
            said = (many[0] if many else one).format(**values | inside)
            if told(said) != shown:
                failed.append((said, told(said)))
    assert failed == []
