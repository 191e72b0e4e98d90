"""Threads are connected components, whatever the order."""

from hypothesis import given
from hypothesis import strategies as st

from hub.core.threads import join

MAILS = st.lists(
    st.lists(st.integers(1, 30), min_size=1, max_size=4, unique=True), max_size=15, unique_by=lambda mail: mail[0]
)


def test_a_reply_to_a_mail_nobody_has_joins_its_siblings():
    threads, _ = join([[10, 5], [20, 5]], {})
    assert threads[10] == threads[20] == 5


def test_a_late_mail_joins_two_threads():
    known = {10: 5, 5: 5, 20: 7, 7: 7}
    threads, moved = join([[30, 10, 20]], known)
    assert {threads[30], threads[10], threads[20]} == {5}
    assert moved == {7: 5}


@given(MAILS)
def test_one_by_one_is_the_same_as_all_at_once(mails):
    at_once, _ = join(mails, {})
    known: dict[int, int] = {}
    for mail in mails:
        threads, moved = join([mail], {n: known[n] for n in mail if n in known})
        known = {number: moved.get(thread, thread) for number, thread in known.items()} | threads
    assert {number: known[number] for mail in mails for number in mail} == {
        number: at_once[number] for mail in mails for number in mail
    }
