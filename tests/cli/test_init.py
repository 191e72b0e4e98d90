import os
import pty
import re
import select
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from hub.settings import check, load
from hub.settings.template import Beginning, first_config, person

HUB = Path(sys.executable).with_name("hub")
ANSWERS = ("--company", "ООО «Мы»", "--domain", "my.example", "--timezone", "Europe/Moscow")


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("mail/anna", "mail/boris", "calendars"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "clients.csv").write_text("Название;ИНН\n", encoding="utf-8")
    return tmp_path


# --- without a terminal ----------------------------------------------------------------------------------------------


def test_what_init_writes_is_right(hub, home):
    said = hub(
        "init", *ANSWERS, "--language", "ru", "--employee", "Анна Смирнова <anna@my.example>", "--employee",
        "boris@my.example", "--mail", "mail/anna", "--mail", home / "mail/boris", "--calendar", "calendars",
        "--clients", "clients.csv",
    )  # fmt: skip
    assert (said.code, said.err) == (0, "")
    config = load(Path("config/hub.toml"), {})
    assert (config.company.name, config.company.timezone, config.company.language) == (
        "ООО «Мы»",
        "Europe/Moscow",
        "ru",
    )
    assert [(one.name, one.emails) for one in config.company.ours.employees] == [
        ("Анна Смирнова", ("anna@my.example",)),
        ("boris", ("boris@my.example",)),
    ]
    assert [(one.name, one.connector) for one in config.connections] == [
        ("clients", "contacts.files"),
        ("mail", "email.files"),
        ("mail-2", "email.files"),
        ("calendar", "calendar.files"),
    ]
    assert config.store_path == home / "data/hub.db"
    checked = hub("config", "check", "--strict")
    assert (checked.code, checked.out) == (0, "")


def test_the_file_has_comments_in_its_language_and_leads_editors_to_the_schema(hub, home):
    hub("init", *ANSWERS, "--language", "ru", "--mail", "mail/anna")
    russian = Path("config/hub.toml").read_text(encoding="utf-8")
    hub("init", *ANSWERS, "--language", "en", "--mail", "mail/anna", "--force")
    english = Path("config/hub.toml").read_text(encoding="utf-8")
    assert russian.startswith("#:schema ./hub.schema.json\n")
    assert Path("config/hub.schema.json").exists()
    comments = [line for line in russian.splitlines() if line.startswith("# ") and "=" not in line and "[[" not in line]
    assert len(comments) > 8
    assert all(re.search("[а-я]", line) for line in comments)
    assert not re.search("[а-яА-Я]", english.replace("ООО «Мы»", ""))
    assert len(russian.splitlines()) == pytest.approx(len(english.splitlines()), abs=6)


def test_a_configuration_that_is_there_is_replaced_only_by_force(hub, home):
    hub("init", *ANSWERS)
    before = Path("config/hub.toml").read_bytes()
    said = hub("init", *ANSWERS, "--company", "Другие")
    assert said.code == 2
    assert "--force" in said.err
    assert Path("config/hub.toml").read_bytes() == before
    assert hub("init", *ANSWERS, "--company", "Другие", "--force").code == 0
    assert load(Path("config/hub.toml"), {}).company.name == "Другие"


def test_without_a_terminal_everything_that_is_missing_is_named_and_nothing_is_written(hub, home):
    said = hub("init", "--company", "Мы")
    assert said.code == 2
    assert "--timezone" in said.err
    assert "--domain or --employee" in said.err
    assert "--company" not in said.err
    assert not Path("config").exists()


def test_every_wrong_answer_is_told(hub, home):
    said = hub(
        "init",
        *ANSWERS,
        "--timezone",
        "Moscow",
        "--domain",
        "mail.ru",
        "--domain",
        "x",
        "--employee",
        "Анна",
        "--language",
        "de",
    )
    assert said.code == 2
    for word in (
        "--timezone",
        "Europe/Moscow",
        "mail.ru",
        "`x`" if "`x`" in said.err else "x",
        "--employee",
        "--language",
    ):
        assert word in said.err
    assert not Path("config/hub.toml").exists()


def test_paths_are_meant_from_where_the_command_is_run(hub, home, monkeypatch):
    monkeypatch.chdir(home / "mail")
    hub("init", *ANSWERS, "--config", home / "config/hub.toml", "--mail", "anna", "--mail", "/elsewhere")
    tables = tomllib.loads((home / "config/hub.toml").read_text(encoding="utf-8"))["connections"]
    assert [one["path"] for one in tables.values()] == ["mail/anna", "/elsewhere"]


def test_a_folder_that_is_not_there_yet_is_a_warning(hub, home):
    said = hub("init", *ANSWERS, "--mail", "later")
    assert said.code == 0
    assert "HUB125" in said.out
    assert "config/hub.toml:" in said.out


@pytest.mark.parametrize("name", ['Кавычки " и \\ косая', "Две\nстроки", "${env:HOME}", "таб\tуляция \x7f", "'''"])
def test_a_company_may_be_called_anything(name, tmp_path):
    text = first_config(Beginning(company=name, timezone="Europe/Moscow", language="ru", domains=("my.example",)))
    assert tomllib.loads(text)["company"]["name"].replace("$${", "${") == name
    (tmp_path / "hub.toml").write_text(text, encoding="utf-8")
    assert check(tmp_path / "hub.toml", {}).config.company.name == name


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Анна Смирнова <anna@my.example>", ("Анна Смирнова", "anna@my.example")),
        ('"Смирнова, Анна" <anna@my.example>', ("Смирнова, Анна", "anna@my.example")),
        (" anna@my.example ", ("anna", "anna@my.example")),
        ("<anna@my.example>", ("anna", "anna@my.example")),
        ("Анна", ("", "")),
        ("Анна <x> <anna@my.example>", ("", "")),
    ],
)
def test_a_person_is_a_name_and_an_address(text, found):
    assert person(text) == found


# --- on a terminal ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("people", "whose"), [(1, "anna@my.example"), (2, ""), (0, "")])
def test_whose_mailbox_it_is_stands_there_when_only_one_of_us_can_be_meant(tmp_path, people, whose):
    known = (("Анна", "anna@my.example"), ("Борис", "boris@my.example"))[:people]
    text = first_config(
        Beginning(company="ООО «Мы»", timezone="Europe/Moscow", language="ru", domains=("my.example",),
                  employees=known, mail=("mail",), calendars=("calendar",))
    )  # fmt: skip
    connections = tomllib.loads(text)["connections"]
    assert {name: one.get("owner", "") for name, one in connections.items()} == {"mail": whose, "calendar": whose}
    assert text.count('# owner = "…"') == (0 if whose else 2)


def typed(folder, answers, *words):
    """What `hub init` says on a terminal where `answers` are typed, one for each question; and its exit code."""
    main, inner = pty.openpty()
    environ = {**os.environ, "HUB_LANG": "en", "TZ": "Asia/Omsk", "TERM": "dumb"}
    done = subprocess.Popen([HUB, "init", *words], stdin=inner, stdout=inner, stderr=inner, cwd=folder, env=environ)
    os.close(inner)
    said, waiting, deadline = b"", list(answers), time.monotonic() + 30
    while time.monotonic() < deadline:
        if select.select([main], [], [], 0.2)[0]:
            try:
                chunk = os.read(main, 4096)
            except OSError:
                break
            if not chunk:
                break
            said += chunk
        if waiting and said.rstrip(b" ").endswith(b":"):
            said += b"\n"
            os.write(main, waiting.pop(0).encode())
    os.close(main)
    return said.decode(errors="replace"), done.wait(timeout=10)


def test_on_a_terminal_questions_are_asked_until_the_answers_are_right(home):
    answers = ["ru\n", "\n", "ООО «Мы»\n", "Moskow\n", "\n", "mail.ru\n", "my.example\n", "\n",
               "Анна <anna@my.example>\n", "\n", "mail/anna\n", "\n", "\n", "clients.csv\n"]  # fmt: skip
    said, code = typed(home, answers)
    assert code == 0, said
    config = load(home / "config/hub.toml", {})
    assert (config.company.name, config.company.timezone) == ("ООО «Мы»", "Asia/Omsk")
    assert config.company.ours.domains == {"my.example"}
    assert [one.name for one in config.connections] == ["clients", "mail"]
    assert "Часовой пояс" in said
    assert "бесплатная почта" in said


def test_leaving_in_the_middle_writes_nothing(home):
    said, code = typed(home, ["ru\n", "\x04"])
    assert code == 130, said
    assert not (home / "config").exists()
