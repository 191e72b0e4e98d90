"""Address lists as mailers write them."""

import pytest
from hub_email import caps
from hub_email.addresses import addresses


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("", []),
        ("ivan@orlov.example", [("", "ivan@orlov.example")]),
        ("Ivan Petrov <ivan@orlov.example>", [("Ivan Petrov", "ivan@orlov.example")]),
        (
            '"Petrov, Ivan" <ivan@orlov.example>, b@c.example',
            [("Petrov, Ivan", "ivan@orlov.example"), ("", "b@c.example")],
        ),
        ("a@b.example; c@d.example;", [("", "a@b.example"), ("", "c@d.example")]),
        ("=?utf-8?Q?Orlov,_Oleg?= <o@orlov.example>", [("Orlov, Oleg", "o@orlov.example")]),
        ('"=?koi8-r?B?8MXU0g==?=" <p@orlov.example>', [("Петр", "p@orlov.example")]),
        ("=?utf-8?B?0JjQstCw0L0gPGl2YW5AeC5ydT4=?=", [("Иван", "ivan@x.ru")]),
        ("Undisclosed recipients:;", []),
        (
            "Team: a@b.example, C <c@d.example>; e@f.example",
            [("", "a@b.example"), ("C", "c@d.example"), ("", "e@f.example")],
        ),
        ("ivan@orlov.example (Ivan (jr) Petrov)", [("Ivan (jr) Petrov", "ivan@orlov.example")]),
        ('"ivan petrov"@orlov.example', [("", '"ivan petrov"@orlov.example')]),
        ("<mailto:a@b.example>", [("", "a@b.example")]),
        ("<@relay,@other:u@x.example>", [("", "u@x.example")]),
        ("'a@b.example' <A@b.example>", [("", "A@b.example")]),
        ('Ivan "Vanya <ivan@orlov.example>, b@c.example', [("Ivan Vanya", "ivan@orlov.example"), ("", "b@c.example")]),
        ("Ivan Petrov ivan@orlov.example", [("Ivan Petrov", "ivan@orlov.example")]),
        ("<ivan @ orlov.example>", [("", "ivan@orlov.example")]),
        ("Ivan <ivan@orlov.example", [("Ivan", "ivan@orlov.example")]),
        ("Nobody <nobody>", [("Nobody", "")]),
        ("<>", []),
        (", ,;:", []),
        ("x" * 2_000 + "@y.example", []),
        ("<a\x00b@c.example>", [("", "ab@c.example")]),
    ],
)
def test_an_address_list_is_read(value: str, found: list[tuple[str, str]]) -> None:
    assert [one for one in addresses(value) if one[1] or len(one[0]) < caps.NAME] == found


def test_an_address_in_cyrillic_is_kept_as_it_was_written() -> None:
    raw = "Иван <иван@почта.рф>".encode().decode("latin-1")
    assert addresses(raw) == (("Иван", "иван@почта.рф"),)


def test_only_so_many_addresses_are_read() -> None:
    assert len(addresses("a@b.example," * 5_000)) == caps.ADDRESSES


@pytest.mark.parametrize("name", ["Ольга Петровых", "АО РЖД Р", "Х"])
def test_half_a_letter_at_the_end_of_a_raw_name_is_not_taken_for_white_space(name: str) -> None:
    for written in (f"{name} <a@b.example>", f'"{name}" <a@b.example>', f"a@b.example ({name})", f"{name} a@b.example"):
        assert addresses(written.encode().decode("latin-1")) == ((name, "a@b.example"),)
