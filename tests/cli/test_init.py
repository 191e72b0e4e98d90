import os
import pty
import re
import select
import subprocess
import sys
import termios
import time
import tomllib
from pathlib import Path

import pytest

from hub.secrets import Vault
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


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_crm_is_written_with_its_one_way_in_and_the_steps_that_are_left_are_named(hub, home, language):
    said = hub(
        "init", *ANSWERS, "--language", language, "--amocrm", "my.amocrm.ru", "--bitrix24", "my.bitrix24.ru",
        "--bitrix24-client-id", "local.1",
    )  # fmt: skip
    assert (said.code, said.err) == (0, "")
    for step in ("secret set amo token", "secret set portal client_secret", "connect portal", "config check"):
        assert f"  hub {step}\n" in said.out
    written = Path("config/hub.toml").read_text(encoding="utf-8")
    assert ("Битрикс24" in written) == (language == "ru")
    vault = Vault(home, {})
    vault.put("amo", "token", "a-token")
    vault.put("portal", "client_secret", "a-key")
    amo, portal = load(Path("config/hub.toml"), {}).connections
    assert (amo.connector, amo.settings.account) == ("crm.amocrm", "https://my.amocrm.ru")
    assert (portal.connector, portal.settings.client_id) == ("crm.bitrix24", "local.1")
    assert (amo.settings.token.get_secret_value(), portal.settings.client_secret.get_secret_value()) == (
        "a-token",
        "a-key",
    )


@pytest.mark.parametrize(
    ("language", "told"), [("ru", "записан. Просмотрите его"), ("en", "is written. Look it through")]
)
def test_the_last_words_are_in_the_language_that_was_answered(hub, home, language, told):
    assert told in hub("init", *ANSWERS, "--language", language).out


def test_an_application_of_no_crm_is_a_mistake(hub, home):
    said = hub("init", *ANSWERS, "--amocrm-client-id", "1")
    assert said.code == 2
    assert "--amocrm-client-id: --amocrm" in said.err


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
            hidden = said.rstrip(b" ").endswith(b"(Enter: later):")
            while hidden and termios.tcgetattr(main)[3] & termios.ECHO and time.monotonic() < deadline:
                time.sleep(
                    0.01
                )  # it is asked before the terminal is told to show nothing, and to forget what was typed
            said += b"\n"
            os.write(main, waiting.pop(0).encode())
    os.close(main)
    return said.decode(errors="replace"), done.wait(timeout=10)


def test_on_a_terminal_questions_are_asked_until_the_answers_are_right(home):
    answers = ["ru\n", "\n", "ООО «Мы»\n", "Moskow\n", "\n", "mail.ru\n", "my.example\n", "\n",
               "Анна <anna@my.example>\n", "\n", "mail/anna\n", "\n", "\n", "clients.csv\n", "\n", "\n"]  # fmt: skip
    said, code = typed(home, answers)
    assert code == 0, said
    config = load(home / "config/hub.toml", {})
    assert (config.company.name, config.company.timezone) == ("ООО «Мы»", "Asia/Omsk")
    assert config.company.ours.domains == {"my.example"}
    assert [one.name for one in config.connections] == ["clients", "mail"]
    assert "Часовой пояс" in said
    assert "бесплатная почта" in said


def test_the_token_of_a_crm_is_asked_for_kept_and_never_shown(home):
    answers = ["en\n", "ООО «Мы»\n", "\n", "my.example\n", "\n", "\n", "\n", "\n", "\n",
               "my\n", "https://my.amocrm.ru/\n", "\n", "my.bitrix24.ru\n", "local.1\n", "very-secret-token\n", "\n"]  # fmt: skip
    said, code = typed(home, answers)
    assert code == 0, said
    assert "my is not an address" in said
    assert "very-secret-token" not in said
    assert Vault(home, {}).get("amo", "token") == "very-secret-token"
    config = check(home / "config/hub.toml", {})
    assert [one.code for one in config.errors] == ["HUB113"], "the key of the application, which was put off"
    steps = said.rpartition("then:")[2].split("\r\n")[1:-1]
    assert [one.strip() for one in steps] == [
        "hub secret set portal client_secret", "hub config check", "hub connect portal", "hub sync",
    ]  # fmt: skip


def test_leaving_in_the_middle_writes_nothing(home):
    said, code = typed(home, ["ru\n", "\x04"])
    assert code == 130, said
    assert not (home / "config").exists()
