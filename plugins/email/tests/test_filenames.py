"""Names of files that are safe to show and to save under."""

import pytest
from hub_email import caps
from hub_email.filenames import filename, named_after


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("Счёт № 12.pdf", "Счёт № 12.pdf"),
        ("Счёт 12/3.pdf", "Счёт 12_3.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/etc/passwd", "passwd"),
        ("C:\\Users\\Anna\\Договор.doc", "Договор.doc"),
        ("a\x00.exe", "a.exe"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("com1.tar.gz", "_com1.tar.gz"),
        ("console.log", "console.log"),
        ("trailing. . ", "trailing"),
        (".htaccess", "htaccess"),
        ('a<b>c:"d|e?f*.txt', "a_b_c__d_e_f_.txt"),
        ("и\u0306.txt", "й.txt"),
        ("..", ""),
        ("/", ""),
        ("", ""),
        ("a\ud800.txt", "a\ufffd.txt"),
        ("line\r\nbreak.txt", "line break.txt"),
    ],
)
def test_a_name_is_made_safe(given: str, safe: str) -> None:
    assert filename(given) == safe


@pytest.mark.parametrize(
    "name", ["x" * 1000 + ".docx", "ы" * 1000 + ".docx", "x" * 1000, "." + "y" * 1000, "x" * 200 + ".docx" + " " * 300]
)
def test_a_long_name_is_cut_and_keeps_its_extension(name: str) -> None:
    safe = filename(name)
    assert 0 < len(safe) <= caps.FILENAME
    assert len(safe.encode()) <= 255
    assert safe.endswith(".docx") == (".docx" in name)


def test_a_file_without_a_name_is_named_after_its_part() -> None:
    assert named_after("application/pdf", "2.1") == "part-2.1.pdf"
    assert named_after("application/x-odd", "3") == "part-3"
