"""What the hub sees of files: streams, pages, cursors, listings, and errors with their fix."""

import os
import stat
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hub_contacts.plugin import CONNECTOR, register_connectors

import hub


def many(count: int, first: int = 0) -> str:
    rows = "".join(f"K{n};ООО «Ромашка {n}»;a{n}@romashka{n}.example\r\n" for n in range(first, first + count))
    return "Код;Название;Почта\r\n" + rows


@pytest.fixture
def clients(write, opened):
    """A list of clients, and the source of it."""

    def open_clients(text: str):
        return opened({"path": write(text), "kind": "clients", "key": "Код"})

    return open_clients


def test_the_connector_is_registered():
    assert [one.name for one in register_connectors()] == ["contacts.files"]


def test_pages_are_of_500_and_each_can_be_gone_on_from(clients):
    with clients(many(1200)) as source:
        pages = list(source.pull("clients", None))
        assert [(page.listed, page.total) for page in pages] == [(500, 1200), (500, 1200), (200, 1200)]
        for done, page in enumerate(pages, 1):
            rest = [raw for later in source.pull("clients", page.cursor) for raw in later.raws]
            assert rest == [raw for later in pages[done:] for raw in later.raws]


def test_a_pull_that_is_asked_to_stop_ends_after_its_page(write, tools):
    settings = CONNECTOR.settings.model_validate({"files": [{"path": write(many(1200)), "kind": "clients"}]})
    with CONNECTOR.open(settings, replace(tools, stopping=lambda: True)) as source:
        assert len(list(source.pull("clients", None))) == 1


def test_an_unchanged_file_lists_nothing(clients):
    with clients(many(3)) as source:
        cursor = list(source.pull("clients", None))[-1].cursor
        assert list(source.pull("clients", cursor)) == []


def test_a_changed_file_is_listed_again_and_only_changed_rows_have_new_revisions(clients, write):
    with clients(many(600)) as source:
        pages = list(source.pull("clients", None))
        write(many(600).replace("«Ромашка 7»", "«Роза»"))
        again = list(source.pull("clients", pages[-1].cursor))
        before = {raw.external_id: raw.revision for page in pages for raw in page.raws}
        after = {raw.external_id: raw.revision for page in again for raw in page.raws}
        assert before.keys() == after.keys()
        assert [one for one in before if before[one] != after[one]] == ["K7"]


def test_a_file_that_changes_in_the_middle_of_a_pull_is_read_anew(clients, write):
    with clients(many(1200)) as source:
        pages = source.pull("clients", None)
        cursor = next(pages).cursor
        write(many(700, first=5))
        with pytest.raises(hub.Unreachable, match="changed while it was read"):
            list(pages)
        assert sum(page.listed for page in source.pull("clients", cursor)) == 700


def test_changed_settings_list_a_file_again(write, opened):
    path = write(many(3))
    with opened({"path": path, "kind": "clients", "key": "Код"}) as source:
        cursor = list(source.pull("clients", None))[-1].cursor
    with opened({"path": path, "kind": "clients", "key": "Код", "columns": {"email": []}}) as source:
        assert sum(page.listed for page in source.pull("clients", cursor)) == 3


def test_a_strange_cursor_reads_from_the_start(clients):
    with clients(many(3)) as source:
        for cursor in ("", "x", "x:y", "x:end", ":end"):
            assert sum(page.listed for page in source.pull("clients", cursor)) == 3


def test_headings_without_rows_are_an_empty_list(clients):
    with clients(many(0)) as source:
        assert [(page.listed, page.raws) for page in source.pull("clients", None)] == [(0, [])]


def test_ids_and_fetch_agree_with_the_pull(write, opened):
    text = "ФИО;Компания;Почта\r\n" + "".join(f"Иван {n};ООО {n % 3};i{n % 5}@a.example\r\n" for n in range(20))
    with opened({"path": write(text, name="people.csv"), "kind": "people"}) as source:
        raws = [raw for page in source.pull("people", None) for raw in page.raws]
        listing = source.ids("people")
        assert listing.complete
        assert list(listing.ids) == [raw.external_id for raw in raws]
        assert all(source.fetch("people", raw.external_id, "") == raw.body for raw in raws)
        with pytest.raises(KeyError):
            source.fetch("people", "nobody", "")
        with pytest.raises(KeyError):
            source.fetch("people", raws[0].external_id, "1")


def test_rows_fetched_one_by_one_are_those_of_the_file_as_it_is_now(clients, write):
    with clients(many(50)) as source:
        before = {one: source.fetch("clients", one, "") for one in ("K49", "K7", "K0")}
        write(many(50).replace("«Ромашка 7»", "«Роза»"))
        after = {one: source.fetch("clients", one, "") for one in ("K0", "K7", "K49")}
    assert [one for one in after if after[one] != before[one]] == ["K7"]
    assert "«Роза»" in after["K7"].decode()


def test_a_file_that_is_being_written_is_not_taken_for_a_wrong_one(clients, write):
    with clients(many(1200)) as source:
        pages = source.pull("clients", None)
        next(pages)
        write("")
        with pytest.raises(hub.Unreachable, match="changed while it was read"):
            list(pages)


def test_streams_are_named_after_their_files(write, opened):
    clients, people = write(many(1)), write("ФИО\r\nИван\r\n", name="Люди 2026.csv")
    with opened({"path": clients, "kind": "clients"}, {"path": people, "kind": "people", "stream": "люди"}) as source:
        assert [(one.name, one.title) for one in source.streams()] == [
            ("clients", "clients.csv"),
            ("люди", "Люди 2026.csv"),
        ]
        with pytest.raises(hub.Misconfigured, match=r"No file is named «people»; there are «clients», «люди»"):
            list(source.pull("people", None))


# --- ids ---


def test_the_second_row_with_a_key_is_kept_and_says_whose_key_it_has(clients):
    with clients("Код;Название\r\nA12;ООО «Ромашка»\r\nB1;АО\r\nA12;ООО «Роза»\r\nA12;ООО «Ромашка»\r\n") as source:
        raws = {raw.external_id: raw.body for page in source.pull("clients", None) for raw in page.raws}
        assert list(raws) == ["A12", "B1", "A12~2", "A12~3"]
        assert [CONNECTOR.map(raws[one], None, None).reason for one in ("A12~2", "A12~3")] == [
            "clients.csv, row 4: its key in «Код» is already used by row 2",
            "clients.csv, row 5: its key in «Код» is already used by row 2",
        ]


def test_a_row_without_its_key_is_kept_and_named(clients):
    with clients("Код;Название\r\n;ООО «Ромашка»\r\n;ООО «Роза»\r\n7,70708E+09;АО\r\n") as source:
        said = [CONNECTOR.map(raw.body, None, None) for page in source.pull("clients", None) for raw in page.raws]
        assert [one.reason.split(" was ")[0] for one in said] == [
            "clients.csv, row 2: the key column «Код» is empty",
            "clients.csv, row 3: the key column «Код» is empty",
            "clients.csv, row 4: the key column «Код»",
        ]


def test_keys_with_signs_of_ours_meet_no_other_key(clients):
    with clients("Код;Название\r\nA~2;a\r\nA;b\r\nA%7E2;c\r\nA#1;d\r\nA;e\r\n1/2 я;f\r\n") as source:
        ids = list(source.ids("clients").ids)
        assert ids == ["A%7E2", "A", "A%257E2", "A%231", "A~2", "1/2 я"]


def test_a_corrected_telephone_does_not_make_another_client(read, write):
    before = read(write("Название;ИНН;Телефон\r\nООО;7707083893;84951234567\r\nАО;;84957654321\r\n"))
    after = read(write("Название;ИНН;Телефон\r\nООО «Р»;7707083893;84950000001\r\nАО;;84950000002\r\n"))
    assert list(before.raws) == list(after.raws)


def test_rows_about_one_client_are_both_kept_in_any_order(read, write):
    rows = ["ООО;7707083893;84951234567\r\n", "ООО;7707083893;84957654321\r\n", "АО;7736050003;84950000001\r\n"]
    first = read(write("Название;ИНН;Телефон\r\n" + "".join(rows)))
    second = read(write("Название;ИНН;Телефон\r\n" + "".join(reversed(rows))))
    assert len(first.records) == 3
    assert first.revisions == second.revisions


def test_a_row_that_repeats_another_is_kept_and_named(read, write):
    found = read(
        write("Дата;Сумма;ИНН\r\n" + "01.02.2026;100;7707083893\r\n" * 2, name="payments.csv"), kind="payments"
    )
    assert len(found.raws) == 2
    assert found.unread == ["row 3: it repeats row 2: delete it, or give the file a `key` column"]


def test_dates_and_amounts_written_otherwise_are_the_same_payment(read, write):
    first = read(write("Дата;Сумма;ИНН\r\n01.02.2026;1 000,50;7707083893\r\n", name="p.csv"), kind="payments")
    second = read(write("Дата,Сумма,ИНН\r\n2026-02-01,1000.5,7707083893.0\r\n", name="p.csv"), kind="payments")
    assert list(first.raws) == list(second.raws)


# --- errors ---


def wrong(source: hub.Source, cursor: str | None = None) -> hub.HubError:
    with pytest.raises(hub.HubError) as caught:
        list(source.pull("clients", cursor))
    assert caught.value.fix
    return caught.value


def test_a_file_that_was_never_there_is_misconfigured_and_one_that_vanished_is_out_of_reach(write, opened):
    path = write(many(3))
    with opened({"path": path, "kind": "clients"}) as source:
        cursor = list(source.pull("clients", None))[-1].cursor
        path.rename(path.with_name("clients1.csv"))
        never, gone = wrong(source), wrong(source, cursor)
    assert isinstance(never, hub.Misconfigured)
    assert str(never).endswith("clients.csv is not there; did you mean «clients1.csv»?")
    assert isinstance(gone, hub.Unreachable)
    assert str(gone).endswith("clients.csv is no longer there")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(write, opened):
    path = write(many(3))
    path.chmod(0)
    with opened({"path": path, "kind": "clients"}) as source:
        assert "The hub may not read" in str(wrong(source))


def test_a_folder_and_a_pipe_are_no_files(tmp_path, opened):
    (tmp_path / "clients.csv").mkdir()
    with opened({"path": tmp_path / "clients.csv", "kind": "clients"}) as source:
        assert "is not a file" in str(wrong(source))
    (tmp_path / "clients.csv").rmdir()
    os.mkfifo(tmp_path / "clients.csv")
    assert stat.S_ISFIFO((tmp_path / "clients.csv").stat().st_mode)
    with opened({"path": tmp_path / "clients.csv", "kind": "clients"}) as source:
        assert "is not a file" in str(wrong(source))


def test_an_empty_file_is_named(write, opened):
    for content in ("", " \r\n\r\n", "\ufeff", ";;;\r\n;;;\r\n"):
        with opened({"path": write(content), "kind": "clients"}) as source:
            assert "clients.csv is empty" in str(wrong(source))


def test_a_file_in_an_encoding_it_is_not_in_is_named(write, opened):
    with opened({"path": write("Название\r\nООО\r\nx"), "kind": "clients", "encoding": "utf-16-le"}) as source:
        assert isinstance(wrong(source), hub.Misconfigured)


def test_headings_that_cannot_be_read_in_the_encoding_that_is_named_are_not_asked_for_by_column(write, opened):
    path = write("Название;ИНН\r\nООО «Ромашка»;7707083893".encode("cp1251"))
    with opened({"path": path, "kind": "clients", "encoding": "utf-8"}) as source:
        assert wrong(source).fix == "The file is not in utf-8: correct `encoding`, or leave it out"


def test_a_check_fails_when_there_is_no_file_to_read_and_says_all_that_is_wrong(write, opened, tmp_path):
    good, gone, folder = write(many(3)), tmp_path / "none.csv", tmp_path / "folder.csv"
    folder.mkdir()
    with opened({"path": good, "kind": "clients"}, {"path": gone, "kind": "people"}) as source:
        source.check()
    with opened({"path": gone, "kind": "people"}, {"path": folder, "kind": "clients"}) as source:
        with pytest.raises(hub.Misconfigured) as caught:
            source.check()
        assert "none.csv is not there" in str(caught.value)
        assert "folder.csv is not a file" in str(caught.value)


def test_files_that_were_read_before_are_waited_for(opened, tools, tmp_path):
    lost = [{"path": tmp_path / f"{name}.csv", "kind": "clients"} for name in ("a", "b")]
    known = {"a": hub.Known("", "cursor")}
    again = replace(tools, known=lambda: known)
    settings = CONNECTOR.settings.model_validate({"files": lost})
    with CONNECTOR.open(settings, again) as source, pytest.raises(hub.Misconfigured):
        source.check()
    known["b"] = hub.Known("", "cursor")
    with CONNECTOR.open(settings, again) as source, pytest.raises(hub.Unreachable, match=r"b\.csv is not there"):
        source.check()


def test_a_bad_file_does_not_keep_the_others_from_being_read(write, opened, tmp_path):
    with opened(
        {"path": tmp_path / "none.csv", "kind": "people"}, {"path": write(many(3)), "kind": "clients"}
    ) as source:
        assert sum(page.listed for page in source.pull("clients", None)) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_no_file_stays_open(write, opened):
    path = write(many(1200))
    with opened({"path": path, "kind": "clients"}) as source:
        pages = source.pull("clients", None)
        next(pages)
        pages.close()
        list(source.pull("clients", None))
    assert str(path) not in {str(one.readlink()) for one in Path("/proc/self/fd").iterdir() if one.is_symlink()}
