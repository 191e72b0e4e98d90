import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.filenames import LONGEST_BYTES, safe


@pytest.mark.parametrize(
    ("written", "saved"),
    [
        ("Договор № 45.pdf", "Договор № 45.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\anna\\счёт.xlsx", "счёт.xlsx"),
        ("/", "attachment"),
        ("..", "attachment"),
        ("", "attachment"),
        (".bashrc", "bashrc"),
        ("a\x00b\x1b[2J.txt", "ab[2J.txt"),
        ("счёт\u202efdp.exe", "счётfdp.exe"),
        ("a\r\nb.txt", "a b.txt"),
        ("con.txt", "_con.txt"),
        ('что?"*.doc', "что___.doc"),
        ("a" * 500 + ".pdf", "a" * (LONGEST_BYTES - 4) + ".pdf"),
        ("\ud800.pdf", "pdf"),
    ],
)
def test_a_name_from_outside_becomes_a_name_in_this_folder(written, saved):
    assert safe(written) == saved


def test_what_has_no_name_is_called_as_it_is_told():
    assert safe("", "part-2") == "part-2"
    assert safe("..", "../..") == "attachment"


@given(st.text())
def test_no_name_leaves_its_folder_or_is_too_long(written):
    name = safe(written)
    assert name
    assert not set(name) & set("/\\\0\n")
    assert name.strip(". ") == name
    assert len(name.encode()) <= LONGEST_BYTES + 1
