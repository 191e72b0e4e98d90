"""The doorbell: IDLE in every mailbox at once."""

import socket
import threading
import time
from datetime import timedelta

import pytest


@pytest.fixture
def office(dovecot, address, letter):
    """Settings for two mailboxes."""
    other = address.replace("anna", "boris")
    for name in (address, other):
        dovecot.deliver(name, "INBOX", letter("first"))
    return {
        "host": "127.0.0.1", "port": dovecot.port, "security": "none", "password": dovecot.password,
        "mailboxes": [{"address": address}, {"address": other}],
    }  # fmt: skip


def waited(source, seconds):
    begun = time.monotonic()
    source.wait(source.tools.clock() + timedelta(seconds=seconds))
    return time.monotonic() - begun


def test_a_new_mail_in_any_mailbox_rings(dovecot, office, opened, letter):
    with opened(**office) as source:
        source.streams()
        ring = threading.Timer(
            0.3, dovecot.doveadm, ("save", "-u", office["mailboxes"][1]["address"]), {"stdin": letter("second")}
        )
        ring.start()
        assert waited(source, 20) < 15
        ring.join()
        assert len(list(source.pull(f"{office['mailboxes'][1]['address']}/INBOX", None))) == 1


def test_without_news_it_ends_at_the_deadline(office, opened):
    with opened(**office) as source:
        assert 0.3 <= waited(source, 0.4) < 5
        assert waited(source, -5) < 3
        source.streams()


def test_whoever_is_to_stop_stops_waiting(office, opened):
    with opened(**office, is_stopping=True) as source:
        assert waited(source, 60) < 5


def test_a_dead_mailbox_and_a_weak_server_ring_no_bell_and_do_no_harm(office, opened, scripted):
    with opened(**{**office, "password": "falsch"}) as source:
        assert 0.2 <= waited(source, 0.3) < 10
    with scripted({}) as server:
        weak = {**office, "port": server.port, "mailboxes": office["mailboxes"][:1]}
        with opened(**weak) as source:
            assert 0.2 <= waited(source, 0.3) < 5


def test_a_server_that_hangs_up_rings(office, opened, scripted):
    def idle(sock, tag, command):
        sock.sendall(b"+ idling\r\n* OK still here\r\n")
        time.sleep(0.2)
        sock.shutdown(socket.SHUT_RDWR)

    answers = {"CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN\r\n", "IDLE": idle}
    with scripted(answers) as server:
        one = {**office, "port": server.port, "mailboxes": office["mailboxes"][:1]}
        with opened(**one) as source:
            assert 0.1 <= waited(source, 30) < 5
