"""Several works at once in one thread: who is ready has its turn, and nobody keeps the others waiting."""

import os
from contextlib import closing

import pytest

from hub.engine.pool import LENT, Pool
from hub.engine.steps import TURN, Pause, at_once, finished
from hub.errors import StoreUnusable


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def counted(name, turns, done):
    for _ in range(turns):
        done.append(name)
        yield TURN


def waits(line, seconds=1000.0):
    while True:
        yield Pause(line, seconds)


@pytest.fixture
def silent():
    """A line on which nothing is ever said."""
    reading, writing = os.pipe()
    yield reading
    os.close(reading)
    os.close(writing)


def test_who_has_little_to_do_is_not_kept_waiting_by_who_has_much():
    done = []
    pool = Pool(2)
    pool.add(counted("long", 100_000, done))
    pool.add(counted("short", 3, done))
    for _ in range(4):
        pool.turn(0)
    assert done.count("short") == 3
    assert done.count("long") == 4
    assert len(pool) == 1


def test_no_more_work_at_once_than_there_are_places():
    done = []
    pool = Pool(2)
    for name in "abc":
        pool.add(counted(name, 2, done))
    pool.turn(0)
    assert (done, pool.crowded) == (["a", "b"], True)
    pool.run()
    assert sorted(done) == ["a", "a", "b", "b", "c", "c"]
    assert not pool.crowded


def test_who_hears_nothing_lends_its_place(silent):
    clock, done = Clock(), []
    pool = Pool(1, clock)
    pool.add(waits(silent))
    pool.add(counted("next", 1, done))
    pool.turn(0)
    pool.turn(0)
    assert not done
    clock.now = 6
    pool.turn(0)
    assert done == ["next"]
    pool.close()


def test_there_is_an_end_to_lending(silent):
    clock = Clock()
    pool = Pool(2, clock)
    for _ in range(100):
        pool.add(waits(silent))
    for _ in range(50):
        clock.now += 6
        pool.turn(0)
    assert len(pool._working) == 2 + LENT
    pool.close()


def test_what_is_urgent_has_a_place_of_its_own():
    done = []
    pool = Pool(1)
    pool.add(counted("long", 10, done))
    pool.add(counted("other", 10, done))
    pool.turn(0)
    pool.add(counted("urgent", 1, done), urgent=True)
    pool.turn(0)
    assert done == ["long", "long", "urgent"]


def test_a_line_that_speaks_ends_a_pause_before_its_time(silent):
    reading, writing = os.pipe()
    said = []

    def listens():
        yield Pause(reading, 60)
        said.append(os.read(reading, 10))

    pool = Pool(2)
    pool.add(listens())
    pool.add(waits(silent, 60))
    pool.turn(0)
    os.write(writing, b"news")
    pool.turn(30)
    assert said == [b"news"]
    pool.close()
    os.close(reading)
    os.close(writing)


def test_what_ends_one_is_told_to_the_others():
    told = []

    def hears():
        try:
            while True:
                yield TURN
        except StoreUnusable as error:
            told.append(error)
            yield TURN  # what takes leave of somebody may pause, and is not waited for
            told.append("never")

    def fails():
        yield TURN
        raise StoreUnusable("the disk is full")

    pool = Pool(2)
    pool.add(hears())
    pool.add(fails())
    with pytest.raises(StoreUnusable) as raised:
        pool.run()
    assert told == [raised.value]
    assert not len(pool)


def test_steps_can_be_waited_for():
    @at_once
    def answer(number):
        return number * 2

    def work():
        yield Pause(None, 0.01)
        return (yield from answer(21))

    assert finished(work()) == 42


def test_who_is_interrupted_while_it_waits_lets_its_steps_hear_of_it(monkeypatch):
    told = []

    def work():
        try:
            yield Pause(None, 60)
        except KeyboardInterrupt:
            told.append("interrupted")
            raise

    def interrupt(_pause):
        raise KeyboardInterrupt

    monkeypatch.setattr("hub.engine.steps._wait", interrupt)
    with closing(work()) as steps, pytest.raises(KeyboardInterrupt):
        finished(steps)
    assert told == ["interrupted"]
