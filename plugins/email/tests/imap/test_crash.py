"""Dying at any step of a sync of mailboxes.

stage 0   the first pull of two folders, page by page
stage 1   new mails, one is moved, one is gone
stage 2   the server has renumbered a folder and lost a mail of it; another folder was renamed
"""

import pytest

STAGES, SAMPLE = 3, 2


@pytest.fixture
def life(dovecot, address, letter, world, in_small_pages, module, tmp_path):
    def put(folder, *names):
        for name in names:
            dovecot.deliver(address, folder, letter(name))

    def doveadm(command, *words):
        dovecot.doveadm(*command.split(), "-u", address, *words)

    def change(stage):
        if stage == 0:
            put("INBOX", *(f"a{number}" for number in range(10)))
            put("Sent", *(f"s{number}" for number in range(5)))
        elif stage == 1:
            put("INBOX", *(f"n{number}" for number in range(5)))
            doveadm("expunge", "mailbox", "INBOX", "uid", "3")
            doveadm("move", "Sent", "mailbox", "INBOX", "uid", "4")
        else:
            doveadm("expunge", "mailbox", "INBOX", "uid", "7")
            doveadm("mailbox update", "--uid-validity", "4242", "--min-next-uid", "1000", "INBOX")
            put("INBOX", "late")
            doveadm("mailbox rename", "Sent", "Gesendet")

    hub = world(dovecot, address=address)
    hub.instead = {"email.imap": in_small_pages(4)}
    return module("tests/shared/dying.py").Life(hub, tmp_path, change)


def test_dying_at_any_step_and_starting_over_ends_in_the_same_history(life):
    assert life.dies(STAGES, SAMPLE, exactly=False) >= SAMPLE * STAGES - 2
