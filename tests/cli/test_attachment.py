import errno
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from hub.core import filenames
from tests.cli.shop import CONTRACT

ID = "mail:a1@x.example#2"


def test_the_files_of_an_interaction_are_listed_with_their_ids(sold):
    said = sold("attachment", "list", "a1@x.example")
    assert said.out.splitlines() == [
        "Id                   Name         Kind             Size   Where",
        "mail:a1@x.example#2  договор.pdf  application/pdf  12 KB  at the source",
    ]
    [one] = json.loads(sold("attachment", "list", "mail:a1@x.example", "--json").out)
    assert one == {"id": ID, "name": "договор.pdf", "content_type": "application/pdf", "size": 12_000,
                   "inline": False, "stored": False}  # fmt: skip


def test_an_interaction_without_files_lists_none(sold):
    said = sold("attachment", "list", "b1@x.example")
    assert (said.code, said.out, said.err) == (0, "", "Nothing is attached to it.\n")


def test_a_file_is_saved_under_its_own_name_for_its_owner_alone(sold, monkeypatch):
    monkeypatch.chdir(sold.folder)
    said = sold("attachment", "get", ID)
    assert (said.code, said.out) == (0, "договор.pdf\n")
    file = sold.folder / "договор.pdf"
    assert file.read_bytes() == CONTRACT
    assert file.stat().st_mode & 0o777 == 0o600


def test_once_got_it_is_here_and_needs_no_source(sold):
    sold("attachment", "get", ID, "--out", sold.folder / "first.pdf")
    (sold.folder / "shop.json").unlink()
    assert json.loads(sold("attachment", "list", "a1@x.example", "--json").out)[0]["stored"] is True
    assert sold("attachment", "get", ID, "--out", sold.folder / "second.pdf").code == 0
    assert (sold.folder / "second.pdf").read_bytes() == CONTRACT


def test_nothing_is_replaced_without_force(sold):
    file = sold.folder / "there.pdf"
    file.write_text("mine")
    said = sold("attachment", "get", ID, "--out", file)
    assert said.code == 2
    assert "is there already" in said.err
    assert file.read_text() == "mine"
    assert sold("attachment", "get", ID, "--out", file, "--force").code == 0
    assert file.read_bytes() == CONTRACT
    assert file.stat().st_mode & 0o777 == 0o600
    assert not list(sold.folder.glob(".*"))


def test_a_link_is_not_followed(sold):
    target, link = sold.folder / "target", sold.folder / "link.pdf"
    link.symlink_to(target)
    assert sold("attachment", "get", ID, "--out", link).code == 2
    assert not target.exists()


def test_a_folder_that_is_not_there_is_no_file_of_that_name(sold):
    said = sold("attachment", "get", ID, "--out", f"{sold.folder}/missing/")
    assert (said.code, "missing" in said.err, "cannot be written" in said.err) == (1, True, True)
    assert not (sold.folder / "missing").exists()


def test_it_goes_to_stdout_byte_by_byte(sold):
    command = [Path(sys.executable).with_name("hub"), "attachment", "get", ID, "--out", "-"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    assert done.stdout == CONTRACT


def test_a_folder_gets_it_under_its_safe_name(sold):
    assert sold("attachment", "get", ID, "--out", sold.folder).code == 0
    assert (sold.folder / filenames.safe("договор.pdf")).exists()


def test_what_the_source_no_longer_has_is_said(sold):
    whole = json.loads((sold.folder / "shop.json").read_text())
    whole["files"] = {}
    (sold.folder / "shop.json").write_text(json.dumps(whole))
    said = sold("attachment", "get", ID)
    assert said.code == 1
    assert "no longer has договор.pdf" in said.err


def test_a_source_that_cannot_be_reached_is_said_by_its_exit_code(sold):
    (sold.folder / "shop.json").unlink()
    assert sold("attachment", "get", ID).code == 2  # the configuration names a file that is not there


@pytest.mark.parametrize("given", ["a1@x.example#9", "nonsense", "nonsense#2", ""])
def test_an_id_that_there_is_not_is_a_mistake_in_the_line(sold, given):
    said = sold("attachment", "get", given)
    assert said.code == 2
    assert "There is no attachment" in said.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux")
def test_a_full_disk_leaves_no_half_of_a_file(sold, monkeypatch):
    written = os.fdopen

    def full(file, *how):
        os.dup2(os.open("/dev/full", os.O_WRONLY), file)
        return written(file, *how)

    monkeypatch.setattr(os, "fdopen", full)  # a real device that takes nothing, in the place of the file
    said = sold("attachment", "get", ID, "--out", sold.folder / "x.pdf")
    assert said.code == 1
    assert os.strerror(errno.ENOSPC) in said.err
    assert not list(sold.folder.glob("*x.pdf*"))


def test_it_is_said_in_russian(sold):
    said = sold("attachment", "list", "a1@x.example", "--lang", "ru")
    assert said.out.splitlines()[1].endswith("12 КБ   в источнике")
    said = sold("attachment", "get", ID, "--out", "/nowhere/x.pdf", "--lang", "ru")
    assert said.code == 1
    assert "не удаётся записать /nowhere/x.pdf: нет такого файла или папки" in said.err


def test_what_the_policy_wants_is_here_after_the_sync_and_the_status_says_what_is_not(sold):
    config = sold.folder / "hub.toml"
    config.write_text(config.read_text() + 'attachments = "all"\n')
    assert sold("sync", "--quiet").code == 0
    assert json.loads(sold("attachment", "list", "a1@x.example", "--json").out)[0]["stored"] is True
    assert "attachment" not in sold("status").out
    with closing(sqlite3.connect(sold.folder / "data" / "hub.db")) as database, database:
        database.execute("INSERT INTO wanted SELECT item_id, '9', 0 FROM attachment")
    assert "The next hub sync fetches 1 attachment." in sold("status").out
    assert json.loads(sold("status", "--json").out)["attachments"] == 1
