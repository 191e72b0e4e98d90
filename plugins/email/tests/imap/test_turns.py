"""What is recent of every folder and mailbox comes before what is old of any; what is old comes in turns."""

import os
from datetime import UTC, datetime

import pytest
from hub_email.imap import source as imap

from hub.engine import sync as syncing

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def office(dovecot, address, letter, world, in_small_pages, monkeypatch):
    """Two mailboxes with two folders each: three mails of this month and six of last year in every folder."""
    monkeypatch.setattr(imap, "_TURN", 2)
    names = [address, address.replace("anna", "boris")]
    for name in names:
        for folder in ("INBOX", "Sent"):
            for number in range(9):
                when = datetime(2026 if number > 5 else 2025, 11, 1 + number, tzinfo=UTC).timestamp()
                label = f"{name[:4]}-{folder.lower()}-{number}"
                path = dovecot.deliver(name, folder, letter(label), name=f"{int(when)}.{number}.{folder}")
                os.utime(path, (when, when))
    office = world(dovecot, mailboxes=[{"address": name} for name in names])
    office.now = NOW
    office.instead = {"email.imap": in_small_pages(2)}
    return office


def _pages(office, stops_after=999):
    """What is stored page by page, as (folder, how many so far in this run), until so many pages are."""
    pages = []

    def progress(_connection, stream, counts, _total):
        pages.append((stream.partition("/")[2], stream[:4], counts.listed))

    wish = syncing.Wish(progress=progress, stopping=lambda: len(pages) >= stops_after)
    with office.open() as opened:
        reports = syncing.sync(opened, wish)
    return pages, reports


def test_what_is_recent_of_all_comes_before_what_is_old_of_any(office):
    pages, reports = _pages(office)
    folders = [(folder, who) for folder, who, _ in pages[:8]]
    four = [("INBOX", "anna"), ("Sent", "anna"), ("INBOX", "bori"), ("Sent", "bori")]
    assert folders == [one for one in four for _ in range(2)], "two pages hold the three mails of this month"
    assert [(folder, who) for folder, who, _ in pages[8:16]] == [one for one in four for _ in range(2)], "then by turns"
    assert {report.state for report in reports} == {"ok"}
    assert [report.counts.listed for report in reports] == [9] * 4
    assert office.good_sync().listed == 0


def test_a_sync_that_is_stopped_between_two_turns_goes_on_where_it_was(office):
    office.database = "whole.db"
    _pages(office)
    whole = office.dump(cursors=False)
    office.database = "stopped.db"
    pages, reports = _pages(office, stops_after=9)
    assert len(pages) == 9
    assert "stopped" in {report.state for report in reports}
    again, _ = _pages(office)
    assert len(again) < 16
    assert office.dump(cursors=False) == whole
