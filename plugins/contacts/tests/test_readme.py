"""The examples of the README work, and its table is complete."""

import re
import tomllib
from pathlib import Path

import pytest
from hub_contacts.headings import KINDS, choose
from hub_contacts.plugin import CONNECTOR

TEXT = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
TABLE = TEXT[TEXT.index("| kind |") : TEXT.index("**Whose row")]
EXAMPLES = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)


def test_both_examples_are_found():
    assert len(EXAMPLES) == 2


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_settings_shown_are_right(example):
    (connection,) = tomllib.loads(example)["connections"].values()
    assert connection.pop("connector") == CONNECTOR.name
    CONNECTOR.settings.model_validate(connection)


def test_every_field_stands_in_the_table():
    fields = {name for kind in KINDS.values() for name in kind}
    assert {name for name in fields if f"`{name}`" not in TABLE} == set()


def test_the_headings_shown_are_recognised():
    kind = ""
    for line in TABLE.strip().splitlines()[2:]:
        first, fields, headings = (cell.strip() for cell in line.strip("|").split("|"))
        kind = first or kind
        for heading in re.split(r"[,;]", re.sub(r"\([^)]*\)|: .*|…", "", headings)):
            if re.match(r"[A-ZА-Я№]", heading.strip()):
                known = choose(kind, [heading.strip()], {}, with_keys=True)
                assert set(known) & set(re.findall(r"`(\w+)`", fields) or KINDS[kind]), (kind, heading)
