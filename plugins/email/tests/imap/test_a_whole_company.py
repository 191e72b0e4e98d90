"""Yandex 360: one table of a connection reads everybody's mailbox of a real Dovecot, by tokens that a simulator gives."""

import logging
import shutil

import pytest

import hub
from hub.simulators.yandex360 import Fault, Person, Shared, organisation, running
from hub.store import pulls

EMPLOYEES = 120
FEW_PROCESSES = """
service imap {
  client_limit = 50
  service_count = 0
}
service imap-login {
  client_limit = 500
  service_count = 0
}
"""


@pytest.fixture(scope="module")
def company():
    """Shared by the tests here: a hundred and twenty mailboxes cost a second to fill."""
    with running(organisation(EMPLOYEES)) as yandex:
        yield yandex


@pytest.fixture(scope="module")
def server(company, dovecots, letter):
    with dovecots.dovecot(FEW_PROCESSES, tokens_at=company.port) as dovecot:
        for one in (*company.people, *company.shared):
            dovecot.deliver(one.email, "INBOX", letter(one.email.partition("@")[0]))
        yield dovecot


@pytest.fixture
def office(company, server, world):
    return world(server, password=None, yandex360=company.table, folders=["INBOX"])


def streams(office):
    with office.open() as opened, opened.store.read() as tx:
        return {row.name: row.custodian for row in pulls.streams(tx)}


def test_a_whole_company_by_one_table_and_what_becomes_of_it(company, server, office, letter, caplog):
    """First everybody, one of them refused; then somebody has joined, somebody left, and the refused one is let in."""
    caplog.set_level(logging.INFO)
    unlucky, leaver, joiner = company.people[7], company.people[0], Person(1130000000700000, "new@my.example")
    unlucky.mail = False
    reports = office.sync()
    bad = [report for report in reports if report.state != "ok"]
    assert [(report.stream, type(report.error)) for report in bad] == [(f"{unlucky.email}/INBOX", hub.AuthFailed)]
    assert sum(report.counts.stored for report in reports) == EMPLOYEES  # but for one, and the shared mailbox
    found = streams(office)
    assert {name: custodian for name, custodian in found.items() if "sales" in name} == {"sales@my.example/INBOX": ""}
    assert found["employee1@my.example/INBOX"] == "employee1@my.example"
    assert not [name for name in found if name.startswith(("robot@", "blocked@", "dismissed@"))]
    exchanges = [line for line in company.log if line.startswith("POST")]
    assert len(exchanges) == len(set(exchanges)) == EMPLOYEES + 1, "everybody's token is got once"

    before = set(office.history())
    assert len(before) == EMPLOYEES
    unlucky.mail, leaver.is_dismissed, leaver.is_enabled = True, True, False
    company.people.append(joiner)
    server.deliver(joiner.email, "INBOX", letter("new"))
    assert office.good_sync().stored == 2
    assert set(office.history()) > before
    assert len(office.history()) == EMPLOYEES + 2
    assert office.removed() == []
    told = caplog.text
    assert company.client_secret not in told
    assert company.directory_token not in told
    assert not [token for token in company._tokens if token in told]


def test_an_unknown_application_is_told_once_and_of_the_connection(company, server, world):
    table = {**company.table, "client_secret": "not-this-one"}
    (report,) = world(server, password=None, yandex360=table).sync()
    assert (report.stream, type(report.error), report.error.setting) == (
        "", hub.Misconfigured, "yandex360.client_secret",
    )  # fmt: skip
    assert "not-this-one" not in str(report.error) + report.error.fix


@pytest.fixture
def few(company, server, letter):
    """Two employees and a shared mailbox, at the same Dovecot."""
    yandex = organisation(2, "few.example")
    with running(yandex):
        yandex._tokens = company._tokens  # which asks about tokens at the company's
        for one in (*yandex.people, *yandex.shared):
            server.deliver(one.email, "INBOX", letter(one.email.replace("@", "-")))
        yield yandex
        for one in (*yandex.people, *yandex.shared):
            shutil.rmtree(server.maildir(one.email), ignore_errors=True)


def test_a_directory_that_cannot_tell_leaves_everything_as_it_is(few, server, world, letter):
    office = world(server, password=None, yandex360=few.table)
    assert office.good_sync().stored == 3
    few.faults.append(Fault("/v1/directory", 500))
    (report,) = office.sync()
    assert isinstance(report.error, hub.Unreachable)
    few.shared.append(Shared(1130000000800002, "few@few.example"))
    server.deliver("few@few.example", "INBOX", letter("few"))
    assert office.good_sync().stored == 1
    assert office.removed() == []


def test_whose_tokens_are_too_many_is_read_when_there_are_more(few, server, world):
    office = world(server, password=None, yandex360=few.table, folders=["INBOX"])
    few.tokens_an_hour = 2
    reports = {report.stream: report for report in office.sync()}
    assert sum(report.counts.stored for report in reports.values()) == 2
    assert isinstance(reports["sales@few.example/INBOX"].error, hub.AskedToWait)
    few.tokens_an_hour = 1000
    assert office.good_sync().stored == 1


def test_an_application_that_may_not_read_mail_any_more_empties_nothing(few, server, world):
    office = world(server, password=None, yandex360=few.table, folders=["INBOX"])
    office.good_sync()
    few.scopes.clear()
    few.withdraw()
    (report,) = office.sync()
    assert isinstance(report.error, hub.AuthFailed)
    assert "does not accept the token of employee0@few.example" in str(report.error)
    assert "right to read mail by IMAP" in report.error.fix
    few.scopes.add("mail:imap_ro")
    assert office.good_sync().listed == 0
    assert office.removed() == []


def test_the_directory_and_a_list_do_not_name_mailboxes_both(company, opened):
    settings = {"host": "localhost", "yandex360": company.table, "address": "anna@my.example", "password": "x"}
    with pytest.raises(ValueError, match="the directory names the mailboxes"), opened(**settings):
        pass
