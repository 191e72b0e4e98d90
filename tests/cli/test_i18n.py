import ast
import os
import re
import subprocess
import sys

import pytest
import typer
from babel.messages.catalog import Catalog

from hub import i18n
from hub.cli import main, words
from hub.i18n import N_, _, language, ngettext, spoken, using
from hub.locale import build


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"HUB_LANG": "ru", "LANG": "en_US.UTF-8"}, "ru"),
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LC_ALL": "ru_RU", "LANG": "en_US"}, "ru"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"HUB_LANG": ""}, "en"),
        ({}, "en"),
    ],
)
def test_the_language_is_what_the_environment_says(monkeypatch, environ, said):
    for name in ("HUB_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with using(""):
        assert language() == said


def test_a_language_is_chosen_for_a_block():
    with using("ru"):
        assert _("yes") == "да"
        with using("en_US"):
            assert _("yes") == "yes"
        assert _("yes") == "да"


def test_languages_without_a_catalog_are_not_spoken():
    assert [spoken(one) for one in ("ru-RU", "EN", "de", "", "russian")] == ["ru", "en", "", "", ""]


@pytest.mark.parametrize(
    ("n", "russian"), [(0, "0 ошибок"), (1, "1 ошибка"), (2, "2 ошибки"), (5, "5 ошибок"), (11, "11 ошибок"), (21, "21 ошибка"), (112, "112 ошибок")]
)  # fmt: skip
def test_russian_has_three_plurals(n, russian):
    with using("ru"):
        text = ngettext("{n} mistake in {file}", "{n} mistakes in {file}", n).format(n=n, file="hub.toml")
    assert text == f"{russian} в hub.toml"
    with using("en"):
        assert ngettext("{n} mistake", "{n} mistakes", n) == ("{n} mistake" if n == 1 else "{n} mistakes")


def test_a_word_nobody_has_translated_stays_as_it_is():
    with using("ru"):
        assert (_("xyzzy"), _(""), N_("yes")) == ("xyzzy", "", "yes")


def test_importing_the_module_opens_no_catalog():
    script = "import sys, hub.i18n; print('gettext' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=30)
    assert said.stdout == "False\n"


# --- the catalogs ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def template():
    return build.extracted()


@pytest.mark.parametrize("language", build.TRANSLATED)
@pytest.mark.parametrize("package", build.packages(), ids=lambda package: package.name)
def test_every_word_of_the_source_is_translated_and_the_files_are_fresh(language, package):
    wrong = list(build.stale(language, package))
    assert not wrong, "run `python -m hub.locale.build`, translate what is missing, run it again:\n" + "\n".join(wrong)


def test_a_translation_with_other_fields_than_its_original_is_found():
    catalog = Catalog(locale="ru")
    catalog.add("{n} of {all}", "{n} из {all}")
    catalog.add("${env:NAME} of {file}", "${env:ИМЯ} в {file}")
    catalog.add(("{n} mail", "{n} mails"), ("{n} письмо", "{n} письма", "{m} писем"))
    catalog.add("{file} is empty", "{path} пуст")
    assert [message.id for message in build.unlike(catalog)] == [("{n} mail", "{n} mails"), "{file} is empty"]


def test_no_word_to_translate_stands_inside_an_f_string():
    """Where the tools that extract words do not look."""
    hidden = [
        f"{path}:{call.lineno}"
        for path in i18n.LOCALE.parent.rglob("*.py")
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in build.KEYWORDS
    ]
    assert hidden == []


def test_building_twice_gives_the_same_bytes(template):
    once = build.po(build.updated("ru", template))
    assert once == build.po(build.updated("ru", template))
    assert b"POT-Creation-Date" not in once


def test_what_is_compiled_bears_no_date_so_that_it_is_as_fresh_tomorrow():
    compiled = build.catalog_file("ru").with_suffix(".mo").read_bytes()
    assert re.findall(rb"Date: (\d{4})", compiled) == [b"1970"]


def test_a_word_without_a_translation_is_found(template):
    template = build.extracted()
    template.add("a new word")
    template.add(("{n} new word", "{n} new words"))
    found = {message.id for message in build.untranslated(build.updated("ru", template))}
    assert {"a new word", ("{n} new word", "{n} new words")} <= found
    assert "yes" not in found


# --- the command line ------------------------------------------------------------------------------------------------


def test_the_command_line_speaks_the_language_asked_for(hub):
    said = hub("--lang", "ru", "--help").out
    assert said.startswith("Использование: hub [ПАРАМЕТРЫ]")
    assert "Show this message" not in said
    assert "Options" not in said
    assert hub("config", "--lang=ru", "--help").out.startswith("Использование: hub config")
    assert hub("--lang", "ru", "cnfig").err.startswith("Ошибка: ")


@pytest.mark.parametrize(
    ("command", "usage"),
    [
        (["why"], "hub why [ПАРАМЕТРЫ] КЛИЕНТ|ВЗАИМОДЕЙСТВИЕ [КЛИЕНТ2]"),
        (["reset"], "hub reset [ПАРАМЕТРЫ] ПОДКЛЮЧЕНИЕ [ПОТОК…]"),
        (["clients", "split"], "hub clients split [ПАРАМЕТРЫ] КЛИЕНТ ЧАСТЬ…"),
    ],
)
def test_the_usage_says_plainly_what_a_command_wants(hub, command, usage):
    said = hub(*command, "--help", "--lang", "ru").out
    assert said.splitlines()[0] == f"Использование: {usage}"
    assert "<str>" not in said


def test_whatever_a_command_wants_has_a_name_in_russian():
    wanted = {word for found in every_parameter() for word in re.findall(r"[A-Z]{2,}", found.metavar or "")}
    assert wanted == set(words.WHAT_STANDS_THERE)


def test_files_that_may_not_be_read_are_told_in_our_own_words():
    files = [found for found in every_parameter() if "pathlib.Path" in str(found.type_descriptor.annotation)]
    assert files
    assert [found.name for found in files if found.type_descriptor.parameter_info.readable] == []


def every_parameter():
    with using("en"):
        waiting = [typer.main.get_command(main.app), *map(main._load, main.COMMANDS)]
    while waiting:
        command = waiting.pop()
        yield from command.params
        waiting += getattr(command, "commands", {}).values()


def test_what_is_missing_is_named_in_the_language_spoken(hub):
    assert hub("history", "--lang", "ru").err.startswith("Ошибка: Не указано: КЛИЕНТ.\n")
    assert hub("clients", "split", "x").err.startswith("Error: PART is missing.\n")
    assert hub("dump").err.startswith("Error: --canonical: ")


def test_the_company_says_which_language_is_spoken(hub, tmp_path, monkeypatch):
    config = tmp_path / "hub.toml"
    config.write_text('[company]\nlanguage = "ru"\n')
    assert hub("--config", config, "--help").out.startswith("Usage")  # HUB_LANG=en was asked for
    monkeypatch.delenv("HUB_LANG")
    assert hub("--config", config, "--help").out.startswith("Использование")
    assert hub("--lang", "en", "--config", config, "--help").out.startswith("Usage")


def test_words_are_right_whatever_the_locale_of_the_machine(tmp_path):
    environ = {**os.environ, "LC_ALL": "C", "HUB_LANG": "ru", "PYTHONIOENCODING": "ascii"}
    hub = i18n.Path(sys.executable).with_name("hub")
    said = subprocess.run([hub, "--help"], env=environ, check=True, capture_output=True, timeout=30)
    assert b"hub" in said.stdout
