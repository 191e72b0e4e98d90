"""winmail.dat."""

from pathlib import Path

import pytest
from hub_email import mime, tnef
from hub_email.files import _part

SAMPLE = (Path(__file__).parent / "corpus" / "winmail-dat.eml").read_bytes()


def container() -> bytes:
    read = mime.read(SAMPLE)
    return read.content(read.leaves[1])


def test_the_text_and_the_files_are_found() -> None:
    found = tnef.read(container())
    assert found.text == "Анна, смета во вложении."
    assert [(file.name, len(file.data)) for file in found.files] == [("Смета на монтаж.docx", 302), ("../план.dwg", 4)]


def test_a_file_inside_is_fetched_by_the_number_of_the_part_and_its_own() -> None:
    assert _part(SAMPLE, "2/2") == b"AC10"
    for wrong in ("2/3", "2/0", "2/x", "1/1", "3"):
        with pytest.raises(KeyError):
            _part(SAMPLE, wrong)


def test_a_broken_container_gives_what_came_before_the_break() -> None:
    data = container()
    for end in range(len(data)):
        tnef.read(data[:end])
    assert [file.name for file in tnef.read(data[:-20]).files][:1] == ["Смета на монтаж.docx"]


def test_any_byte_may_be_wrong() -> None:
    data = container()
    for place in range(6, len(data)):
        for byte in (0, 0x7F, 0xFF):
            tnef.read(data[:place] + bytes((byte,)) + data[place + 1 :])


def test_what_is_no_container_is_empty() -> None:
    assert tnef.read(b"") == tnef.read(b"not a container at all") == tnef.Container()
