"""What plugins say, and what is stored of it, is told in the language of whoever looks, not of whoever synced."""

import ast
import json
import re
import shutil

import pytest

from hub.locale import build
from tests.cli.conftest import quietly

CONFIG = """
[company]
name = "ООО «Мы»"
domains = ["my.example"]
timezone = "Europe/Moscow"
language = "ru"
[connections.archive]
connector = "email.files"
path = "mails"
store = "all"
[connections.calendar]
connector = "calendar.files"
path = "calendar"
store = "all"
"""
MAIL = """\
From: anna@my.example
To: petrov@romashka.example
Date: Mon, 2 Nov 2026 10:00:00 +0300
Subject: Hello
Content-Type: multipart/mixed; boundary=b

--b

Good day
--b
Content-Disposition: attachment; filename=price.pdf

%PDF
--b--
"""
EVENT = """\
BEGIN:VCALENDAR
BEGIN:VEVENT
UID:1
DTSTART;TZID=Nowhere/At all:20261102T100000
DTEND:20261102T090000Z
SUMMARY:Talk
ATTENDEE:mailto:petrov@romashka.example
END:VEVENT
END:VCALENDAR
"""
FILES = {"mails/inbox/rubbish.eml": "\0rubbish", "mails/inbox/1.eml": MAIL, "calendar/1.ics": EVENT}


@pytest.fixture(scope="module")
def archived(tmp_path_factory):
    """A folder of mails and one of calendars, synced in Russian."""
    folder = tmp_path_factory.mktemp("archive")
    for name, text in {**FILES, "hub.toml": CONFIG}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    quietly("--config", folder / "hub.toml", "--lang", "ru", "sync")
    return folder


@pytest.fixture
def archive(hub, archived, tmp_path, monkeypatch):
    """`hub` in a copy of it."""
    hub.folder = tmp_path / "archive"
    shutil.copytree(archived, hub.folder)
    monkeypatch.setenv("HUB_CONFIG", str(hub.folder / "hub.toml"))
    return hub


def key(archive, title):
    [line] = json.loads(archive("search", title, "--json").out)["interactions"]
    return line["key"]


def test_what_a_plugin_could_not_read_is_listed_in_either_language(archive):
    assert "файл не является письмом: в нём нет заголовка" in archive("--lang", "ru", "quarantine", "list").out
    assert "The file is not a mail: it has no header" in archive("--lang", "en", "quarantine", "list").out
    [found] = json.loads(archive("--lang", "ru", "quarantine", "list", "--json").out)
    assert found["reason"] == "The file is not a mail: it has no header"


def test_what_was_wrong_with_a_record_is_told_in_either_language(archive):
    russian = archive("--lang", "ru", "why", key(archive, "Hello")).out
    assert "Что было не так\n  Нет Message-ID.\n" in russian
    english = archive("--lang", "en", "why", key(archive, "Hello")).out
    assert "What was wrong with it\n  There is no Message-ID.\n" in english
    assert "Нет Message-ID." in archive("--lang", "ru", "history", "romashka.example", "--text").out
    assert "There is no Message-ID." in archive("history", "romashka.example", "--text").out
    assert "Message-ID" not in archive("history", "romashka.example").out


def test_a_defect_with_fields_keeps_them(archive):
    said = archive("--lang", "ru", "why", key(archive, "Talk")).out
    assert "  Часовой пояс «Nowhere/At all» неизвестен: взят пояс календаря, Europe/Moscow.\n" in said


def test_machines_and_dumps_get_the_same_in_every_language(archive):
    for words in (["dump", "--canonical"], ["history", "romashka.example", "--json"], ["quarantine", "list", "--json"]):
        assert archive("--lang", "ru", *words).out == archive("--lang", "en", *words).out


def test_a_folder_that_vanished_is_told_of_in_russian_and_later_in_english(archive):
    shutil.rmtree(archive.folder / "mails/inbox")
    folder = archive.folder / "mails"
    folder.rmdir()
    said = archive("--lang", "ru", "sync", "archive")
    assert f"{folder} больше не существует" in said.err
    assert "верните на место или уберите из подключения" in said.err
    assert f"{folder} больше не существует" in archive("--lang", "ru", "status").err
    english = archive("--lang", "en", "status").err
    assert f"{folder} does not exist" in english
    assert not re.search("[а-яё]", english.replace(str(folder), ""))


def test_an_error_that_leaves_a_command_is_told_in_russian(archive):
    [[name, *_more]] = [
        line.split() for line in archive("attachment", "list", key(archive, "Hello")).out.splitlines()[1:]
    ]
    shutil.rmtree(archive.folder / "mails")
    said = archive("--lang", "ru", "attachment", "get", name)
    assert said.code != 0
    assert f"{archive.folder / 'mails'} больше не существует" in said.err
    assert "верните на место" in said.err


def test_a_mistake_that_a_plugin_finds_in_its_settings_is_told_in_russian(hub, tmp_path):
    table = '[connections.list]\nconnector = "contacts.files"\nfiles = [{ path = "a.xls", kind = "clients" }]\n'
    (tmp_path / "hub.toml").write_text(CONFIG + table, "utf-8")
    said = hub("--lang", "ru", "--config", tmp_path / "hub.toml", "config", "check")
    assert "a.xls — в старом формате Excel: сохраните его в .xlsx" in said.out + said.err


# --- the source ------------------------------------------------------------------------------------------------------

MARKS = {"sentence", "sentences"}
ERRORS = {
    "HubError", "Misconfigured", "AuthFailed", "Unreachable", "AskedToWait", "CursorLost", "SuddenlyEmpty", "Refused",
    "Unreadable", "CannotRead", "Unfit", "Refusal",
}  # fmt: skip
SETTINGS = {"plugin.py", "settings.py", "values.py"}
"""Files whose ValueErrors are words for people."""
SENTENCE = re.compile(r"[a-z`»:] [a-z`«]")
UNSEEN = {"detail", "setting"}
"""Arguments that are for developers and programs."""


def sources():
    """What simulators say are the vendor's words, which nobody translates."""
    plugins = [
        file for package in build.packages()[1:] for file in package.rglob("*.py") if "simulator" not in file.parts
    ]
    return [*plugins, build.HUB / "testing/memory.py"]


def called(call):
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def unmarked(node):
    """Texts of more than one word inside a piece of code that stand in no mark."""
    if isinstance(node, ast.Call) and called(node) in MARKS:
        return
    if isinstance(node, ast.JoinedStr):
        text = "".join(part.value if isinstance(part, ast.Constant) else "x" for part in node.values)
        if SENTENCE.search(text):
            yield ast.unparse(node)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and SENTENCE.search(node.value):
        yield node.value
    else:
        for child in ast.iter_child_nodes(node):
            if not (isinstance(child, ast.keyword) and child.arg in UNSEEN):
                yield from unmarked(child)


@pytest.mark.parametrize("path", sources(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_sentence_that_a_plugin_says_is_marked(path):
    """Errors, reasons, what else `problem`, `reason` and `fix` are, and what a function of defects yields."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Call() if called(node) in ERRORS or (called(node) == "ValueError" and path.name in SETTINGS):
                found += [text for one in (*node.args, *node.keywords) for text in unmarked(one)
                          if not (isinstance(one, ast.keyword) and one.arg in UNSEEN)]  # fmt: skip
            case ast.keyword(arg="fix" | "reason" | "problem") | ast.Yield(value=ast.expr()):
                found += unmarked(node.value)
            case ast.Assign(targets=[ast.Name(id="fix" | "reason" | "problem") | ast.Attribute(attr="problem")]):
                found += unmarked(node.value)
    assert found == []


def test_the_search_for_unmarked_sentences_finds_them():
    for source in ('raise hub.Misconfigured(f"{x} is empty")', 'f(reason="it is bad")', 'raise hub.Refused("a b", 1)'):
        assert list(unmarked(ast.parse(source)))
    assert not list(unmarked(ast.parse('raise hub.Misconfigured(hub.sentence("{x} is empty").format(x=1))')))
