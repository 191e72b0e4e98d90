"""A connection that breaks anywhere, once or again and again, ends in the same history."""

import random

import pytest

FOLDERS = ("INBOX", "Sent")
BREAKS = 4


@pytest.fixture
def line(servers, dovecot):
    with servers("breaking_line").breaking_line(dovecot.port) as line:
        yield line


@pytest.fixture
def office(dovecot, line, address, letter, world, in_small_pages):
    for folder in FOLDERS:
        for number in range(10):
            dovecot.deliver(address, folder, letter(f"{folder.lower()}{number}"))
    office = world(dovecot, address=address)
    office.settings["port"] = line.port
    office.instead = {"email.imap": in_small_pages(4)}
    return office


def test_a_line_that_breaks_anywhere_loses_and_doubles_nothing(office, line):
    office.database = "whole.db"
    office.good_sync()
    wanted, length = office.dump(), line.passed
    chance = random.Random(5)
    for number in range(BREAKS):
        office.database = f"broken{number}.db"
        broken_after = line.left = chance.randrange(1, length - 300)
        assert "failed" in {report.state for report in office.sync()}
        line.left = -1
        office.good_sync()
        assert office.dump() == wanted, f"broken after {broken_after} bytes"
        assert office.good_sync().listed == 0


def test_a_line_that_breaks_at_every_attempt_comes_to_an_end(office, line):
    """Every attempt goes a little further: what was stored is not fetched again."""
    for _ in range(30):
        line.left = 9_000
        if {report.state for report in office.sync()} == {"ok"}:
            break
    else:
        pytest.fail("no progress")
    assert len(office.history()) == 20
