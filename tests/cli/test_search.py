import json

import pytest

from hub.cli.search import marked, snippet


def titles(said):
    return [line["title"] for line in json.loads(said.out)["interactions"]]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["договоры"], ["Re: Договор поставки", "Договор поставки"]),
        (["договора", "сканы"], ["Re: Договор поставки"]),
        (["45/2024-П"], ["Смета"]),
        (["45/2024"], ["Смета"]),
        (["обсужд*"], ["Обсуждение", "Принято: Обсуждение", "Приглашение: Обсуждение"]),
        (["petrov@romashka.example", "скан"], ["Re: Договор поставки"]),
        (["восемь"], []),  # what was left out is not found, either
        (["слон"], []),
    ],
)
def test_words_are_found_in_any_of_their_forms_newest_first(sold, words, found):
    assert titles(sold("search", *words, "--json")) == found


def test_a_search_is_narrowed_by_client_kind_and_number(sold):
    assert titles(sold("search", "example", "--client", "ООО Стройка", "--json")) == ["Смета"]
    assert titles(sold("search", "обсуждение", "--kind", "meeting", "--json")) == ["Обсуждение"]
    assert len(titles(sold("search", "example", "--limit", "2", "--json"))) == 2


def test_a_search_is_narrowed_by_days_and_by_who_takes_part(sold):
    assert titles(sold("search", "example", "--since", "2024-11-02", "--until", "02.11.2024", "--json")) == [
        "Re: Договор поставки"
    ]
    whole = titles(sold("search", "example", "--person", "anna@my.example", "--limit", "100", "--json"))
    assert "Re: Договор поставки" in whole
    assert titles(sold("search", "example", "--person", "nobody@else.example", "--json")) == []
    assert sold("search", "example", "--person", "Иван").code == 2


def test_a_search_says_down_to_where_it_is_complete(sold):
    said = sold("search", "example", "--limit", "1")
    assert "There are earlier lines" in said.err
    assert json.loads(sold("search", "example", "--limit", "1", "--json").out)["complete_since"]
    assert json.loads(sold("search", "скан", "--json").out)["complete_since"] is None


def test_a_hit_stands_with_its_client_and_what_is_around_it(sold):
    lines = sold("search", "скана", "--lang", "ru").out.splitlines()
    assert lines[0] == "02.11.2024 12:00  письмо  ←  Иван Петров → Анна Смирнова  Re: Договор поставки"
    assert lines[1].startswith("    ООО «Ромашка» (")
    assert lines[2] == "    Подписали, высылаю скан договора. > Направляю"


def test_nothing_to_look_for_is_a_mistake_in_the_line(sold):
    assert sold("search", "…").code == 2


def test_nothing_found_is_no_mistake(sold):
    said = sold("search", "слон")
    assert (said.code, said.out, said.err) == (0, "", "Nothing found.\n")


def test_the_words_looked_for_are_set_off():
    spans = list(marked("скан договора", lambda word: word == "договора"))
    assert spans[:2] == [("скан ", ""), ("договора", "bold yellow")]


def test_a_snippet_shows_what_is_around_the_first_hit_and_where_it_was_cut():
    text = "начало " * 30 + "слон " + "конец " * 30
    said = "".join(text for text, _style in snippet(text, lambda word: word == "слон"))
    assert said.startswith("…")
    assert said.endswith("…")
    assert "слон" in said
    assert len(said) < 170
    assert list(snippet("ничего", lambda word: word == "слон")) == []


def test_an_option_that_cannot_be_right_is_named_in_the_readers_language(sold):
    said = sold("--lang", "ru", "search", "договор", "--limit", "-3")
    assert (said.code, "--limit: нужно число от 1" in said.err) == (2, True)
    said = sold("--lang", "ru", "search", "договор", "--since", "когда-нибудь")
    assert (said.code, "--since: когда-нибудь — не дата" in said.err) == (2, True)
