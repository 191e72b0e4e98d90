"""What a text of PostgreSQL's cannot hold is in nobody's way, and both databases keep the same."""

import re
from dataclasses import replace

import pytest

from hub.engine import rebuild
from hub.engine.mapping import _NUL
from tests.engine.conftest import company, mail


def test_a_mail_with_a_nul_is_kept_without_it(world):
    world.memory.add("crm", "1", company("ООО\0 Ромашка", emails=("info@romashka.test",)))
    world.memory.add(
        "inbox", "1", mail("ivan@romashka.test", "anna@my.example", mid="a\0@x", subject="Сч\0ёт", text="три\0 насоса")
    )
    world.memory.add(
        "inbox", "2", mail("ivan@romashka.test", "anna@my.example", mid="b@x", subject=r"\u0000 и \\u0000", day=2)
    )
    world.sync()
    assert world.history("ООО Ромашка") == [r"mail in \u0000 и \\u0000", "mail in Счёт"]
    before = world.dump()
    calm = replace(world, path=world.path / "calm", server=None)
    calm.sync()
    assert calm.dump() == before
    with world.open() as opened:
        rebuild.rebuild(opened)
    assert world.dump() == before


@pytest.mark.parametrize(
    ("written", "kept"),
    [(r"a\u0000b", "ab"), (r"\\u0000", r"\\u0000"), (r"\\\u0000", r"\\"), (r"\u0000\u0000", "")],
)
def test_only_what_json_means_by_it_is_left_out(written, kept):
    assert _NUL.sub(rb"\1", written.encode()).decode() == kept
    assert re.search("\0", written) is None
