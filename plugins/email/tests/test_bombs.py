"""Mails made to burn time and memory cost little of either, and what can be known of them is known."""

import time
from collections.abc import Callable
from datetime import date

from hub_email import caps
from hub_email.mapping import to_records
from hub_email.prune import prune

import hub

SECONDS = 2.0
WINDOW = hub.Window(date(2026, 11, 1), date(2028, 1, 1))


def test_a_bomb_costs_less_than_two_seconds_and_says_who_sent_it(bomb: Callable[[], bytes]) -> None:
    mail = bomb()
    began = time.process_time()
    raw = prune(mail)
    result = to_records(raw, None, WINDOW)
    assert time.process_time() - began < SECONDS
    assert len(raw) <= caps.TEXT_PARTS + 10 * caps.HEADER
    assert prune(raw) == raw
    if isinstance(result, hub.Unreadable):
        assert result.reason == "The file is not a mail: it has no header"
        return
    record = result[0].record
    assert isinstance(record, hub.Email)
    assert len(record.text) <= caps.TEXT
    assert len(record.subject) <= caps.SUBJECT
    assert len(record.participants) <= 5 * caps.ADDRESSES
    assert len(record.attachments) <= caps.ATTACHMENTS
    assert len(record.references) <= caps.REFERENCES
    if b"evil@orlov.example" in raw[:1000]:
        assert "evil@orlov.example" in [one.identifier.value for one in record.participants if one.identifier]
