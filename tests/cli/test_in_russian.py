"""What goes wrong is told in the language of whoever reads it, down to the database."""

import ast
import json
import re
import sqlite3
from datetime import date, datetime

import pytest

from hub import errors, i18n
from hub.core.records import Note, moment
from hub.engine import mapping
from hub.engine.doubt import Doubt
from hub.engine.mapping import Maker, Place
from hub.i18n import told, using
from hub.testing.memory import Memory
from tests.cli import shop

NAMES = {"hub", "accept-empty", "sync", "shop", "INBOX", "anna", "boris", "my", "example", "CRM"}
ERRORS = {
    kind.__name__ for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.HubError)
}


def english(text):
    """The Latin words of a text that are no names."""
    return set(re.findall(r"[A-Za-z][A-Za-z-]*", text)) - NAMES


def test_a_stream_that_is_suddenly_empty_is_refused_in_russian_throughout(sold):
    source = Memory.load(sold.folder / "shop.json")
    for number in range(1, 9):
        source.delete("INBOX", str(number))
    source.save(sold.folder / "shop.json")
    said = sold("--lang", "ru", "sync")
    assert said.code == 1
    assert (
        "Ошибка: shop/Входящие (anna@my.example): из shop/INBOX пропали элементы: 6 из 6; ничего не изменено"
        in said.err
    )
    assert "если всё верно, выполните `hub accept-empty shop INBOX` и запустите синхронизацию ещё раз" in said.err
    assert english(said.out + said.err) == set()
    told = sold("--lang", "ru", "status")
    assert "пропали элементы" in told.err
    assert english(told.out + told.err) <= {"quarantine", "list"}


def test_a_reason_of_the_quarantine_is_shown_in_the_language_of_whoever_looks(sold):
    database = sqlite3.connect(sold.folder / "data/hub.db")
    with database:
        database.execute("UPDATE quarantine SET reason = 'the plugin failed in notes.py:7: KeyError'")
    database.close()
    assert "сбой плагина, notes.py:7: KeyError" in sold("--lang", "ru", "quarantine", "list").out
    assert "the plugin failed in notes.py:7: KeyError" in sold("quarantine", "list").out
    [found] = json.loads(sold("--lang", "ru", "quarantine", "list", "--json").out)
    assert found["reason"] == "the plugin failed in notes.py:7: KeyError"


def test_a_stream_that_is_mostly_unreadable_is_refused_in_russian(sold):
    source = Memory.load(sold.folder / "shop.json")
    for number in range(100, 120):
        source.add("crm", str(number), b"rubbish")
    source.save(sold.folder / "shop.json")
    said = sold("--lang", "ru", "sync")
    assert "не прочитано элементов: 12 из 12; самая частая причина: " in said.err
    assert "выполните `hub quarantine accept shop crm`" in said.err


def test_a_database_that_is_not_one_is_told_of_in_russian(sold):
    database = sold.folder / "data/hub.db"
    for file in database.parent.glob("hub.db*"):
        file.unlink()
    assert f"базы {database} нет" in sold("--lang", "ru", "status").err
    database.write_bytes(b"x" * 4096)
    said = sold("--lang", "ru", "status")
    assert said.code == 5
    assert f"{database}: это не файл базы хаба" in said.err
    assert "восстановите резервную копию" in said.err


# --- reasons ---------------------------------------------------------------------------------------------------------


def _failing(_body, _settings, _window):
    raise KeyError("x")


def _naive(_body, _settings, _window):
    return [mapping.Mapped(Note(at=moment(datetime(2026, 11, 2))))]  # noqa: DTZ001 - the defect


_LINE, _NAIVE_LINE = (f"test_in_russian.py:{one.__code__.co_firstlineno + 1}" for one in (_failing, _naive))


NOTE = mapping.Mapped(Note(at=shop.at(1), title="x"))
MAPS = [
    (_failing, f"the plugin failed in {_LINE}: KeyError", f"сбой плагина, {_LINE}: KeyError"),
    (_naive, f"the plugin made a moment without a time zone in {_NAIVE_LINE}", f"плагин, {_NAIVE_LINE}: время без часового пояса"),
    (lambda *_: [NOTE, NOTE], "the plugin returned two records for one part", "плагин вернул две записи для одной части"),
    (lambda *_: ["x"], "map() of the plugin gave str where hub.Mapped is due", "плагин: map() даёт str, а нужно hub.Mapped"),
    (
        lambda *_: (mapping.Mapped(NOTE.record, str(n)) for n in range(mapping.RECORDS_LIMIT + 1)),
        "the plugin made more than 5000 records of one item",
        "плагин сделал из одного элемента больше 5000 записей",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("connector", "stored", "shown"), MAPS)
def test_a_reason_is_stored_in_english_whoever_syncs_and_shown_in_russian(connector, stored, shown):
    maker, place = Maker(connector, None, 1, date(2026, 1, 1), 0), Place(1, "shop", "INBOX", "", "")
    with using("ru"):
        unreadable = maker.prepare(place, "1", "", b"").unreadable
        assert unreadable.reason == stored
        assert told(stored) == shown
    with using("en"):
        assert told(stored) == stored


def test_what_a_plugin_without_a_catalog_says_stays_as_it_is():
    with using("ru"):
        assert told("The file is not a mail") == "The file is not a mail"
        assert told("the plugin brought str instead of bytes") == "плагин передал str вместо байтов"
        assert told("it cannot be opened: Permission denied") == "не открывается: нет доступа"


def test_a_page_that_is_none_is_refused_in_english_and_told_in_russian():
    with using("ru"), pytest.raises(errors.Inconsistent) as refused:
        Doubt("notes.files").look("x")
    assert str(refused.value) == "pull() of the plugin notes.files gave str where hub.Page is due"
    with using("ru"):
        assert told(str(refused.value)) == "плагин notes.files: pull() даёт str, а нужно hub.Page"
        assert told(refused.value.fix) == "сообщите автору плагина"


# --- the source ------------------------------------------------------------------------------------------------------


def _plain(call):
    """Whether an error is raised with words that nobody can translate."""
    said = [*call.args[:1], *(keyword.value for keyword in call.keywords if keyword.arg == "fix")]
    return any(isinstance(one, ast.JoinedStr) or (isinstance(one, ast.Constant) and one.value) for one in said)


def test_no_error_of_the_hub_is_raised_in_words_that_are_not_translated():
    package = i18n.LOCALE.parent
    found = [
        f"{path.relative_to(package)}:{call.lineno}"
        for path in package.rglob("*.py")
        if "testing" not in path.parts
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in {*ERRORS, "Leased"}
        and _plain(call)
    ]
    assert found == []


@pytest.mark.parametrize("syncs", ["ru", "en"])
def test_why_a_run_failed_is_kept_in_english_and_told_in_the_language_of_whoever_looks(sold, syncs):
    source = Memory.load(sold.folder / "shop.json")
    for number in range(1, 9):
        source.delete("INBOX", str(number))
    for number in range(100, 120):
        source.add("crm", str(number), b"rubbish")
    source.save(sold.folder / "shop.json")
    assert sold("--lang", syncs, "sync").code == 1
    english_, russian = sold("--lang", "en", "status"), sold("--lang", "ru", "status")
    for message in ("6 of 6 items of shop/INBOX are no longer listed; nothing was changed", "12 of 12 items could not"):
        assert message in english_.err
    for message in ("из shop/INBOX пропали элементы: 6 из 6; ничего не изменено", "не прочитано элементов: 12 из 12"):
        assert message in russian.err
    kept = [one["last"]["message"] for one in json.loads(sold("--lang", "ru", "status", "--json").out)["streams"]]
    assert [one for one in kept if one and re.search("[а-яё]", one)] == []
