"""Who rings is heard: at once, for the streams that he names, and believed less when it was for nothing."""

import pytest

import hub
from hub.store import pulls, running
from tests.daemon.conftest import more
from tests.engine.conftest import mail


def test_who_rings_is_pulled_at_once_and_answered(serving, source):
    with serving(source) as served:
        served.round()
        more(source, 2)
        served.pass_(10)
        served.ring()
        served.round()
        assert served.stored() == 2
        with served.hub.store.read() as tx:
            assert not running.rung(tx)


def of_stream(served, name):
    """How many runs a stream had."""
    with served.hub.store.read() as tx:
        number = pulls.stream_id("memory", name)
        return tx.connection.exec_driver_sql(f"SELECT count(*) FROM run WHERE stream_id = {number}").scalar()


def test_a_ring_that_names_a_stream_pulls_that_one_alone_and_the_rest_when_it_is_due(serving, source):
    more(source, 1)
    source.add("sent", "9", mail("anna@my.example", "ivan@romashka.example", mid="9@romashka.example"))
    with serving(source) as served:
        served.round()
        whole = served.entry().due
        for number in (2, 3, 4):
            more(source, number)
            served.pass_(10)
            served.ring(stream="inbox")
            served.round()
        assert served.stored() == 5
        assert (of_stream(served, "inbox"), of_stream(served, "sent")) == (4, 1)
        assert served.entry().due == pytest.approx(whole, abs=0.1), "who rings often starves no other stream"
        with served.hub.store.read() as tx:
            assert not running.rung(tx)
        served.pass_(10)
        served.ring(stream="inbox")
        served.ring(stream="sent")
        served.round()
        assert (of_stream(served, "inbox"), of_stream(served, "sent")) == (5, 2)
        served.pass_(330)
        served.round()
        assert (of_stream(served, "inbox"), of_stream(served, "sent")) == (6, 3)


def test_a_stream_that_rang_and_cannot_be_read_keeps_the_others_from_nothing(serving, source):
    source.add("sent", "9", mail("anna@my.example", "ivan@romashka.example", mid="9@romashka.example"))
    with serving(source) as served:
        served.round()
        source.faults[("inbox", 1)] = hub.Unreachable("not this one")
        more(source, 2)
        served.pass_(10)
        served.ring(stream="inbox")
        served.round()
        assert served.term().failures == 0
        served.pass_(340)
        served.round()
        assert served.stored() == 3


def test_a_ring_that_nobody_has_followed_yet_outlives_a_new_configuration(serving, source):
    with serving(source) as served:
        served.round()
        more(source, 2)
        served.ring(stream="inbox")
        served.daemon._hear()
        served.daemon.asked.reload = True
        served.pass_(10)
        served.round(until=lambda: served.stored() == 2)


def test_who_rings_after_the_clock_was_set_back_is_heard(serving, source):
    with serving(source) as served:
        served.round()
        served.wall.turn(days=400)
        served.ring()
        served.round()
        served.wall.turn(days=-400)
        more(source, 2)
        served.pass_(10)
        served.ring()
        served.round()
        assert served.stored() == 2


def test_who_rings_while_another_process_reads_him_is_pulled_soon_after_it(serving, source):
    with serving(source) as served:
        served.round()
        more(source, 2)
        with served.hub.store.write() as tx:
            (stream,) = pulls.streams(tx)
            now = served.wall.milliseconds()
            assert pulls.take(tx, stream.id, f"{stream.id}:another", now, now + 20_000)
            lease = pulls.stream(tx, stream.id).lease_epoch
        served.ring()
        served.round()
        assert served.stored() == 1
        with served.hub.store.write() as tx:
            pulls.release(tx, stream.id, lease)
        served.pass_(31)
        served.round()
        assert served.stored() == 2


def test_who_rings_while_he_is_pulled_is_pulled_again(serving, source):
    with serving(source) as served:
        served.daemon.agenda.begin(served.entry())
        served.daemon.agenda.ring("memory")
        served.daemon.agenda.end(served.hub, served.entry(), [])
        assert served.entry().due - served.tick() <= 0.2


def test_who_rings_for_nothing_again_and_again_is_believed_less(serving, source):
    with serving(source) as served:
        served.round()
        waits = []
        for _ in range(8):
            served.pass_(70)
            served.daemon.agenda.ring("memory")
            served.round()
            waits.append(round(served.entry().hush - served.tick(), 1))
        assert waits == sorted(waits)
        assert waits[-1] == pytest.approx(60, abs=1)
        more(source, 2)
        served.pass_(70)
        served.daemon.agenda.ring("memory")
        served.round()
        assert served.entry().hush - served.tick() < 1
