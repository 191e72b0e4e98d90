"""Who there is to read: what the directory says, page by page, and what it says wrongly or not at all."""

import json
import logging

import pytest
from pydantic import ValidationError

import hub
from hub.simulators.yandex360 import READ_SHARED, READ_USERS, Fault, Person, Shared, organisation


def addresses(staff):
    return [account.address.partition("@")[0] for account in staff.accounts()]


def test_who_works_here_and_what_is_shared_and_nobody_else(office):
    staff = office.staff()
    assert addresses(staff) == ["employee0", "employee1", "employee2", "sales"]
    assert [account.shared for account in staff.accounts()] == [False, False, False, True]
    assert {account.user for account in staff.accounts()} == {account.address for account in staff.accounts()}


def test_calendars_have_no_shared_mailboxes(office):
    assert addresses(office.staff(shared=False)) == ["employee0", "employee1", "employee2"]
    assert office.asked("/admin") == 0


@pytest.mark.parametrize("longest", [3, 100, 1000])
def test_every_page_is_read_however_short_the_server_makes_them(office, longest):
    office.yandex.people = organisation(100).people
    office.yandex.shared = [Shared(number, f"shared{number}@my.example") for number in range(20)]
    office.yandex.longest_page = longest
    assert len(office.staff().accounts()) == 120
    assert office.asked("/v1/directory") == -(-103 // longest)


def test_nobody_is_left_out_silently_by_a_list_that_breaks_off(office):
    body = {"limit": 1000, "offset": 0, "total": 120, "items": [{"id": 1, "email": "anna@my.example"}]}
    office.yandex.faults.append(Fault("/v1/directory", 200, body=json.dumps(body).encode()))
    with pytest.raises(hub.Unreachable, match="names 1 of 120 accounts"):
        office.staff().accounts()


def test_a_joiner_is_found_ten_minutes_later_and_a_leaver_is_no_longer_named(office):
    staff = office.staff()
    staff.accounts()
    office.yandex.people[0].is_dismissed = True
    office.yandex.people.append(Person(77, "new@my.example"))
    assert "new" not in addresses(staff)
    office.clock.tick(minutes=11)
    assert addresses(staff) == ["employee1", "employee2", "new", "sales"]


def test_what_is_in_both_lists_is_shared(office):
    office.yandex.people.append(Person(office.yandex.shared[0].id, "sales@other.example"))
    office.yandex.people.append(Person(78, "info@my.example"))
    office.yandex.shared.append(Shared(79, "INFO@my.example"))
    found = {account.address: account.shared for account in office.staff().accounts()}
    assert (found["sales@my.example"], found["info@my.example"], len(found)) == (True, True, 5)


def test_a_shared_mailbox_that_vanishes_while_the_list_is_read_is_passed_over(office):
    office.yandex.shared.append(Shared(79, "info@my.example"))
    office.yandex.faults.append(Fault("/admin/v1/org/1234567/mailboxes/shared/79", 404))
    assert "info" not in addresses(office.staff())


def test_patterns_leave_addresses_out(office):
    staff = office.staff(leave_out=["Employee1@my.example", "sales@*"])
    assert addresses(staff) == ["employee0", "employee2"]
    with pytest.raises(hub.Misconfigured, match="nobody to read") as refused:
        office.staff(leave_out=["*"]).accounts()
    assert "leave_out" in refused.value.fix


def test_shared_mailboxes_can_be_left_alone(office):
    office.yandex.rights.remove(READ_SHARED)
    with pytest.raises(hub.Misconfigured, match=READ_SHARED) as refused:
        office.staff().accounts()
    assert "shared_mailboxes = false" in refused.value.fix
    assert addresses(office.staff(shared_mailboxes=False)) == ["employee0", "employee1", "employee2"]


def test_of_more_accounts_than_tokens_in_an_hour_everybodys_turn_comes(office):
    office.yandex.people = organisation(2300).people
    staff, reached = office.staff(shared=False), set()
    for _hour in range(3):
        found = [account.address for account in staff.accounts()]
        assert len(set(found)) == 2300
        reached.update(found[:1000])
        office.clock.tick(hours=1)
    assert len(reached) == 2300


# --- refusals --------------------------------------------------------------------------------------------------------


def test_a_right_that_is_missing_is_named_with_what_to_do(office):
    office.yandex.rights.remove(READ_USERS)
    with pytest.raises(hub.Misconfigured, match=READ_USERS) as refused:
        office.staff().accounts()
    assert refused.value.setting == "yandex360.directory_token"
    assert refused.value.fix


def test_a_directory_token_that_has_ended_is_told_as_that(office):
    with pytest.raises(hub.AuthFailed, match="token for the directory") as refused:
        office.staff(directory_token="y0_ended").accounts()
    assert "yandex360.directory_token" in refused.value.fix
    assert "y0_ended" not in str(refused.value) + refused.value.fix


def test_another_organisation_is_told_by_its_setting(office):
    with pytest.raises(hub.Misconfigured, match="no such organisation") as refused:
        office.staff(organisation=7, shared_mailboxes=False).accounts()
    assert refused.value.setting == "yandex360.organisation"


@pytest.mark.parametrize(
    ("fault", "kind", "text"),
    [
        (Fault("/v1", 500), hub.Unreachable, "status 500"),
        (Fault("/v1", 400), hub.Unreachable, "status 400"),
        (Fault("/v1", 302, {"Location": "https://elsewhere.example/"}), hub.Unreachable, "status 302"),
        (Fault("/v1", 429, {"Retry-After": "60"}), hub.AskedToWait, "09:01:00"),
        (Fault("/v1", 200, body=b"<html>"), hub.Unreachable, "something else"),
        (Fault("/v1", 200, body=b"[1]"), hub.Unreachable, "something else"),
        (Fault("/v1", 200, body=b'{"total": 3, "items": {"0": 1}}'), hub.Unreachable, "names 0 of 3"),
        (Fault("/v1", 200, body=b'{"total": 3, "limit": 0, "items": [1, null, "x"]}'), hub.Unreachable, "0 of 3"),
        (Fault("/v1", 200, body=b'{"items": []}'), hub.Misconfigured, "nobody to read"),
        (Fault("/v1", 200, body=b"[" * 100_000), hub.Unreachable, "something else"),
    ],
)
def test_a_directory_that_answers_badly_is_believed_in_nothing(office, fault, kind, text):
    office.yandex.faults.append(fault)
    with pytest.raises(kind, match=text) as refused:
        office.staff(shared=False).accounts()
    assert refused.value.fix
    office.clock.tick(minutes=2)
    assert len(office.staff(shared=False).accounts()) == 3


def test_odd_entries_harm_nobody_else(office):
    items = [
        {"id": 1, "email": "anna@my.example"}, {"id": 2, "email": None}, {"id": 3}, {"id": 4, "email": "no address"},
        {"id": 5, "email": "BORIS@my.example", "is_robot": None}, {"id": 6, "email": ["x@my.example"]},
        {"id": 7, "email": "../x@my.example"},
    ]  # fmt: skip
    body = json.dumps({"limit": 1000, "offset": 0, "total": len(items), "items": items}).encode()
    office.yandex.faults.append(Fault("/v1", 200, body=body))
    assert addresses(office.staff(shared=False)) == ["anna", "boris"]


# --- secrets ---------------------------------------------------------------------------------------------------------


def test_no_secret_is_in_what_is_logged_or_shown(office, caplog):
    caplog.set_level(logging.DEBUG)
    staff = office.staff()
    tokens = [account.credential().get_secret_value() for account in staff.accounts()]
    told = caplog.text + repr(staff) + repr(staff.accounts()) + repr(staff.settings) + repr(staff.tokens)
    secrets = (*tokens, office.yandex.client_secret, office.yandex.directory_token)
    assert [secret for secret in secrets if secret in told] == []
    assert staff.settings.model_dump(mode="json")["client_secret"] == "**********"


@pytest.mark.parametrize(
    "url",
    ["http://oauth.yandex.ru", "ftp://oauth.yandex.ru", "oauth.yandex.ru", "https://oauth.yandex.ru/x", "https://"],
)
def test_an_address_that_is_no_origin_or_open_to_everybody_is_refused(office, url):
    with pytest.raises(ValidationError):
        hub.Yandex360(**{**office.yandex.table, "token_url": url})


def test_what_a_connection_may_talk_to_is_declared(office):
    table = {key: value for key, value in office.yandex.table.items() if not key.endswith("_url")}
    assert hub.Yandex360(**table).hosts == {
        "https://cloud-api.yandex.net", "https://api360.yandex.net", "https://oauth.yandex.ru",
    }  # fmt: skip
