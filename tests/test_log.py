"""Log lines say what they are about."""

import logging

from hub.log import Log


def test_a_line_says_what_all_of_its_log_say_and_what_it_adds_itself(caplog):
    log = Log(logging.getLogger("hub.test"), {"action": "pull", "connection": "office"})
    with caplog.at_level("INFO", "hub.test"):
        log.info("vanished", extra={"stream": "INBOX", "action": "list"})
        log.info("again")
    said = [(one.action, one.connection, getattr(one, "stream", "")) for one in caplog.records]
    assert said == [("list", "office", "INBOX"), ("pull", "office", "")]
