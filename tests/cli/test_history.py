import json
from datetime import UTC, date, datetime

import pytest

from hub.cli import moments, options, terms
from hub.i18n import using
from hub.testing.memory import Memory
from tests.cli import shop

ENGLISH = """\
ООО «Ромашка»  {id}
  company · INN 7707083893
  Known by       romashka.example, +7 495 123-45-67
  Speaks for it  Иван Петров, директор — petrov@romashka.example, +7 916 123-45-67
                 Мария Сидорова — maria@romashka.example
  In touch       2024-11-01 – 2024-11-13: 5 mails, 3 meetings, 1 call, 1 document, 1 task
  Ahead          1 planned
  Under way      Выслать счёт · due 2024-11-25 · past due · Анна Смирнова

2024-11-01 12:00        mail      →  Анна Смирнова → Иван Петров                  #1 Договор поставки · 📎 договор.pdf
2024-11-02 12:00        mail      ←  Иван Петров → Анна Смирнова                  #1 ↳ Re: Договор поставки
2024-11-03 12:00        mail      ←  news@romashka.example → Анна Смирнова        Новости Ромашки · bulk mail
2024-11-05 10:00–11:00  meeting   →  Анна Смирнова ↔ Иван Петров                  Обсуждение · invitation · answer: accepted (Иван Петров)
2024-11-10 12:00–13:00  meeting   →  Анна Смирнова ↔ Иван Петров                  Осмотр склада · cancelled
2024-11-11              meeting   →  Анна Смирнова ↔ Иван Петров                  Выставка · all day
2024-11-12 12:00        call      ←  Иван Петров → Борис Кузнецов                 Звонок · 5 minutes
2024-11-12 13:00        task      ·  Анна Смирнова, ООО «Ромашка»                 Выслать счёт · open · due 2024-11-25
2024-11-13              document  ·  ООО «Ромашка»                                Счёт 45 · invoice · 120,000.50 RUB · due 2024-12-01

Ahead:
2090-01-10 10:00  meeting  →  Анна Смирнова ↔ Иван Петров  Юбилей
"""
RUSSIAN = """\
ООО «Ромашка»  {id}
  компания · ИНН 7707083893
  Опознаётся по    romashka.example, +7 495 123-45-67
  Контактные лица  Иван Петров, директор — petrov@romashka.example, +7 916 123-45-67
                   Мария Сидорова — maria@romashka.example
  Общение          01.11.2024 – 13.11.2024: 5 писем, 3 встречи, 1 звонок, 1 документ, 1 задача
  Впереди          1 запланировано
  В работе         Выслать счёт · срок 25.11.2024 · уже прошёл · Анна Смирнова

01.11.2024 12:00        письмо    →  Анна Смирнова → Иван Петров            #1 Договор поставки · 📎 договор.pdf
02.11.2024 12:00        письмо    ←  Иван Петров → Анна Смирнова            #1 ↳ Re: Договор поставки
03.11.2024 12:00        письмо    ←  news@romashka.example → Анна Смирнова  Новости Ромашки · рассылка
05.11.2024 10:00–11:00  встреча   →  Анна Смирнова ↔ Иван Петров            Обсуждение · приглашение · ответ: принято (Иван Петров)
10.11.2024 12:00–13:00  встреча   →  Анна Смирнова ↔ Иван Петров            Осмотр склада · отменено
11.11.2024              встреча   →  Анна Смирнова ↔ Иван Петров            Выставка · весь день
12.11.2024 12:00        звонок    ←  Иван Петров → Борис Кузнецов           Звонок · 5 минут
12.11.2024 13:00        задача    ·  Анна Смирнова, ООО «Ромашка»           Выслать счёт · открыто · срок 25.11.2024
13.11.2024              документ  ·  ООО «Ромашка»                          Счёт 45 · 120 000,50 RUB · срок 01.12.2024

Впереди:
10.01.2090 10:00  встреча  →  Анна Смирнова ↔ Иван Петров  Юбилей
"""


def identity(sold, text):
    return json.loads(sold("clients", text, "--json").out)[0]["id"]


def test_a_history_reads_from_the_oldest_line_to_what_is_planned_in_russian(sold):
    said = sold("history", "ООО Ромашка", "--lang", "ru")
    assert said.out.replace("\xa0", " ") == RUSSIAN.format(id=identity(sold, "ООО Ромашка"))
    assert (said.code, said.err) == (0, "")


def test_a_history_reads_from_the_oldest_line_to_what_is_planned_in_english(sold):
    said = sold("history", "7707083893")
    squeezed = [" ".join(line.split()) for line in said.out.splitlines()]
    expected = ENGLISH.format(id=identity(sold, "7707083893")).splitlines()
    assert squeezed == [" ".join(line.split()) for line in expected]


def titles(said):
    return [line["title"] for line in json.loads(said.out)["interactions"]]


def test_mails_that_only_carry_a_meeting_stand_in_its_line_unless_all_are_wanted(sold):
    assert not any(
        "Приглашение" in title for title in titles(sold("history", "Ромашка", "--json", "--limit", 0)) if title
    )
    everything = titles(sold("history", "ООО Ромашка", "--all", "--json"))
    assert {"Приглашение: Обсуждение", "Принято: Обсуждение"} <= set(everything)
    carried = {one["title"]: one["carried_by"] for one in json.loads(sold("history", "ООО Ромашка", "--json").out)["interactions"]}  # fmt: skip
    assert carried["Обсуждение"] == ["mail:inv@x.example", "mail:ans@x.example"]


def test_the_newest_lines_are_shown_and_that_there_are_earlier_ones(sold):
    said = sold("history", "ООО Ромашка", "--limit", 3, "--json")
    assert titles(said) == ["Звонок", "Выслать счёт", "Счёт 45"]
    assert json.loads(said.out)["more"] is True
    assert "--limit 0" in sold("history", "ООО Ромашка", "--limit", 3).err
    assert json.loads(sold("history", "ООО Ромашка", "--limit", 9, "--json").out)["more"] is False


@pytest.mark.parametrize("options", ["--since 2024-11-05 --until 2024-11-11", "--since 05.11.2024 --until 11.11.2024"])
def test_both_days_of_a_span_count_on_the_clock_of_the_company(sold, options):
    assert titles(sold("history", "ООО Ромашка", "--json", *options.split())) == [
        "Обсуждение",
        "Осмотр склада",
        "Выставка",
    ]


def test_a_mail_that_carries_a_meeting_outside_of_the_span_is_shown_itself(sold):
    shown = titles(sold("history", "ООО Ромашка", "--until", "2024-11-04", "--json"))
    assert shown[-2:] == ["Приглашение: Обсуждение", "Принято: Обсуждение"]


def test_what_is_planned_is_shown_up_to_a_day_that_was_asked_for(sold):
    found = json.loads(sold("history", "ООО Ромашка", "--until", "2090-12-31", "--json").out)
    assert found["interactions"][-1]["title"] == "Юбилей"
    assert found["ahead"] == []


def test_only_the_kinds_asked_for_are_shown(sold):
    found = json.loads(sold("history", "ООО Ромашка", "--kind", "call,document", "--json").out)
    assert [line["kind"] for line in found["interactions"]] == ["call", "document"]


@pytest.mark.parametrize("asked", ["звонок,документ", "Звонок, CALL, Документ"])
def test_kinds_are_understood_in_both_languages(sold, asked):
    found = json.loads(sold("history", "ООО Ромашка", "--kind", asked, "--json").out)
    assert [line["kind"] for line in found["interactions"]] == ["call", "document"]


@pytest.mark.parametrize(("language", "names"), [("ru", "письмо, встреча"), ("en", "mail, meeting")])
def test_a_kind_there_is_not_is_refused_with_the_names_of_those_there_are(sold, language, names):
    for words in (("history", "ООО Ромашка"), ("search", "example")):
        said = sold(*words, "--kind", "letter", "--lang", language)
        assert said.code == 2
        assert f": {names}, " in said.err


def test_a_date_that_is_none_is_a_mistake_in_the_line(sold):
    for text in ("31.02.2024", "05.10", "5 брюмера 2024", ""):
        said = sold("history", "ООО Ромашка", "--since", text)
        assert said.code == 2
        assert "2026-11-02" in said.err


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024-11-05", "2024-11-05", "2024-11-05"),
        ("5.11.24", "2024-11-05", "2024-11-05"),
        ("5 ноября 2024", "2024-11-05", "2024-11-05"),
        ("05  Мая 2024 г.", "2024-05-05", "2024-05-05"),
        ("5 March 2024", "2024-03-05", "2024-03-05"),
        ("вчера", "2024-02-29", "2024-02-29"),
        ("позавчера", "2024-02-28", "2024-02-28"),
        ("today", "2024-03-01", "2024-03-01"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("02.2023", "2023-02-01", "2023-02-28"),
        ("дек. 2023 года", "2023-12-01", "2023-12-31"),
        ("2023", "2023-01-01", "2023-12-31"),
    ],
)
def test_days_are_understood_as_people_write_them(text, first, last):
    days = moments.named_days(text, "--since", date(2024, 3, 1))
    assert days == (date.fromisoformat(first), date.fromisoformat(last))


def test_days_that_end_before_they_begin_are_a_mistake_in_the_line(sold):
    for words in (("history", "ООО Ромашка"), ("search", "example")):
        said = sold(*words, "--since", "2024-11-05", "--until", "04.11.2024", "--lang", "ru")
        assert said.code == 2
        assert "--until 04.11.2024: это раньше, чем --since 05.11.2024" in said.err
    assert sold("history", "ООО Ромашка", "--since", "2024-11-05", "--until", "2024-11-05").code == 0


def test_a_part_of_a_history_in_which_nothing_is_says_so(sold):
    said = sold("history", "ООО Ромашка", "--since", "2020-01-01", "--until", "2020-01-01")
    assert said.out.endswith("\n\nNothing found.\n")


def test_text_origins_and_keys_stand_below_their_line(sold):
    lines = sold("history", "ООО Ромашка", "--text", "--origins", "--keys", "--kind", "mail").out.splitlines()
    at = next(n for n, line in enumerate(lines) if "Re: Договор" in line)
    assert lines[at + 1] == "    Подписали, высылаю скан договора."
    assert lines[at + 2] == "    seen in: shop/Входящие (anna@my.example), shop/Входящие (boris@my.example)"
    assert lines[at + 3] == "    mail:b1@x.example"


def test_a_moved_meeting_says_when_it_was_to_be(sold):
    source = Memory.load(sold.folder / "shop.json")
    people = (shop.who("organizer", "anna@my.example"), shop.who("attendee", "petrov@romashka.example"))
    moved = shop.hub.Meeting(at=shop.at(6, 7), uid="day", title="Выставка", sequence=1, participants=people)
    source.amend("calendar", "2", moved)
    source.save(sold.folder / "shop.json")
    assert sold("sync", "--quiet").code == 0
    assert "Выставка · moved from 2024-11-11" in sold("history", "ООО Ромашка").out


def test_what_the_source_no_longer_has_stays_and_is_marked(sold):
    source = Memory.load(sold.folder / "shop.json")
    source.delete("INBOX", "1")
    source.save(sold.folder / "shop.json")
    assert sold("sync", "--quiet").code == 0
    line = next(line for line in sold("history", "ООО Ромашка").out.splitlines() if " Договор поставки" in line)
    assert line.endswith("no longer at the source")


def test_a_client_without_interactions_has_an_empty_history(sold):
    said = sold("history", "ООО Ромашка-Сервис")
    assert said.out.endswith("\nNothing yet.\n")
    assert "not yet" in said.out


def test_a_text_that_fits_several_clients_lists_them_and_ends_with_code_2(sold):
    said = sold("history", "ромашка")
    assert (said.code, said.out) == (0, sold("history", "ООО Ромашка").out)  # the whole name comes before a part of it
    said = sold("history", "маш")
    assert (said.code, said.out) == (2, "")
    assert "ООО «Ромашка» (company, INN 7707083893)" in said.err
    assert "ООО «Ромашка-Сервис» (company)" in said.err


def test_a_text_that_fits_nobody_says_so(sold):
    said = sold("history", "Василёк")
    assert said.code == 2
    assert "no client “Василёк”" in said.err
    assert "Perhaps" not in said.err


@pytest.mark.parametrize("command", ["history", "why", "clients"])
def test_a_mistyped_name_is_answered_with_those_that_may_be_meant(sold, command):
    said = sold(command, "рамашка")
    assert "Perhaps:\n  " in said.err
    assert "ООО «Ромашка» (company, INN 7707083893)\n" in said.err


def test_who_speaks_for_a_client_leads_to_it_and_so_does_the_domain_of_an_unknown_address(sold):
    assert "ООО «Ромашка» (company, INN 7707083893) — Иван Петров" in sold("history", "Петров").err
    assert "ООО «Ромашка» (company, INN 7707083893)" in sold("history", "petrof@romashka.example").err


def test_a_name_of_several_words_without_quotes_is_told_in_russian(sold):
    said = sold("history", "ООО", "Ромашка", "--lang", "ru")
    assert said.code == 2
    assert "Лишние слова: Ромашка. Название из нескольких слов берут в кавычки" in said.err
    assert "Лишние слова: Ромашка\n" in sold("status", "Ромашка", "--lang", "ru").err, "there, no name is meant"


@pytest.mark.parametrize(
    "text", ["7707083893", "romashka.example", "petrov@romashka.example", "8 (916) 123-45-67", "ооо «ромашка»"]
)
def test_a_client_is_found_by_whatever_points_to_it(sold, text):
    assert json.loads(sold("history", text, "--json").out)["client"]["name"] == "ООО «Ромашка»"


def test_what_a_subject_holds_cannot_steer_the_terminal(sold):
    source = Memory.load(sold.folder / "shop.json")
    evil = shop.mail("e1", 14, "petrov@romashka.example", "anna@my.example", "a\x1b]0;pwned\x07b\u202egpj.exe")
    source.add("INBOX", "99", evil)
    source.save(sold.folder / "shop.json")
    sold("sync", "--quiet")
    out = sold("history", "ООО Ромашка").out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "pwned" in out


# --- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "mails", "days"),
    [(0, "0 писем", "0 дней назад"), (1, "1 письмо", "1 день назад"), (2, "2 письма", "2 дня назад"),
     (5, "5 писем", "5 дней назад"), (11, "11 писем", "11 дней назад"), (21, "21 письмо", "21 день назад"),
     (112, "112 писем", "112 дней назад")],
)  # fmt: skip
def test_russian_counts_have_their_three_forms(n, mails, days):
    with using("ru"):
        assert terms.counted("mail", n) == mails
        if n > 1:
            assert moments.ago(n * 86400) == days


@pytest.mark.parametrize("kind", terms.KINDS)
@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_kind_has_a_name_and_forms_of_its_own(kind, language):
    with using(language):
        forms = {terms.counted(kind, n).partition(" ")[2] for n in (1, 2, 5)}
        name = terms.called(terms.KINDS, kind)
    assert len(forms) == (3 if language == "ru" else 2)
    assert {options.kinds(word) for word in (kind, name, name.upper())} == {(kind,)}


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "just now"), (59, "59 seconds ago"), (61, "1 minute ago"), (7200, "2 hours ago"), (86400 * 3, "3 days ago")],
)
def test_an_age_is_told_in_its_largest_unit(seconds, said):
    with using("en"):
        assert moments.ago(seconds) == said


def test_an_all_day_event_keeps_its_day_in_every_zone():
    from zoneinfo import ZoneInfo

    midnight = int(datetime(2024, 11, 11, tzinfo=UTC).timestamp() * 1000)
    for zone in ("Asia/Kamchatka", "America/New_York"):
        day = moments.day_of(midnight, ZoneInfo(zone), all_day=True)
        assert day.isoformat() == "2024-11-11"
        assert moments.begins(day, ZoneInfo(zone)) <= midnight < moments.ends(day, ZoneInfo(zone))
