"""A source in a process of its own asks the hub's desk over the pipe, and waits by itself."""

import threading
import time
from datetime import timedelta

import pytest

import hub
from hub.engine.feed import Failed
from hub.errors import StoreUnusable
from hub.testing import Budgets, Drawer
from tests.engine.notes import NOW, apart, order, pulled


class Shop:
    """A desk in this process: budgets and a drawer."""

    def __init__(self):
        self.budgets, self.drawer, self.asked = Budgets(), Drawer(hub.Grant("a0", "r0", NOW), lambda: NOW), []

    def __call__(self, question, *said):
        self.asked.append(question)
        at = self.budgets if question in ("take", "rest") else self.drawer
        return getattr(at, question)(*said)


def test_a_child_takes_from_the_budget_of_all_and_sleeps_by_itself():
    shop = Shop()
    made = order(pull=lambda _number, tools: tools.limit("shop", hub.Rate(10)).take(), desk=shop)
    with apart(made) as feed:
        assert len(pulled(feed, made)) == 3
    first, second, third = (at for at, _key, _cost in shop.budgets.taken)
    assert min(second - first, third - second) >= 0.1


def test_a_child_gets_its_tokens_and_stores_what_becomes_of_them():
    shop = Shop()
    seen = []

    def use(_number, tools):
        grant = tools.tokens.current(
            lambda old: hub.Grant(old.access + "+", old.refresh + "+", NOW + timedelta(days=1))
        )
        tools.log.info(grant.access)

    made = order(pull=use, desk=shop)
    with apart(made) as feed:
        seen = pulled(feed, made)
    assert len(seen) == 3
    assert (shop.drawer.grant.access, shop.drawer.grant.refresh, shop.drawer.version) == ("a0+", "r0+", 2)


@pytest.mark.parametrize("number", [0, 1])
def test_what_the_desk_cannot_answer_is_the_plugins_error_and_the_child_goes_on(number):
    def ask(_number, tools):
        tools.limit("shop", hub.Rate(1)).take(2) if number else tools.tokens.current(None)

    made = order(pull=ask, desk=Shop() if number else lambda *_said: None)
    kind = Failed if number else hub.AuthFailed
    with apart(made) as feed:
        with pytest.raises(kind):
            pulled(feed, made)
        assert [one.name for one in feed.streams()] == ["notes"]


def test_a_database_that_cannot_be_used_is_no_plugins_business():
    def full(*_said):
        raise StoreUnusable("the disk is full")

    made = order(pull=lambda _number, tools: tools.limit("shop", hub.Rate(1)).take(), desk=full)
    with apart(made) as feed, pytest.raises(StoreUnusable):
        pulled(feed, made)


def test_threads_of_a_plugin_may_ask_while_pages_are_on_their_way():
    shop, started = Shop(), []

    def work(tools):
        limit = tools.limit("shop", hub.Rate(9, burst=1000))
        for _ in range(50):
            limit.take()

    def pull(number, tools):
        if number == 0:
            started.extend(threading.Thread(target=work, args=(tools,), daemon=True) for _ in range(3))
            for thread in started:
                thread.start()
        if number == 2:
            for thread in started:
                thread.join()
        time.sleep(0.01)

    made = order(pull=pull, desk=shop)
    with apart(made) as feed:
        assert len(pulled(feed, made)) == 3
    assert len(shop.budgets.taken) == 150
