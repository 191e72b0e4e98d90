"""RFC 2047 as it is really written."""

import base64 as b64

import pytest
from hub_email import words


def _word(text: str, charset: str = "utf-8") -> str:
    return f"=?{charset}?B?{b64.b64encode(text.encode(charset)).decode()}?="


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("  two \t\n words ", "two words"),
        (_word("Привет"), "Привет"),
        ("Re: " + _word("Привет") + " all", "Re: Привет all"),
        (f"{_word('При')} {_word('вет')}", "Привет"),
        (f"{_word('При')}\r\n\t{_word('вет', 'koi8-r')}", "Привет"),
        ("=?utf-8?q?=D0=9F=D1=80_=D0=B8?=", "Пр и"),
        ("=?utf-8*ru?Q?=D0=9F?=", "П"),
        ("=?utf-8?B?0J8?=", "П"),  # without padding
        ("=?utf-8?B?0J/R?=", "П"),  # cut inside a character
        ("=?utf-8?B?0J/RgNC4?= =?utf-8?B?0LI=?= =?utf-8?B?0LXRgg==?=", "Привет"),
        ("=?utf-8?B?0J/RgNC40L", "При"),  # cut off
        ("=?koi8-r?B?8NLJ18XU?=", "Привет"),
        ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        ("=?utf-8?B??=", ""),
        ("a =? b ?= c", "a =? b ?= c"),
        ("=?=?=?", "=?=?=?"),
        ("=?utf-8?Q?a?b?=", "a?b"),
        ("\u00d0\u009f", "П"),  # raw UTF-8, held as latin-1
        ("a\x00b" + "\u202e".encode().decode("latin-1") + "c", "abc"),
    ],
)
def test_encoded_words_are_decoded(value: str, text: str) -> None:
    assert words.text(value).rstrip("\ufffd") == text


def test_only_so_many_encoded_words_are_decoded() -> None:
    value = " ".join([_word("я")] * 3_000)
    text = words.text(value)
    assert text.startswith("я" * 1_000)
    assert "=?" in text


@pytest.mark.parametrize(
    ("data", "decoded"),
    [
        (b"AAEC", b"\0\1\2"),
        (b"AAECAw", b"\0\1\2\3"),
        (b"AAECAw==", b"\0\1\2\3"),
        (b"AA\r\n EC!", b"\0\1\2"),
        (b"AAECA", b"\0\1\2"),
        (b"AA==AQ==\r\nAg==", b"\0\1\2"),
        (b"====", b""),
        (b"", b""),
    ],
)
def test_base64_gives_what_can_be_decoded(data: bytes, decoded: bytes) -> None:
    assert words.base64(data) == decoded


@pytest.mark.parametrize("code", [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0, 7, 0x7F, 0x9B, 0x200B])
def test_a_name_has_no_characters_that_turn_or_hide_text(code: int) -> None:
    assert words.safe(f"a{chr(code)}b") == "ab"


def test_a_lone_surrogate_becomes_a_replacement_character() -> None:
    assert words.safe("a\ud800b") == "a\ufffdb"


@pytest.mark.parametrize("text", ["Петровых", "АО РЖД Р", "à", "Х", "Е…"])
def test_half_a_letter_at_the_end_of_raw_text_is_not_taken_for_white_space(text: str) -> None:
    assert words.text(text.encode().decode("latin-1")) == text
