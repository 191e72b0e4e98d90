"""What Excel, 1C and people do to CSV files changes no id and loses no row."""

import unicodedata

import pytest

import hub

ROWS = [
    ["Код", "Название", "ИНН", "Почта", "Телефон"],
    ["A1", "ООО «Ромашка»", "7707083893", "info@romashka.example", "+7 495 123-45-67"],
    ["A2", "АО «Василёк; и Ко»", "7736050003", "office@vasilek.example", "+7 812 765-43-21"],
    ["A3", "ИП Ёлкин", "500100732259", "elkin@elkin.example", "8 916 111-22-33"],
]


def as_csv(rows=ROWS, delimiter=";", end="\r\n") -> str:
    return "".join(
        delimiter.join(f'"{c}"' if ";" in c or "," in c or "\n" in c else c for c in row) + end for row in rows
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16", "koi8-r", "cp866"])
def test_the_encoding_is_found_out(write, read, encoding):
    plain = [[cell.translate({ord(sign): None for sign in "«»;"}) for cell in row] for row in ROWS]
    found = read(write(as_csv(plain), encoding=encoding), key="Код")
    assert list(found.raws) == ["A1", "A2", "A3"]
    assert found.records[2].name == "ИП Ёлкин"
    assert not found.unread


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "cp866", "mac-cyrillic"])
@pytest.mark.parametrize("name", ["ООО РОМАШКА", "ооо ромашка", "Ромашка", "АО ЭНЕРГОЩИТ", "Щука", "ИП ЁЖ"])
def test_the_code_page_of_a_short_list_is_found_out_whatever_its_case(write, read, encoding, name):
    assert read(write(f"НАЗВАНИЕ;ИНН\r\n{name};7707083893\r\n", encoding=encoding)).records[0].name == name


def test_english_needs_no_encoding(write, read):
    assert read(write("Company;TIN\r\nRomashka Ltd;7707083893\r\n")).records[0].name == "Romashka Ltd"


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_delimiters_and_line_ends_change_nothing(write, read, delimiter, end):
    usual = read(write(as_csv()), key="Код")
    other = read(write(as_csv(delimiter=delimiter, end=end)), key="Код")
    assert other.revisions == usual.revisions


def test_all_that_a_spreadsheet_does_to_a_file_changes_no_id_and_no_revision(write, read):
    usual = read(write(as_csv()), key="Код")
    padded = [[*row, "", ""] for row in ROWS]
    moved = [[row[i] for i in (2, 0, 4, 1, 3)] for row in ROWS]
    quoted = "\r\n".join(",".join('"' + c.replace('"', '""') + '"' for c in row) for row in ROWS)
    titled = [["Список клиентов на 02.11.2026", "", "", "", ""], ["", "", "", "", ""], *ROWS]
    variants = [
        as_csv(padded) + ";;;;;;\r\n" * 5,
        as_csv(moved),
        as_csv([ROWS[0], *reversed(ROWS[1:])]),
        as_csv(titled),
        as_csv([[f" {c}  " for c in row] for row in ROWS]),
        as_csv([*ROWS, ROWS[0]]),
        "sep=,\r\n" + quoted,
        quoted + "\r\n\r\n",
        as_csv().replace(" ", "\u00a0"),
    ]
    for variant in variants:
        for encoding in ("utf-8-sig", "cp1251"):
            assert read(write(variant, encoding=encoding), key="Код").revisions == usual.revisions


def test_an_added_column_changes_no_id_and_is_kept(write, read):
    usual = read(write(as_csv()))
    more = read(write(as_csv([[*ROWS[0], "Сегмент"], *([*row, "VIP"] for row in ROWS[1:])])))
    assert list(more.raws) == list(usual.raws)
    assert more.records[0].extra == {"Код": "A1", "Сегмент": "VIP"}


def test_trailing_cells_that_excel_leaves_out_are_empty(write, read):
    found = read(write("Название;ИНН;Почта;Телефон\r\nООО «Ромашка»;7707083893\r\n"))
    assert found.records[0].identifiers == (hub.Identifier("inn", "7707083893"),)


def test_merged_headings_take_the_text_above_them(write, read):
    text = "Отчёт\r\n\r\nНазвание;ИНН;Контакты;\r\n;;Почта;Телефон\r\nООО «Ромашка»;7707083893;a@romashka.example;+74951234567\r\n"
    found = read(write(text))
    assert found.records[0].name == "ООО «Ромашка»"
    assert len(found.records[0].identifiers) == 3


def test_cells_may_have_line_ends_and_quotes(write, read):
    text = 'Название;Почта;Комментарий\r\n"ООО ""Ромашка""";"a@romashka.example\r\nb@romashka.example";"раз\nдва"\r\n'
    record = read(write(text)).records[0]
    assert record.name == 'ООО "Ромашка"'
    assert [one.value for one in record.identifiers] == ["a@romashka.example", "b@romashka.example"]
    assert record.text == "раз\nдва"


def test_quotes_inside_of_a_plain_cell_are_text(write, read):
    assert read(write('Название;ИНН\r\nООО "Ромашка";7707083893\r\n')).records[0].name == 'ООО "Ромашка"'


def test_an_open_quote_costs_only_its_own_row(write, read):
    lines = [f"K{i};ООО «Ромашка {i}»;a{i}@romashka.example;+7495000{i:04}" for i in range(300)]
    lines[7] = lines[7].replace("ООО", '"ООО')
    lines[200] = lines[200].replace("ООО", '"ООО')
    found = read(write("Код;Название;Почта;Телефон\r\n" + "\r\n".join(lines)), key="Код")
    assert len(found.records) == 298
    assert [reason[:9] for reason in found.unread] == ["row 9: a ", "row 202: "]


def test_two_open_quotes_near_each_other_swallow_no_rows(write, read):
    lines = [f"K{i};ООО «Ромашка {i}»;a{i}@romashka.example;+7495000{i:04}" for i in range(50)]
    lines[7], lines[17] = (lines[n].replace("ООО", '"ООО') for n in (7, 17))
    assert len(read(write("Код;Название;Почта;Телефон\r\n" + "\r\n".join(lines)), key="Код").records) == 48


def test_two_open_quotes_far_from_each_other_swallow_no_rows_of_two_cells(write, read):
    lines = [f"K{i};ООО «Ромашка {i}»" for i in range(400)]
    lines[7], lines[207] = (lines[n].replace("ООО", '"ООО') for n in (7, 207))
    assert len(read(write("Код;Название\r\n" + "\r\n".join(lines)), key="Код").records) == 398


def test_rows_are_numbered_as_a_spreadsheet_shows_them(write, read):
    text = 'sep=;\r\nКод;Название;Комментарий\r\nA1;ООО;"раз\nдва"\r\n\r\nA1;АО;\r\n'
    assert read(write(text), key="Код").unread == ["row 4: its key in «Код» is already used by row 2"]


def test_letters_put_together_from_parts_are_the_same_letters(write, read):
    text = "Код;Название;Сайт\r\nЙ1;ООО «Лейка Ёлкина»;leika.example\r\n"
    apart = unicodedata.normalize("NFD", text)
    assert apart != text
    assert read(write(apart), key="Код").revisions == read(write(text), key="Код").revisions


def test_an_open_quote_in_the_last_row_is_named(write, read):
    found = read(write('Название;ИНН\r\nООО «Ромашка»;7707083893\r\n"АО;7736050003\r\n'))
    assert len(found.records) == 1
    assert found.unread[0].startswith("row 3: a quote is opened")


def test_a_row_with_more_cells_than_headings_is_named(write, read):
    found = read(write("Название;ИНН\r\nАО Василёк; и Ко;7736050003\r\nООО «Ромашка»;7707083893\r\n"))
    assert found.records[0].name == "ООО «Ромашка»"
    assert found.unread == [
        "row 2: it has more cells than the headings (3 instead of 2): put a cell that has the delimiter or a line end in it between quotes"
    ]


def test_a_damaged_byte_costs_only_its_own_row(write, read):
    text = as_csv([ROWS[0], *[[f"K{i}", *ROWS[1][1:]] for i in range(50)]]).encode()
    spot = text.index("Ромашка".encode(), 900)
    found = read(write(text[:spot] + b"\xff" + text[spot + 1 :]), key="Код")
    assert len(found.records) == 49
    assert "bytes that the file's encoding does not have" in found.unread[0]


def test_formulas_are_text(write, read):
    found = read(write('Название;Комментарий;ИНН\r\n=cmd|calc;@SUM(A1);"=""7707083893"""\r\n'))
    assert (found.records[0].name, found.records[0].text) == ("=cmd|calc", "@SUM(A1)")
    assert found.records[0].identifiers == (hub.Identifier("inn", "7707083893"),)


def test_a_heading_row_far_down_can_be_given(write, read):
    text = "x\r\n" * 70 + as_csv()
    with pytest.raises(hub.Misconfigured, match="no row of its first 50 has a known heading"):
        read(write(text))
    assert len(read(write(text), header_row=71).records) == 3


def test_unknown_headings_are_shown_with_the_fix(write, read):
    with pytest.raises(hub.Misconfigured) as caught:
        read(write("Альфа;Бета\r\n1;2\r\n"))
    assert "Row 1 has «Альфа», «Бета»" in str(caught.value)
    assert "`columns`" in caught.value.fix


def test_two_columns_of_one_name_are_both_kept(write, read):
    record = read(write("Название;Прочее;Прочее;Телефон;Телефон\r\nООО;раз;два;84951234567;84957654321\r\n")).records[0]
    assert record.extra == {"Прочее": "раз", "Прочее (2)": "два"}
    assert len(record.identifiers) == 2


def test_a_line_without_end_is_refused_before_it_fills_the_memory(write, read):
    with pytest.raises(hub.Misconfigured, match="line 2 is too long"):
        read(write("Название;ИНН\r\n" + "x" * 3_000_000))
