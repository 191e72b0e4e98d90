"""The simulator keeps to what Yandex documents: fields, types, statuses; and it is started by hand, too."""

import json
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from hub.simulators.yandex360 import Fault

USER = {
    "about", "aliases", "avatar_id", "birthday", "contacts", "created_at", "department_id", "email", "default_email",
    "external_id", "gender", "groups", "id", "is_2fa_enabled", "is_admin", "is_dismissed", "is_enabled",
    "is_enabled_updated_at", "is_robot", "language", "name", "display_name", "nickname", "position", "timezone", "updated_at",
}  # fmt: skip
"""https://yandex.ru/dev/api360/doc/ru/directory/get-users, table v1User."""


@pytest.fixture
def ask(office):
    def get(path, token=None, data=None):
        headers = {"Authorization": f"OAuth {office.yandex.directory_token if token is None else token}"}
        try:
            with urlopen(Request(office.yandex.url + path, data, headers), timeout=10) as answer:
                return answer.status, json.load(answer)
        except HTTPError as refused:
            with refused:
                return refused.code, json.load(refused)

    return get


def test_an_employee_has_documented_fields_only(ask):
    status, page = ask("/v1/directory/organizations/1234567/users?limit=2")
    assert (status, page["limit"], page["offset"], page["total"], len(page["items"])) == (200, 2, 0, 6, 2)
    assert all(set(user) <= USER for user in page["items"])


@pytest.mark.parametrize(
    ("path", "token", "status"),
    [
        ("/v1/directory/organizations/1234567/users?limit=2&offset=3", None, 400),
        ("/v1/directory/organizations/1234567/users?limit=0", None, 400),
        ("/v1/directory/organizations/1234567/users?limit=x", None, 400),
        ("/v1/directory/organizations/1234567/users", "", 401),
        ("/v1/directory/organizations/7/users", None, 404),
        ("/admin/v1/org/1234567/mailboxes/shared?page=0", None, 400),
        ("/admin/v1/org/1234567/mailboxes/shared/1", None, 404),
        ("/directory/v1/org/1234567/users", None, 404),
    ],
)
def test_what_is_asked_wrongly_gets_the_documented_status(ask, path, token, status):
    assert ask(path, token)[0] == status


def test_ids_of_shared_mailboxes_are_texts(ask, office):
    _, page = ask("/admin/v1/org/1234567/mailboxes/shared")
    assert page == {"resources": [{"resourceId": "1130000000800001", "count": 2}], "page": 1, "perPage": 10, "total": 1}
    assert ask("/admin/v1/org/1234567/mailboxes/shared/1130000000800001")[1]["email"] == "sales@my.example"


def test_a_token_is_for_one_mailbox_until_it_ends_or_is_withdrawn(office):
    staff = office.staff()
    token = staff.tokens.of("employee1@my.example").get_secret_value()
    whose = lambda: office.yandex._introspected(token)  # noqa: E731 - asked several times
    assert whose() == (200, {}, {"active": True, "email": "employee1@my.example"})
    office.yandex.withdraw("employee1@my.example")
    assert whose()[0] == 401
    token = office.staff().tokens.of("employee1@my.example").get_secret_value()
    assert whose()[0] == 200
    office.clock.tick(hours=1)
    assert whose()[0] == 401
    office.yandex.scopes.remove("mail:imap_ro")
    token = office.staff().tokens.of("employee1@my.example").get_secret_value()
    assert whose()[0] == 401


def test_a_fault_answers_once(ask, office):
    office.yandex.faults.append(Fault("/v1", 503))
    assert [ask("/v1/directory/organizations/1234567/users")[0] for _ in range(2)] == [503, 200]


def test_it_is_found_by_its_entry_point_and_started_by_hand():
    module = {one.name: one.value for one in entry_points(group="hub.simulators")}["yandex360"]
    with subprocess.Popen([sys.executable, "-m", module, "--port", "0"], stdout=subprocess.PIPE, text=True) as process:
        try:
            said = "".join(process.stdout.readline() for _ in range(8))
        finally:
            process.terminate()
            process.wait(10)
    table = tomllib.loads(said)["connections"]["NAME"]["yandex360"]
    assert table["organisation"] == 1234567
    assert table["token_url"].startswith("http://127.0.0.1:")
