import json
import stat

import pytest

from hub.testing.memory import Memory
from tests.cli import shop


def dump(sold):
    return sold("dump", "--canonical").out


# --- quarantine ------------------------------------------------------------------------------------------------------


def test_what_could_not_be_read_is_listed_with_its_reason(sold):
    [found] = json.loads(sold("quarantine", "list", "--json").out)
    assert (found["connection"], found["stream"], found["external_id"]) == ("shop", "INBOX", "6")
    assert found["reason"]
    lines = sold("quarantine", "list").out.splitlines()
    assert lines[1].startswith(found["id"])
    assert found["detail"]
    assert "--json" in sold("quarantine", "list").err


def test_what_can_be_read_by_now_leaves_the_quarantine(sold, monkeypatch):
    from hub.testing import memory

    [found] = json.loads(sold("quarantine", "list", "--json").out)
    said = sold("quarantine", "replay")
    assert said.out == "Read again: 1 item. Stored 0, excluded 0, still unreadable 1.\n"
    letter = shop.mail("r1", 8, "petrov@romashka.example", "anna@my.example", "Прочитано")
    decode = memory.decode
    mended = lambda body: [memory.hub.Mapped(letter)] if body == b"rubbish" else decode(body)  # noqa: E731
    monkeypatch.setattr(memory, "decode", mended)  # a fix of the plugin
    said = sold("quarantine", "replay", found["id"])
    assert said.out == "Read again: 1 item. Stored 1, excluded 0, still unreadable 0.\n"
    assert "Прочитано" in sold("history", "ООО Ромашка").out
    assert sold("quarantine", "list").err == "Nothing is in quarantine.\n"


def test_an_id_that_is_not_in_quarantine_is_a_mistake_in_the_line(sold):
    assert sold("quarantine", "replay", "ffff").code == 2
    assert sold("quarantine", "replay", "").code == 2


def test_a_stream_that_is_mostly_unreadable_is_refused_until_that_is_accepted(sold):
    source = Memory.load(sold.folder / "shop.json")
    for number in range(100, 120):
        source.add("crm", str(number), b"rubbish")
    source.save(sold.folder / "shop.json")
    said = sold("sync")
    assert said.code == 1
    assert "hub quarantine accept shop crm" in said.err
    assert sold("quarantine", "accept", "shop", "CRM").code == 0
    assert sold("sync").code == 0
    rows = json.loads(sold("quarantine", "list", "--json").out)
    assert len(rows) == 21
    assert len({row["id"] for row in rows}) == 21, "one of the twenty that the source numbered could not be named"
    assert sold("quarantine", "replay", rows[3]["id"]).out.startswith("Read again: 1 item.")


# --- reset, rebuild, dump --------------------------------------------------------------------------------------------


def test_a_reset_stream_is_read_again_and_nothing_changes(sold):
    before = dump(sold)
    said = sold("reset", "shop", "Календарь", "crm")
    assert said.out == "The next sync reads from the start: shop/Календарь, shop/CRM. Nothing is lost or doubled.\n"
    listed = {one["stream"]: one["counts"] for one in json.loads(sold("sync", "--json").out)}
    assert (listed["crm"]["unchanged"], listed["calendar"]["unchanged"], listed["crm"]["stored"]) == (3, 3, 0)
    assert dump(sold) == before


def test_a_stream_or_connection_that_there_is_not_cannot_be_reset(sold):
    assert sold("reset", "shop", "спам").code == 2
    assert sold("reset", "почта").code == 2
    assert sold("accept-empty", "shop", "спам").code == 2


def test_a_rebuild_makes_the_same_history(sold):
    before = dump(sold)
    said = sold("rebuild", "--lang", "ru")
    assert said.out.startswith("Построено заново (")
    assert "4 клиента, 13 взаимодействий" in said.out
    assert dump(sold) == before


def test_a_dump_into_a_file_is_for_its_owner_alone(sold, tmp_path):
    file = tmp_path / "dump.jsonl"
    assert sold("dump", "--canonical", file).code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text() == dump(sold)
    assert all(json.loads(line)["table"] for line in file.read_text().splitlines())
    assert sold("dump").code == 2


def test_a_dump_that_cannot_be_written_says_what_to_do_and_leaves_nothing(sold, tmp_path):
    (tmp_path / "taken").mkdir()
    for file in (tmp_path / "none" / "dump", tmp_path / "taken"):
        said = sold("dump", "--canonical", file)
        assert said.code == 2
        assert f"{file} cannot be written: " in said.err
        assert "Fix: free some space, or name another file" in said.err
    assert not list(tmp_path.glob("*.new"))


# --- forget ----------------------------------------------------------------------------------------------------------


def test_forgetting_needs_a_yes_where_nobody_can_be_asked(sold):
    before = dump(sold)
    said = sold("forget", "ООО Ромашка")
    assert said.code == 2
    assert "petrov@romashka.example" in said.out
    assert "+7 495 123-45-67" not in said.out  # ООО «Стройка» has it, too
    assert "12 interactions" in said.out
    assert "INN: 7707083893\n" in said.out
    assert "--yes" in said.err
    assert dump(sold) == before


def test_a_forgotten_client_is_gone_and_no_sync_or_rebuild_brings_it_back(sold):
    said = sold("forget", "ООО Ромашка", "--yes")
    assert said.code == 0
    assert sold("history", "7707083893").code == 2
    sold("reset", "shop")
    assert sold("sync", "--quiet").code == 0
    assert sold("rebuild").code == 0
    assert sold("history", "7707083893").code == 2
    assert "romashka.example" not in dump(sold)
    assert "Смета" in sold("history", "ООО Стройка").out
    for one in sold.folder.joinpath("data").iterdir():
        assert "Подписали, высылаю".encode() not in one.read_bytes()


def test_a_forgotten_address_takes_only_what_it_takes_part_in(sold):
    said = sold("forget", "info@stroyka.example", "--yes", "--lang", "ru")
    assert "эл. почта: info@stroyka.example" in said.out
    assert "из них в историях клиентов: 1 взаимодействие" in said.out
    assert sold("search", "смета").err == "Nothing found.\n"
    assert "Договор поставки" in sold("history", "ООО Ромашка").out


def test_of_whom_nothing_is_stored_nothing_will_be(sold):
    said = sold("forget", "nobody@else.example", "--yes")
    assert said.code == 0
    assert said.out.endswith("Nothing of it was stored, and no sync will bring any.\n")


def test_our_own_cannot_be_forgotten(sold):
    for ours in ("anna@my.example", "my.example", "sub.my.example"):
        said = sold("forget", ours, "--yes")
        assert said.code == 2
        assert "is ours" in said.err


# --- demo ------------------------------------------------------------------------------------------------------------


def test_a_demo_that_cannot_be_put_there_says_why(hub, tmp_path):
    (tmp_path / "file").write_text("")
    for folder, why in (("file", "File exists"), ("file/below", "Not a directory")):
        said = hub("demo", tmp_path / folder)
        assert said.code == 2
        assert f"{tmp_path / folder} cannot be written: {why}" in " ".join(said.err.split())


def test_without_the_samples_the_demo_says_where_to_run_it(hub, tmp_path, monkeypatch):
    from hub.cli import demo

    monkeypatch.setattr(demo, "SAMPLES", tmp_path / "none")
    said = hub("demo", tmp_path / "copy")
    assert said.code == 2
    assert "./run demo" in said.err
    assert not (tmp_path / "copy").exists()


def test_the_quarantine_names_streams_as_every_other_table_does(sold):
    assert "Входящие (anna@my.example)" in sold("quarantine", "list").out


# --- db move ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["missing.db", "."])
def test_a_file_that_is_not_there_is_not_moved_and_nothing_is_made_for_it(hub, tmp_path, monkeypatch, given):
    monkeypatch.setenv("HUB_CONFIG", str(shop.found(tmp_path)))
    said = hub("db", "move", tmp_path / given)
    assert said.code == 2
    assert "there is no database at" in said.err
    assert "hub sync" not in said.err
    assert not (tmp_path / "data").exists()
