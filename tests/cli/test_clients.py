import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest

import hub as hub_door
from hub.cli.demo import SAMPLES
from hub.testing.memory import Memory
from tests.cli import shop


def listed(sold, *words):
    return {one["name"]: one for one in json.loads(sold("clients", *words, "--json").out)}


def dump(sold, tmp_path):
    assert sold("dump", "--canonical", tmp_path / "dump").code == 0
    return (tmp_path / "dump").read_bytes()


def test_clients_are_listed_with_how_often_and_when_we_were_in_touch_last(sold):
    lines = sold("clients").out.splitlines()
    assert lines[0].split() == ["Client", "Id", "Kind", "INN", "Interactions", "Last", "contact"]
    romashka = next(line for line in lines if line.startswith("ООО «Ромашка» "))
    assert romashka.endswith("company           7707083893  11            2024-11-13")
    assert "private customer" in next(line for line in lines if line.startswith("Ольга"))


def test_a_list_is_cut_at_its_limit_and_says_so(sold):
    said = sold("clients", "--limit", 2)
    assert len(said.out.splitlines()) == 3
    assert "--limit 0" in said.err
    assert len(sold("clients", "--limit", 0).out.splitlines()) == 5


@pytest.fixture
def asked(hub, tmp_path, monkeypatch):
    """Three clients: one asked Anna and then Boris, one Boris alone, one was answered."""
    made = Memory("shop")
    made.stream("INBOX")
    now = datetime.now(UTC).replace(hour=9, minute=0)
    wrote = [("a", 9, "ivan@romashka.example", "anna@my.example"), ("b", 4, "ivan@romashka.example", "boris@my.example"),
             ("c", 6, "info@stroyka.example", "boris@my.example"), ("d", 8, "oleg@veter.example", "anna@my.example"),
             ("e", 7, "anna@my.example", "oleg@veter.example")]  # fmt: skip
    for number, days, sender, to in wrote:
        at = hub_door.moment(now - timedelta(days=days))
        thread = "d" if number in "de" else number
        made.add("INBOX", number, hub_door.Email(
            at=at, message_id=f"{number}@x.example", references=(f"{thread}@x.example",) if thread != number else (), subject=thread,
            participants=(shop.who("from", sender), shop.who("to", to)),
        ))  # fmt: skip
    config = shop.found(tmp_path, shop.CONFIG)
    made.save(tmp_path / "shop.json")
    monkeypatch.setenv("HUB_CONFIG", str(config))
    quiet = hub("--quiet", "sync")
    assert quiet.code == 0, quiet.err
    for domain in ("romashka.example", "stroyka.example", "veter.example"):
        assert hub("clients", "add", domain).code == 0
    assert hub("--quiet", "sync").code == 0
    return hub


def test_who_stands_in_for_a_colleague_sees_who_waits_for_whom_longest_first(asked):
    def names(*words):
        said = asked("clients", *words, "--json")
        return [one["name"] for one in json.loads(said.out)]

    assert len(names()) == 3
    assert names("--waiting") == ["romashka.example", "stroyka.example"]
    assert names("--person", "anna@my.example") == ["romashka.example"]
    assert names("--person", "boris@my.example") == ["stroyka.example", "romashka.example"]
    assert names("--waiting", "--limit", "1") == ["romashka.example"]
    assert names("--waiting", "veter") == []
    assert "Nobody waits for an answer." in asked("clients", "veter", "--waiting").err
    assert "--limit 0" in asked("clients", "--waiting", "--limit", "1").err


def test_a_text_lists_those_it_may_mean(sold):
    assert set(listed(sold, "ромаш")) == {"ООО «Ромашка»", "ООО «Ромашка-Сервис»"}
    assert set(listed(sold, "7736050003")) == {"ООО «Стройка»"}
    assert listed(sold, "Василёк") == {}


def test_merged_clients_are_one_until_they_are_split_and_then_all_is_as_before(sold, tmp_path):
    before = dump(sold, tmp_path)
    ids = {name: one["id"] for name, one in listed(sold).items()}
    said = sold("clients", "merge", "ООО Ромашка", ids["ООО «Стройка»"], "--note", "одна бухгалтерия")
    assert said.code == 0
    assert "are one client now" in said.out
    together = listed(sold)
    assert len(together) == 3
    whole = sold("history", ids["ООО «Ромашка»"]).out
    assert "company · INN 7707083893, 7736050003\n" in whole
    assert sold("history", ids["ООО «Стройка»"]).out == whole  # old ids lead on
    assert sold("history", "ООО «Стройка»").out == sold("history", "строй").out == whole  # and so do names
    why = json.loads(sold("why", ids["ООО «Ромашка»"], "--json").out)
    decided = next(one["decision"] for one in why["joins"] if one["reason"] == "decision")
    assert (decided["author"], decided["note"]) == ("olga", "одна бухгалтерия")
    assert sold("clients", "split", ids["ООО «Ромашка»"], ids["ООО «Стройка»"]).code == 0
    assert dump(sold, tmp_path) == before
    assert "kept apart by decision: olga" in sold("why", "ООО Ромашка", "7736050003").out


def test_a_merge_that_is_taken_back_leaves_domains_with_those_they_were_lent_to(hub, tmp_path, monkeypatch):
    shutil.copytree(SAMPLES, tmp_path / "demo")
    monkeypatch.setenv("HUB_CONFIG", str(tmp_path / "demo/hub.toml"))
    assert hub("--quiet", "sync").code == 0
    before = dump(hub, tmp_path)
    for one, other in (("ромашка", "ветер"), ("ветер", "ромашка"), ("ветер", "stroyka.example")):
        said = hub("clients", "merge", one, other)
        back = said.err.strip().rpartition("hub ")[2]
        assert back.startswith("clients split "), said.err
        assert dump(hub, tmp_path) != before
        assert "2 clients" in hub(*back.split()).out
        assert dump(hub, tmp_path) == before


def test_a_client_is_not_merged_with_itself(sold):
    said = sold("clients", "merge", "ООО Ромашка", "7707083893")
    assert said.code == 2
    assert "one client already" in said.err


def test_a_part_that_there_is_not_is_told_with_those_there_are(sold):
    said = sold("clients", "split", "ООО Ромашка", "XXXXXXXX")
    assert said.code == 2
    assert "has no part XXXXXXXX" in said.err
    assert "ООО «Ромашка»" in said.err


def test_an_address_that_was_added_brings_back_what_was_left_out(sold):
    said = sold("clients", "add", "mama@yandex.ru")
    assert said.code == 0
    assert "mama@yandex.ru is a client" in said.out
    assert "left out so far: 1 item" in said.err
    sold("sync", "--quiet")
    assert "Ужин" in sold("history", "mama@yandex.ru").out


def test_an_address_of_somebody_who_speaks_for_a_client_is_added_without_asking_which_is_meant(sold):
    said = sold("clients", "add", "petrov@romashka.example")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("petrov@romashka.example is a client: petrov@romashka.example (")


@pytest.mark.parametrize(
    ("value", "why"),
    [("это не адрес", "neither"), ("", "neither"), ("*@x.example", "neither"), ("anna@my.example", "is ours"), ("my.example", "is ours"),
     ("gmail.com", "free mail")],
)  # fmt: skip
def test_only_an_address_or_a_domain_of_somebody_else_can_be_added(sold, value, why):
    said = sold("clients", "add", value)
    assert said.code == 2
    assert why in said.err


def test_an_interaction_is_attached_and_excluded_by_its_key(sold):
    key = "mail:s2@x.example"
    assert sold("clients", "attach", key, "ООО Ромашка").code == 0
    assert "Смета" in sold("history", "ООО Ромашка").out
    assert sold("clients", "exclude", "<s2@x.example>", "ООО Ромашка", "--note", "не их").code == 0
    assert "Смета" not in sold("history", "ООО Ромашка").out
    assert "Смета" in sold("history", "7736050003").out
    assert sold("clients", "exclude", key).code == 0
    assert "Смета" not in sold("history", "7736050003").out
    why = json.loads(sold("why", key, "--json").out)
    assert why["clients"] == []
    assert [(one["action"], one["note"]) for one in why["decisions"]] == [
        ("attach", None), ("exclude", "не их"), ("exclude", None),
    ]  # fmt: skip
    assert sold("clients", "exclude", key, "--note", "ничьё").code == 0
    again = json.loads(sold("why", key, "--json").out)["decisions"]
    assert [one["note"] for one in again] == [None, "не их", "ничьё"], "what was decided twice is told once"


def test_a_domain_is_shown_and_found_in_its_own_letters(sold):
    assert "почта-завода.рф is a client: почта-завода.рф" in sold("clients", "add", "почта-завода.рф").out
    assert sold("clients", "add", "инфо@xn--80a1acny.xn--p1ai").code == 0
    shown = sold("clients").out
    assert "инфо@почта.рф" in shown
    assert "xn--" not in shown
    assert sold("history", "завода").out.startswith("почта-завода.рф")


def test_an_interaction_that_there_is_not_is_a_mistake_in_the_line(sold):
    said = sold("clients", "attach", "mail:none@x.example", "ООО Ромашка")
    assert said.code == 2
    assert "hub history CLIENT --keys" in said.err


def test_the_last_contact_is_never_in_the_future(sold):
    source = Memory.load(sold.folder / "shop.json")
    people = (shop.who("organizer", "anna@my.example"), shop.who("attendee", "service@romashka-service.example"))
    far = shop.hub.moment(shop.datetime(2090, 1, 1, tzinfo=shop.UTC))
    source.add("calendar", "9", shop.hub.Meeting(at=far, uid="x", title="Когда-нибудь", participants=people))
    source.save(sold.folder / "shop.json")
    sold("sync", "--quiet")
    found = listed(sold, "ООО Ромашка-Сервис")["ООО «Ромашка-Сервис»"]
    assert (found["interactions"], found["last"], found["planned"]) == (0, None, 1)
