"""Messages on their way: by mail and by HTTP, for real."""

import sys
import time

from hub.engine.steps import finished
from hub.notices import telling
from hub.notices.post import without


def told(desk):
    desk.ran("box-01", "AuthFailed", "The source does not accept the token")
    desk.later(seconds=1)
    desk.later(seconds=61)


def test_a_mail_arrives_with_what_is_wrong_and_what_to_do(mailed):
    desk, received = mailed
    told(desk)
    [mail] = received
    assert mail["subject"] == "[hub 1] box-01: нужны вы"
    assert "it@my.example" in mail["to"]
    text = mail.get_body(("plain",)).get_content()
    assert "источник не принимает токен" in text


def test_a_message_that_is_refused_is_sent_again_later_and_once(posted, caplog):
    desk, received, statuses = posted
    statuses += [503]
    told(desk)
    assert len(received) == 1
    assert "message 1 was not sent" in caplog.text
    assert "a-secret-password" not in caplog.text
    desk.later(seconds=30)
    assert len(received) == 1, "it is not tried at every turn"
    desk.later(seconds=40)
    desk.later(hours=5)
    assert len(received) == 2
    assert received[1]["title"] == "[hub 1] box-01: нужны вы"


def posted(url, title, body):
    return finished(telling.posted(url, title, body))


def test_nobody_there_is_said_without_what_is_secret(hub):
    why = posted("mailto://user:a-secret-password@127.0.0.1:9?to=it@my.example", "title", "body")
    assert why
    assert "a-secret-password" not in why
    assert posted("nonsense", "title", "body") == "the address in [notices] url is none that apprise knows"


def test_an_address_stands_in_no_message():
    assert without("tgram://123456:AAbbCC/-100200/", "POST /bot123456:AAbbCC/send to -100200: 401") == (
        "POST /bot•••:•••/send to •••: 401"
    )


def test_whoever_does_not_answer_is_not_waited_for(hub, monkeypatch, tmp_path):
    monkeypatch.setattr(telling, "SEND_S", 0.5)
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 20\n")
    slow.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(slow))
    began = time.monotonic()
    assert posted("json://127.0.0.1/", "title", "body") == "no answer within 0.5 s"
    assert time.monotonic() - began < 10


def test_a_message_that_no_process_can_be_started_for_is_sent_later(monkeypatch, tmp_path):
    monkeypatch.setattr(telling.sys, "executable", str(tmp_path / "gone"))
    assert "gone" in posted("json://127.0.0.1:1/", "title", "body")
