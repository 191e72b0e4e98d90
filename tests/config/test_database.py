"""Where the history is kept: a file, or a database of a server, whose password no word shows."""

import pytest

from hub.settings import check, load
from hub.settings.inventory import MASK, settings_in_force
from hub.store.address import Server

COMPANY = """
[company]
name = "ООО «Мы»"
domains = ["my.example"]
timezone = "Europe/Moscow"
[store]
"""
URL = "postgresql://hub:geheim%40@db.my.example:5433/history?sslmode=verify-full&sslpassword=geheim"


def test_a_url_names_a_database_of_a_server(written, tmp_path):
    config = load(written(hub=COMPANY + f'url = "{URL}"\n'), {})
    assert config.database == Server(URL)
    assert load(written(hub=COMPANY), {}).database == tmp_path / "data/hub.db"


@pytest.mark.parametrize(
    ("written_so", "environ"),
    [
        (URL, {}),
        ("${env:HUB_URL}", {"HUB_URL": URL}),
        ("postgresql://hub:${env:HUB_PASSWORD}@db.my.example/history", {"HUB_PASSWORD": "geheim"}),
        ("", {"HUB__STORE__URL": URL}),
    ],
)
def test_its_password_is_shown_nowhere(written, written_so, environ):
    checked = check(written(hub=COMPANY + f'url = "{written_so}"\n'), environ)
    assert checked.config
    shown = {one.key: one.value for one in settings_in_force(checked)}
    assert shown["store.url"] == MASK
    said = f"{shown} {checked.config} {checked.config.database} {checked.mistakes} {checked.file}"
    assert "geheim" not in said
    assert "db.my.example" in str(checked.config.database)


def test_a_password_in_plain_text_is_warned_of_and_one_from_elsewhere_is_not(written):
    plain = check(written(hub=COMPANY + f'url = "{URL}"\n'), {})
    assert [(one.code, one.severity, one.place.line) for one in plain.mistakes] == [("HUB103", "warning", 7)]
    for url in ("${env:HUB_URL}", "postgresql://hub@/history?host=/run/postgresql"):
        assert check(written(hub=COMPANY + f'url = "{url}"\n'), {"HUB_URL": URL}).mistakes == ()


@pytest.mark.parametrize(
    "url",
    [
        "mysql://hub:geheim@db/history",
        "postgresql://hub:geheim@db",
        "hub:geheim@db/history",
        "postgresql:///",
        "geheim",
    ],
)
def test_what_is_no_url_is_a_mistake_with_its_place_and_without_its_words(written, url):
    [mistake, *more] = check(written(hub=COMPANY + f'url = "{url}"\n'), {}).errors
    assert (mistake.code, mistake.place.line, mistake.place.column, more) == ("HUB109", 7, 7, [])
    assert "postgresql://user:password@host:5432/name" in mistake.fix
    assert "geheim" not in str(mistake)


def test_a_url_that_is_no_text_is_a_mistake(written):
    [mistake] = check(written(hub=COMPANY + "url = 5432\n"), {}).errors
    assert (mistake.code, mistake.place.column) == ("HUB106", 7)


def test_a_file_and_a_server_exclude_each_other(written):
    [mistake] = check(written(hub=COMPANY + 'path = "hub.db"\nurl = "${env:HUB_URL}"\n'), {"HUB_URL": URL}).errors
    assert (mistake.code, mistake.place.line, mistake.place.column) == ("HUB109", 8, 1)
    assert load(written(hub=COMPANY + 'path = "hub.db"\nurl = "${env:HUB_URL:-}"\n'), {}).server is None


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (URL, "postgresql://hub@db.my.example:5433/history"),
        ("postgres://db/history", "postgresql://db/history"),
        ("postgresql://hub:a@b:c/d@db/history", "postgresql://hub@db/history"),
        ("postgresql://hub@/history?host=/run/postgresql&password=geheim", "postgresql://hub@/history"),
        ("postgresql://hub:geheim", "postgresql://…"),
        ("geheim", "postgresql://…"),
    ],
)
def test_people_see_where_it_is_and_no_password(url, shown):
    assert str(Server(url)) == shown
    assert "geheim" not in f"{Server(url)!r} {Server(url)}"
