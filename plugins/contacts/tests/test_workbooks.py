"""XLSX: what Excel keeps in a workbook, and workbooks made to harm."""

import datetime as dt
import struct
import zipfile
from decimal import Decimal

import pytest
import xlsxwriter

import hub

HEADINGS = ["Код", "Название", "ИНН", "Почта", "Телефон"]
ROW = ["A1", "ООО «Ромашка»", "7707083893", "info@romashka.example", "+7 495 123-45-67"]


@pytest.fixture
def book(tmp_path):
    """Writes a workbook; `fill(workbook, sheet)` or rows."""

    def write_book(fill, name="clients.xlsx", sheet="Лист1"):
        path = tmp_path / name
        workbook = xlsxwriter.Workbook(path)
        page = workbook.add_worksheet(sheet)
        if callable(fill):
            fill(workbook, page)
        else:
            for number, row in enumerate(fill):
                page.write_row(number, 0, row)
        workbook.close()
        return path

    return write_book


def test_a_workbook_and_its_csv_give_the_same_ids_and_revisions(book, write, read):
    from_book = read(book([HEADINGS, ROW]), key="Код")
    from_csv = read(write(";".join(HEADINGS) + "\r\n" + ";".join(ROW)), key="Код", decimal=".")
    assert from_book.revisions == from_csv.revisions


def test_a_workbook_that_begins_with_an_empty_sheet_asks_for_the_sheet(book, read):
    def fill(workbook, _cover):
        page = workbook.add_worksheet("Клиенты")
        page.write_row(0, 0, HEADINGS)
        page.write_row(1, 0, ROW)

    path = book(fill, sheet="Обложка")
    with pytest.raises(hub.Misconfigured, match=r"the first visible sheet of .* is empty") as caught:
        read(path)
    assert caught.value.fix.startswith("Name the sheet with the rows in `sheet`")
    assert len(read(path, sheet="Клиенты").records) == 1


def test_numbers_are_read_as_they_are_shown(book, read):
    found = read(book([HEADINGS, [12, "ООО «Ромашка»", 7707083893, "a@romashka.example", 74951234567]]), key="Код")
    assert list(found.raws) == ["12"]
    assert {one.value for one in found.records[0].identifiers} == {"7707083893", "a@romashka.example", "74951234567"}


def test_a_leading_zero_that_excel_took_comes_back(book, read):
    record = read(book([["Название", "ИНН", "КПП"], ["ООО «Агидель»", 274062111, 27401001]])).records[0]
    assert (record.identifiers, record.kpp) == ((hub.Identifier("inn", "0274062111"),), "027401001")


def test_a_number_that_excel_rounded_makes_the_row_unreadable(book, read):
    found = read(book([["Название", "ИНН"], ["ООО «Ромашка»", 7.70708389312e20], ["АО «Василёк»", 7736050003]]))
    assert len(found.records) == 1
    assert found.unread == [
        "row 2: «ИНН» was rounded by Excel and its digits are lost: format the column as text and save again"
    ]


def test_titles_merged_headings_and_a_table_that_starts_anywhere(book, read):
    def fill(workbook, page):
        page.merge_range("C2:G2", "Список клиентов на 02.11.2026")
        page.merge_range("C4:C5", "Название")
        page.merge_range("D4:D5", "ИНН")
        page.merge_range("E4:F4", "Контакты")
        page.write("E5", "Почта")
        page.write("F5", "Телефон")
        page.write_row("C6", ["ООО «Ромашка»", "7707083893", "a@romashka.example", "84951234567"])
        page.write_row("C8", ["АО «Василёк»", "7736050003", "b@vasilek.example"])
        page.write("I8", "на контроле")
        for row in range(10, 2000):
            page.write_blank(row, 20, None, workbook.add_format({"bold": True}) if row == 10 else None)

    found = read(book(fill))
    assert [(r.name, len(r.identifiers)) for r in found.records] == [("ООО «Ромашка»", 3), ("АО «Василёк»", 2)]
    assert found.records[1].extra == {"column I": "на контроле"}


def test_a_cell_merged_over_several_people_belongs_to_each(book, read):
    def fill(workbook, page):
        page.write_row(0, 0, ["Компания", "ФИО", "Почта"])
        page.merge_range("A2:A3", "ООО «Ромашка»")
        page.write_row(1, 1, ["Иванов Иван", "ivan@romashka.example"])
        page.write_row(2, 1, ["Петров Пётр", "petr@romashka.example"])

    people = [one for one in read(book(fill), kind="people").records if isinstance(one, hub.Contact)]
    assert people[0].companies == people[1].companies != ()


def test_values_of_formulas_are_read_and_formulas_are_not(book, read):
    def fill(workbook, page):
        page.write_row(0, 0, ["Название", "ИНН", "Комментарий"])
        page.write_formula("A2", '="ООО "&"Ромашка"', None, "ООО Ромашка")
        page.write_formula("B2", "=NA()", None, "#N/A")
        page.write_string("C2", "=HYPERLINK(1)")

    record = read(book(fill)).records[0]
    assert (record.name, record.identifiers, record.text) == ("ООО Ромашка", (), "=HYPERLINK(1)")


def test_dates_amounts_and_durations_of_cells(book, read):
    def fill(workbook, page):
        day, moment = (
            workbook.add_format({"num_format": "dd.mm.yyyy"}),
            workbook.add_format({"num_format": "d/m/yy h:mm"}),
        )
        page.write_row(0, 0, ["Дата", "Сумма", "ИНН", "Срок оплаты"])
        page.write_datetime("A2", dt.date(2026, 2, 1), day)
        page.write_number("B2", 1234567.89)
        page.write_string("C2", "7707083893")
        page.write_datetime("D2", dt.datetime(2026, 3, 1, 12, 30), moment)  # noqa: DTZ001 - Excel has no zones
        page.write_row(2, 0, [46054, 123.456, "7707083893"])

    first, second = read(book(fill, name="payments.xlsx"), kind="payments").records
    assert (first.at, first.amount, first.due) == (dt.date(2026, 2, 1), Decimal("1234567.89"), dt.date(2026, 3, 1))
    assert (second.at, second.amount) == (dt.date(2026, 2, 1), Decimal("123.456"))


def test_times_of_calls_in_cells_of_any_kind(book, read):
    def fill(workbook, page):
        clock, long = workbook.add_format({"num_format": "hh:mm"}), workbook.add_format({"num_format": "[h]:mm:ss"})
        day = workbook.add_format({"num_format": "dd.mm.yyyy"})
        page.write_row(0, 0, ["Дата", "Время", "Телефон", "Длительность"])
        page.write_datetime("A2", dt.date(2026, 11, 2), day)
        page.write_datetime("B2", dt.time(10, 30), clock)
        page.write_string("C2", "84951234567")
        page.write_datetime("D2", dt.timedelta(minutes=2, seconds=5), long)

    call = read(book(fill, name="calls.xlsx"), kind="calls").records[0]
    assert (call.at.utc, call.seconds) == (dt.datetime(2026, 11, 2, 7, 30, tzinfo=dt.UTC), 125)


def test_the_sheet_is_the_one_named_or_the_first_visible(book, read):
    def fill(workbook, page):
        page.hide()
        other = workbook.add_worksheet("Клиенты")
        other.activate()
        for number, row in enumerate([HEADINGS, ROW]):
            other.write_row(number, 0, row)

    path = book(fill, sheet="Справка")
    assert read(path).records[0].name == "ООО «Ромашка»"
    assert read(path, sheet="клиенты").records
    with pytest.raises(
        hub.Misconfigured, match="no sheet «Клиент»; it has «Справка», «Клиенты»; did you mean «Клиенты»\\?"
    ):
        read(path, sheet="Клиент")


def test_an_empty_sheet_is_named(book, read):
    with pytest.raises(hub.Misconfigured, match=r"clients\.xlsx is empty"):
        read(book([]))


def test_a_cell_in_the_farthest_corner_does_not_end_the_process(book, read):
    path = book(lambda _, page: (page.write_row(0, 0, HEADINGS), page.write(1048575, 16383, "x")))
    with pytest.raises(hub.Misconfigured, match="reaches over 1048576 × 16384 cells: delete stray ones"):
        read(path)


def repack(path, change):
    """The workbook with its members changed: `change(name, bytes) -> bytes`."""
    with zipfile.ZipFile(path) as old:
        members = [(one, old.read(one)) for one in old.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in members:
            new.writestr(name, change(name, content))
    return path


FAR = b'<row r="1048576"><c r="XFD1048576" t="str"><v>x</v></c></row></sheetData>'


@pytest.mark.parametrize(
    "hide",
    [
        lambda sheet: sheet.replace(b"</sheetData>", FAR),
        lambda sheet: b"junk" + sheet.replace(b"</sheetData>", FAR),
        lambda sheet: b"\n" * 600_000 + sheet.split(b"?>", 1)[1].replace(b"</sheetData>", FAR),
        lambda sheet: sheet.replace(
            b"</sheetData>", FAR.replace(b"<c ", b"<x:c xmlns:x='x' ").replace(b"</c>", b"</x:c>")
        ),
        lambda sheet: sheet.replace(b"</sheetData>", FAR).replace(b"</worksheet>", b""),
    ],
)
def test_no_way_of_hiding_a_far_cell_helps(book, read, hide):
    path = repack(book([HEADINGS, ROW]), lambda name, old: hide(old) if "sheet1.xml" in name else old)
    with pytest.raises(hub.Misconfigured, match=r"reaches over|damaged"):
        read(path)


def lie(path, member, size):
    """The archive saying another size of a member, in both places where it stands."""
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        honest = struct.pack("<I", archive.getinfo(member).file_size)
    assert content.count(honest) == 2
    path.write_bytes(content.replace(honest, struct.pack("<I", size)))
    return path


def test_an_archive_that_unpacks_to_gigabytes_is_refused(book, read):
    path = lie(book([HEADINGS, ROW]), "xl/styles.xml", 3 << 30)
    with pytest.raises(hub.Misconfigured, match="larger than 512 MB"):
        read(path)


def test_an_archive_that_hides_how_large_it_is_is_refused(book, read):
    path = repack(book([HEADINGS, ROW]), lambda name, old: old + b" " * (50 << 20) if "sharedStrings" in name else old)
    assert path.stat().st_size < 1 << 20
    with pytest.raises(hub.Misconfigured, match="does not tell the truth"):
        read(lie(path, "xl/sharedStrings.xml", 100))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04 and no more", "it is damaged"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "is not an Excel workbook"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, r"old Excel format \(\.xls\)"),
        (
            bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
            "protected by a password",
        ),
        (b"", "is empty"),
    ],
)
def test_what_is_no_workbook_is_named_with_the_fix(write, read, content, says):
    with pytest.raises(hub.Misconfigured, match=says) as caught:
        read(write(content, name="clients.xlsx"))
    assert caught.value.fix


def test_an_archive_of_something_else_is_named(tmp_path, read):
    with zipfile.ZipFile(tmp_path / "clients.xlsx", "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    with pytest.raises(hub.Misconfigured, match="is not a workbook that can be read"):
        read(tmp_path / "clients.xlsx")


def test_a_workbook_named_csv_is_named(book, read):
    with pytest.raises(hub.Misconfigured, match="is an Excel workbook"):
        read(book([HEADINGS, ROW], name="clients.csv"))
