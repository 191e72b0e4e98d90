import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.settings.places import entries

TEXT = """\
# Кириллица: columns are characters
"ключ" = "значение"
a.b."c.d" = { x = 1, y.z = [1, { q = 2 }] }
'лит.ерал' = 1
1.2 = 3

[t . "u"]
v = [
  1, # a comment
  { k = "п", m = \"\"\"
x\"\"\" }, 'э', { n = 1 },
]

[[arr]]
n = 1
[arr.sub]
z = 1
[[arr]]
[[arr.deep]]
d = 2020-01-01
[[arr.deep]]
"""


@pytest.mark.parametrize(
    ("key", "where", "value"),
    [
        (("ключ",), (2, 1), (2, 10)),
        (("a",), (3, 1), (3, 1)),
        (("a", "b", "c.d"), (3, 5), (3, 13)),
        (("a", "b", "c.d", "y", "z", 1, "q"), (3, 34), (3, 38)),
        (("лит.ерал",), (4, 1), (4, 14)),
        (("1", "2"), (5, 3), (5, 7)),
        (("t", "u"), (7, 6), (7, 1)),
        (("t", "u", "v", 0), (9, 3), (9, 3)),
        (("t", "u", "v", 1, "m"), (10, 14), (10, 18)),
        (("t", "u", "v", 2), (11, 9), (11, 9)),
        (("t", "u", "v", 3, "n"), (11, 16), (11, 20)),
        (("arr", 0), (14, 3), (14, 1)),
        (("arr", 0, "sub", "z"), (17, 1), (17, 5)),
        (("arr", 1), (18, 3), (18, 1)),
        (("arr", 1, "deep", 0, "d"), (20, 1), (20, 5)),
        (("arr", 1, "deep", 1), (21, 7), (21, 1)),
    ],
)
def test_every_way_of_writing_a_key_has_its_place(key, where, value):
    entry = entries(TEXT, "f")[key]
    assert ((entry.key.line, entry.key.column), (entry.value.line, entry.value.column)) == (where, value)


def leaves(tree, key=()):
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for name, value in items:
        yield (*key, name)
        yield from leaves(value, (*key, name))


def test_no_key_of_a_file_is_without_a_place():
    assert set(leaves(tomllib.loads(TEXT))) <= set(entries(TEXT, "f"))


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=0, max_size=5)
scalars = st.one_of(words, st.integers(-5, 5), st.booleans())
trees = st.dictionaries(
    words,
    st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3), max_leaves=6
    ),
    max_size=4,
)


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def toml(value):
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case str():
            return quoted(value)
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case _:
            return "{" + ", ".join(f"{quoted(name)} = {toml(inner)}" for name, inner in value.items()) + "}"


@settings(max_examples=60, deadline=None)
@given(trees)
def test_the_place_of_any_value_is_where_its_text_stands(tree):
    text = "".join(f"{quoted(name)} = {toml(value)}\n" for name, value in tree.items())
    assert tomllib.loads(text) == tree
    found = entries(text, "f")
    rows = text.split("\n")
    for key in leaves(tree):
        value = tree
        for part in key:
            value = value[part]
        entry = found[key]
        assert rows[entry.value.line - 1][entry.value.column - 1 :].startswith(toml(value))
        if isinstance(key[-1], str):
            assert rows[entry.key.line - 1][entry.key.column - 1 :].startswith(quoted(key[-1]))
