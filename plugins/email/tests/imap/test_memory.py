"""A large mailbox costs no more memory than a small one."""

import tracemalloc

import pytest


@pytest.fixture
def taken():
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()


def test_what_was_heard_of_a_mail_is_let_go_of_with_its_page(dovecot, address, opened, taken):
    head = b"From: petr@romashka.example\r\n" + b"X-Long: " + b"x" * 40_000 + b"\r\n\r\n"
    for number in range(300):
        dovecot.deliver(address, "INBOX", head + b"%d\r\n" % number)
    after = []
    with opened(
        host="127.0.0.1", port=dovecot.port, security="none", address=address, password=dovecot.password
    ) as source:
        for page in source.pull(f"{address}/INBOX", None):
            assert all(raw.body() for raw in page.raws)
            after.append(taken())
    assert len(after) == 3
    assert after[-1] - after[0] < 1_000_000, "of the 4 MB of every page"
