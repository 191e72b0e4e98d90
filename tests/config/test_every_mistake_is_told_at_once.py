"""Mistakes are sown with ⟦CODE⟧ right before the place where they have to be reported."""

import os
import re
from pathlib import Path

import pytest

from hub.i18n import using
from hub.settings import CODES, InvalidConfiguration, check, load

HUB = """\
config_version = ⟦HUB110⟧2

[⟦HUB104⟧compny]
name = "x"

[company]
name = ⟦HUB107⟧""
domains = ["my.example", ⟦HUB132⟧"mail.ru", ⟦HUB131⟧"наш домен"]
timezone = ⟦HUB130⟧"Europe/Moskow"
language = ⟦HUB108⟧"rus"
country = ⟦HUB109⟧"ZZ"
⟦HUB104⟧"ключ с пробелом" = 1

[[company.employees]]
name = "Анна Смирнова"
emails = ["anna@my.example", ⟦HUB133⟧"anna, my.example"]
phones = [⟦HUB134⟧"12"]
manager = ⟦HUB136⟧"Борис Кузнецв"

[[company.employees]]
name = "Борис Кузнецов"
extensions = ["12"]
absent_from = 2026-12-31
absent_until = ⟦HUB138⟧2026-12-01
⟦HUB104⟧emials = ["boris@my.example"]

⟦HUB135⟧[[company.employees]]
name = ⟦HUB137⟧"Борис Кузнецов"

⟦HUB105⟧[[company.employees]]
emails = ⟦HUB106⟧"vera@my.example"

[clients]
from_outgoing = ⟦HUB106⟧"yes"
never = ["ok.example", ⟦HUB131⟧"a b"]

[store]
path = ⟦HUB109⟧""

[sync]
horizon_days = ⟦HUB107⟧0
"""
MAIL = """\
⟦HUB105⟧[connections.nameless]
host = "a"

[connections.unknown]
connector = ⟦HUB120⟧"acme.mial"

[connections.broken]
connector = ⟦HUB121⟧"acme.broken"

⟦HUB121⟧[connections.fragile]
connector = "acme.fragile"
host = "x"

[connections.one]
connector = "acme.mail"
host = "one.example"

[connections.two]
connector = "acme.mail"
host = "two.example"
id = ⟦HUB122⟧"one"

⟦HUB123⟧[connections.again]
connector = "acme.mail"
host = "one.example"

[connections.⟦HUB124⟧"sales mail"]
connector = "acme.mail"
host = "three.example"

[connections.policy]
connector = "acme.mail"
host = "four.example"
store = ⟦HUB108⟧"al"
vanish_threshold = ⟦HUB107⟧1.5
attachments = ⟦HUB109⟧"10 apples"
never = { ⟦HUB104⟧adresses = [], domains = [⟦HUB131⟧"@"] }

⟦HUB105⟧[connections.settings]
connector = "acme.mail"
port = ⟦HUB106⟧"993"
tls = ⟦HUB106⟧1
mode = ⟦HUB108⟧"fst"
password = ⟦HUB106⟧5
since = ⟦HUB106⟧"yesterday"
only = ⟦HUB106⟧true
weights."Тест" = 0.5
weights.b = ⟦HUB106⟧"c"
mailboxes = [
  { address = "anna@my.example", folders = ["a", ⟦HUB106⟧7] }, # comment
  { address = "борис@my.example", ⟦HUB104⟧folder = [] },
  ⟦HUB105⟧{ folders = [] },
]

[connections.tagged]
connector = "acme.mail"
host = ⟦HUB109⟧"anna@my.example"
auth = { kind = ⟦HUB108⟧"tokn", token = "x" }

[connections.inside]
connector = "acme.mail"
host = "six.example"
auth = { kind = "token", ⟦HUB106⟧file = 5, ⟦HUB104⟧colour = "red", token = "${env:NOBODY_HOME:-}" }

[connections.untagged]
connector = "acme.mail"
host = "seven.example"
⟦HUB105⟧auth.token = "${env:NOBODY_HOME:-}"

[connections.elsewhere]
connector = "acme.mail"
host = "${env:HUB_TEST_HOST:-eight.example}:⟦HUB111⟧${env:NOBODY_HOME}"
password = "⟦HUB113⟧${secret:mail}"
path = "⟦HUB112⟧${file:/nowhere/at/all}"
mode = "⟦HUB114⟧${ENV}"
"""
PEOPLE = """\
company.⟦HUB102⟧timezone = "Asia/Omsk"
"""
# The place of a wrong value is the value; of `file = 5` and the like inside a table it is its value, too.
MAIL = MAIL.replace("⟦HUB106⟧file = 5", "file = ⟦HUB106⟧5")


def sown(text: str, file: str) -> tuple[str, set[tuple[str, str]]]:
    """The text without marks, and (place, code) of each."""
    rows, marks = [], set()
    for number, line in enumerate(text.splitlines(), 1):
        row = line
        while mark := re.search(r"⟦(HUB\d+)⟧", row):
            marks.add((f"{file}:{number}:{mark.start() + 1}", mark[1]))
            row = row.replace(mark[0], "", 1)
        rows.append(row)
    return "\n".join(rows), marks


@pytest.fixture
def seeded(written):
    hub, first = sown(HUB, "config/hub.toml")
    mail, second = sown(MAIL, "config/conf.d/mail.toml")
    people, third = sown(PEOPLE, "config/conf.d/people.toml")
    path = written(hub=hub, conf_d__mail=mail, conf_d__people=people)
    return path, first | second | third


def test_forty_and_more_mistakes_are_told_at_once_each_at_its_place(seeded):
    path, marks = seeded
    found = check(path, {}).mistakes
    errors = [(str(one.place), one.code) for one in found if one.severity == "error"]
    assert len(marks) >= 50
    assert sorted(errors) == sorted(marks)


def test_loading_raises_with_every_one_of_them(seeded):
    path, marks = seeded
    with pytest.raises(InvalidConfiguration) as caught:
        load(path, {})
    assert len(caught.value.mistakes) == len(marks)
    assert all(place in str(caught.value) for place, _ in marks)


def test_every_mistake_says_what_is_wrong_and_nearly_all_how_to_put_it_right(seeded):
    path, _ = seeded
    found = check(path, {}).mistakes
    assert all(one.message for one in found)
    silent = {one.code for one in found if not (one.fix or one.meant)}
    assert silent <= {"HUB109"}  # in the plugin's own words


@pytest.mark.parametrize(
    ("written_name", "meant"),
    [("emials", "emails"), ("compny", "company"), ("acme.mial", "acme.mail"), ("fst", "fast"), ("tokn", "token"),
     ("Europe/Moskow", "Europe/Moscow"), ("Борис Кузнецв", "Борис Кузнецов"), ("rus", "ru"), ("folder", "folders"),
     ("adresses", "addresses"), ("al", "all")],
)  # fmt: skip
def test_a_misspelt_name_gets_the_one_that_was_meant(seeded, written_name, meant):
    path, _ = seeded
    assert any(f"`{written_name}`" in one.message and one.meant == meant for one in check(path, {}).mistakes)


def test_a_missing_key_is_not_told_where_a_misspelt_one_was_meant(written):
    path = written(hub='[company]\nnmae = "Мы"\ndomains = ["my.example"]\ntimezone = "Europe/Moscow"\n')
    assert [(one.code, one.meant) for one in check(path, {}).mistakes] == [("HUB104", "name")]


def test_a_syntax_error_hides_no_mistake_in_another_file(written):
    hub, _ = sown('[company]\nname = "Мы"\ndomains = [⟦HUB101⟧\nx', "config/hub.toml")
    mail, more = sown('[connections.a]\nconnector = ⟦HUB120⟧"nothing"\n', "config/conf.d/mail.toml")
    again, _ = sown("a = 1\na = ⟦HUB101⟧2\n", "config/conf.d/two.toml")
    path = written(hub=hub, conf_d__mail=mail, conf_d__two=again)
    found = check(path, {}).mistakes
    assert {one.code for one in found} == {"HUB101", "HUB120"}
    assert {str(one.place) for one in found if one.code == "HUB120"} == {place for place, _ in more}
    assert [one.place.file for one in found if one.code == "HUB101"] == ["config/hub.toml", "config/conf.d/two.toml"]
    assert all(one.place.line for one in found)


COMPANY = '[company]\nname = "Мы"\ndomains = ["my.example"]\ntimezone = "Europe/Moscow"\n'


def _file(folder):
    folder.write_text("")


def _loop(folder):
    folder.symlink_to(folder.name)


def _pipe(folder):
    folder.mkdir()
    os.mkfifo(folder / "a.toml")


@pytest.mark.parametrize("spoil", [_file, _loop, _pipe])
def test_what_conf_d_holds_is_never_missed_in_silence(written, spoil):
    path = written(hub=COMPANY)
    assert check(path, {}).mistakes == ()
    spoil(path.parent / "conf.d")
    [mistake] = check(path, {}).mistakes
    assert mistake.code == "HUB100"
    assert mistake.place.file.startswith("config/conf.d")


@pytest.mark.parametrize("deep", ["x = " + "[" * 9_000, "x = " + "[" * 500 + "]" * 500, ".".join("x" * 2_000) + " = 1"])
def test_what_lies_too_deep_is_a_mistake_of_the_file(written, deep):
    [mistake] = check(written(hub=COMPANY, conf_d__deep=deep), {}).mistakes
    assert (mistake.code, mistake.place.file) == ("HUB101", "config/conf.d/deep.toml")


TWICE = (
    "[a]\nb = 1\n[a]",
    "a = 1\na = 2",
    "a = {}\n[a]",
    "[a]\nb.c = 1\n[a.b]",
    "[[a]]\n[a]",
    "a = 1\na.b = 2",
    "a = {b = 1, b = 2}",
)


@pytest.mark.parametrize("text", TWICE)
def test_what_stands_in_a_file_twice_is_told_as_that(written, text):
    [mistake] = check(written(hub=text), {}).mistakes
    assert (mistake.code, mistake.message) == ("HUB101", "this stands in the file a second time")
    assert mistake.fix == "keep one of them, or give one another name"


BROKEN = ("a", "a = ", "a = yes", 'a = "x', "a = [1", "[a", "[[a]", "a = 1 2", 'a = "\\q"', "a = 2026-13-01", 'a = "\\ud800"', 'a = "\x01"',
          "a = {b = 1", "= 1", "a = 'x\n'", "?", 'a = "\\uzz"', "a = \x01")  # fmt: skip


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_no_toml_is_told_in_the_readers_language(written, text):
    with using("ru"):
        [mistake] = check(written(hub=text), {}).mistakes
    beginning, _, problem = mistake.message.partition(": ")
    assert beginning == "это не TOML"
    assert re.match("[а-я]", problem), problem


def test_text_in_another_encoding_is_told_at_its_first_wrong_character(written, tmp_path):
    path = written(hub="")
    path.write_bytes('[company]\nname = "Мы"'.encode("cp1251"))
    [mistake] = check(path, {}).mistakes
    assert (mistake.code, str(mistake.place)) == ("HUB101", "config/hub.toml:2:9")


def test_a_file_saved_by_notepad_with_a_mark_at_its_beginning_is_read(written):
    path = written(hub="")
    text = '[company]\r\nname = "Мы"\r\ndomains = ["my.example"]\r\ntimezone = "Moscow"\r\n'
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    [mistake] = check(path, {}).mistakes
    assert (mistake.code, str(mistake.place)) == ("HUB130", "config/hub.toml:4:12")


def test_a_missing_file_names_the_command_that_writes_one(written):
    [mistake] = check(Path("config/hub.toml"), {}).mistakes
    assert mistake.code == "HUB100"
    assert "hub init" in mistake.fix


@pytest.mark.parametrize(
    ("error", "fix"),
    [
        (PermissionError(13, "Permission denied"), "check the owner and rights"),
        (IsADirectoryError(21, "Is a directory"), "config/hub.toml/hub.toml"),
        (OSError(5, "Input/output error"), ""),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_what_to_do(written, monkeypatch, error, fix):
    path = written(hub=COMPANY)

    def refused(_path: Path) -> bytes:
        raise error

    monkeypatch.setattr(Path, "read_bytes", refused)
    [mistake] = check(path, {}).mistakes
    assert (mistake.code, mistake.message) == ("HUB100", error.strerror)
    assert fix in mistake.fix
    assert bool(fix) == bool(mistake.fix)


def test_every_code_that_is_told_is_described(seeded):
    path, _ = seeded
    assert {one.code for one in check(path, {}).mistakes} <= set(CODES)
