"""Files that nobody wrote on purpose: whatever stands in them, the connector answers with rows or with its own errors."""

import io
import json
import random
import time
import zipfile
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from hub_contacts.mapping import map_row
from hub_contacts.plugin import CONNECTOR
from hub_contacts.values import amount, clock, currency, document_type, duration, key, unrounded, when

import hub

CSV = (
    "Код;Название;ИНН;КПП;Почта;Телефон;Дата;Сумма;Длительность;Направление;ФИО;Компания;Код клиента\r\n"
    'A1;"ООО «Ромашка»";7707083893;770701001;a@romashka.example;+7 495 123-45-67;02.11.2026 10:30;1 000,50;02:05;вх;Иван;ООО;A1\r\n'
    'A2;"АО ""Василёк""\nи Ко";7736050003;;b@vasilek.example;"84951234567, доб. 2";46328;1,234.5;125;исх;Пётр;АО;A2\r\n'
).encode("cp1251")
CARDS = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\nUID:1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=90=D0=\r\n=BD;=D0=B0\r\n"
    "item1.TEL;CELL:+7916\r\nORG:ООО\\;Лютик;Отдел\r\nNOTE:раз\r\n  два\r\nEND:VCARD\r\n"
).encode() * 2
SCRAPS = [b'"', b";", b",", b"\r\n", b"\r", b"\x00", b"\xff\xfe", b"=", b"\\", b":", b"BEGIN:VCARD\r\n", b"END:VCARD\r\n", b"\xd0",
          b"7,7E+09", b"(1,2)", b"99999999999999999999", "₽".encode(), b"sep=;\r\n", b" ", b"\t", b"%#~", b"1e999", b"CHARSET="]  # fmt: skip


def workbook() -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        page = book.add_worksheet()
        for number, row in enumerate(CSV.decode("cp1251").split("\r\n")):
            page.write_row(number, 0, row.split(";"))
        page.merge_range("A9:A12", "x")
    return content.getvalue()


def mutated(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.randint(1, 12)):
        spot = chance.randrange(len(changed) + 1)
        match chance.randrange(5):
            case 0:
                changed[spot : spot + chance.randint(1, 20)] = b""
            case 1:
                changed[spot:spot] = chance.choice(SCRAPS) * chance.randint(1, 3)
            case 2:
                changed[spot : spot + 1] = bytes([chance.randrange(256)])
            case 3:
                changed[spot:spot] = changed[
                    (start := chance.randrange(len(changed) + 1)) : start + chance.randint(1, 60)
                ]
            case _:
                del changed[len(changed) - chance.randrange(30) :]
    return bytes(changed) or b"\x00"


def mutated_inside(content: bytes, chance: random.Random) -> bytes:
    """A workbook whose XML is mutated, in an archive that is whole."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            member = old.read(name)
            new.writestr(name, mutated(member, chance) if chance.random() < 0.3 else member)
    return changed.getvalue()


def survive(path: Path, kind: str, tools: hub.Tools, chance: random.Random) -> int:
    """Reads all of a file; what comes out is right in form, or the error is one of ours. How many rows came."""
    said = {"path": path, "kind": kind}
    if path.suffix != ".vcf" and chance.random() < 0.5:
        said["key"] = "Код"
    settings = CONNECTOR.settings.model_validate({"files": [said], "timezone": "Europe/Moscow"})
    try:
        with CONNECTOR.open(settings, tools) as source:
            pages = list(source.pull(path.stem, None))
            ids = list(source.ids(path.stem).ids)
    except (hub.Misconfigured, hub.Unreachable):
        return 0
    raws = [raw for page in pages for raw in page.raws]
    assert [raw.external_id for raw in raws] == ids
    assert len(set(ids)) == len(ids)
    for raw in raws:
        assert raw.external_id.isprintable()
        check_mapped(raw.body)
    return len(raws)


def check_mapped(body: bytes) -> None:
    said = map_row(body, None, date.max)
    if isinstance(said, hub.Unreadable):
        assert said.reason
        repr(said).encode()
    else:
        for each in said:
            repr(each.record).encode()


@pytest.mark.parametrize(
    ("name", "count"), [("clients.csv", 200), ("cards.vcf", 150), ("inside.xlsx", 100), ("damaged.xlsx", 100)]
)
def test_mutated_files_give_rows_or_our_own_errors(tmp_path, tools, name, count):
    whole = {"clients.csv": CSV, "cards.vcf": CARDS, "inside.xlsx": (book := workbook()), "damaged.xlsx": book}[name]
    path, read = tmp_path / name, 0
    for seed in range(count):
        chance = random.Random(seed)
        path.write_bytes((mutated_inside if name == "inside.xlsx" else mutated)(whole, chance))
        kind = (
            "people"
            if path.suffix == ".vcf"
            else chance.choice(["clients", "people", "contracts", "payments", "calls"])
        )
        try:
            read += survive(path, kind, tools, chance) > 0
        except BaseException:
            print("seed", seed, "kind", kind)
            raise
    assert read > count // 10 or name == "damaged.xlsx", "the mutations leave too little to read"


def test_mutated_bytes_of_rows_never_make_the_mapping_raise(tmp_path, tools):
    (tmp_path / "rows.csv").write_bytes(CSV)
    bodies = []
    for kind in ("clients", "people", "contracts", "payments", "calls"):
        settings = CONNECTOR.settings.model_validate(
            {"files": [{"path": tmp_path / "rows.csv", "kind": kind}], "timezone": "Europe/Moscow"}
        )
        with CONNECTOR.open(settings, tools) as source:
            bodies += [raw.body for page in source.pull("rows", None) for raw in page.raws]
    for seed in range(4000):
        chance = random.Random(seed)
        check_mapped(mutated(chance.choice(bodies), chance))
    for seed in range(4000):  # whole JSON with strange texts in it
        chance = random.Random(seed)
        said = json.loads(chance.choice(bodies))
        said["cells"] = {
            name: strange(chance) if chance.random() < 0.4 else text for name, text in said["cells"].items()
        }
        check_mapped(json.dumps(said).encode())


def strange(chance: random.Random) -> str:
    signs = "0123456789.,:-+()/ eE%₽$гпч'\"=«»@;\nТT٣½²"
    return "".join(chance.choices(signs, k=chance.randint(1, 14)))


def test_every_reading_of_a_value_gives_a_value_or_a_value_error():
    readers = [when, amount, clock, currency, document_type, duration, key, unrounded]
    chance = random.Random(1)
    for _ in range(20_000):
        text = strange(chance)
        with suppress(ValueError):
            chance.choice(readers)(text)


@pytest.mark.parametrize("sign", ['"', ";", "(", "1,", "a@", "\\;", "\n", "=", "-0"])
def test_no_text_takes_long(tmp_path, tools, sign):
    columns = "Код;Название;ИНН;КПП;Почта;Телефон;Сайт;Дата;Сумма"
    size = 2_000 if sign == "\n" else 20_000
    cell = (sign * size)[:size].replace('"', '""')
    (tmp_path / "c.csv").write_text(columns + "\n" + ";".join([f'"{cell}"'] * 9), newline="")
    lines = "".join(f"{name}:{sign * 20_000}\n" for name in ("FN", "N", "ORG", "TEL", "EMAIL"))
    (tmp_path / "v.vcf").write_text(f"BEGIN:VCARD\n{lines}END:VCARD\n")
    begun = time.process_time()
    survive(tmp_path / "v.vcf", "people", tools, random.Random(1))
    survive(tmp_path / "c.csv", "clients", tools, random.Random(1))
    survive(tmp_path / "c.csv", "payments", tools, random.Random(1))
    assert time.process_time() - begun < 10
