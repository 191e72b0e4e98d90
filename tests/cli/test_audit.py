"""`hub audit` as a person sees it."""

import json
import re

from hub.testing.memory import Memory


def test_it_shows_both_counts_and_says_that_all_is_here(sold):
    said = sold("audit")
    assert said.code == 0
    assert re.search(r"shop +Входящие \(anna@my.example\) +8 +6 +1 +1", said.out)
    assert "accounted for, item by item" in said.out
    assert "учтено поимённо" in sold("--lang", "ru", "audit").out


def test_it_tells_what_is_missing_and_what_is_gone_and_repairs_it(sold):
    source = Memory.load(sold.folder / "shop.json")
    source.add("INBOX", "50", b"rubbish, too")
    source.delete("INBOX", "8")
    source.save(sold.folder / "shop.json")
    said = sold("audit", "shop")
    assert said.code == 1
    assert "1 item there is not here" in said.err
    assert "hub audit shop --repair" in said.err
    assert "1 item here is no longer there" in said.err
    russian = sold("--lang", "ru", "audit").err
    assert "здесь нет 1 элемента из источника" in russian
    assert "1 элемента в источнике больше нет" in russian
    repaired = sold("audit", "--repair")
    assert repaired.code == 0
    assert "Repaired: 2 items." in repaired.out


def test_its_json_says_the_same(sold):
    found = json.loads(sold("audit", "--json").out)
    assert found["whole"] is True
    inbox = next(one for one in found["streams"] if one["stream"] == "INBOX")
    assert inbox == {
        "connection": "shop", "stream": "INBOX", "title": "Входящие", "there": 8,
        "here": {"stored": 6, "quarantined": 1, "excluded": 1}, "missing": 0, "gone": 0, "back": 0, "by_ids": True,
        "repaired": 0, "quiet": None,
    }  # fmt: skip


def test_a_source_that_cannot_be_opened_is_told_and_proves_nothing(sold):
    (sold.folder / "shop.json").unlink()
    said = sold("audit")
    assert said.code == 1
    assert "Error: shop: " in said.err
    assert "accounted for" not in said.out
