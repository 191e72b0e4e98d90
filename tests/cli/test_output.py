import json
import os
import pty
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from hub.cli import drawing
from hub.cli.output import Output, printable
from hub.core.records import Moment


def test_what_could_steer_a_terminal_is_replaced():
    assert printable("a\x1b[31mb\x07\r\x9b") == "a�[31mb���"
    assert printable("в\u202eгёпа\u2066 \udc80") == "в�гёпа� �"
    assert printable("строка\n\tещё\r\nодна") == "строка\n\tещё\nодна"


def test_a_table_for_a_pipe_is_plain_aligned_and_whole(capsys):
    rows = [["Ромашка", 3, True], ["[bold]x[/bold]\nещё", None, ["a", "b"]], ["я" * 300, "", False]]
    Output().table(["Имя", "Писем", "?"], rows)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["Ромашка", "3", "yes"]
    assert lines[2].split() == ["[bold]x[/bold]", "ещё", "a,", "b"]
    assert lines[3].startswith("я" * 300)
    assert len(lines) == 4


def test_a_table_on_a_terminal_shows_markup_as_it_is_written():
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen, os.fdopen(theirs, "w", encoding="utf-8") as terminal:
        with redirect_stdout(terminal):
            Output(color=False).table(["Имя"], [["[red]Ромашка[/red]"]], title="Клиенты")
        shown = screen.read(4_096).decode()
    assert "─" in shown
    assert "[red]Ромашка[/red]" in shown


def test_json_keeps_the_order_of_keys_and_writes_our_values(capsys):
    @dataclass(frozen=True)
    class Row:
        b: Decimal
        a: Path

    at = Moment(datetime(2026, 11, 2, 7, tzinfo=UTC), "Europe/Moscow")
    Output().json({"z": Row(Decimal("1.50"), Path("/x")), "at": at, "я": frozenset({"b", "a"})})
    text = capsys.readouterr().out
    assert json.loads(text) == {
        "z": {"b": "1.50", "a": "/x"},
        "at": {"utc": "2026-11-02T07:00:00+00:00", "zone": "Europe/Moscow"},
        "я": ["a", "b"],
    }
    assert text.index('"b"') < text.index('"a"')
    assert "я" in text


def test_quiet_leaves_results_and_errors(capsys):
    output = Output(quiet=True)
    output.say("result")
    output.note("progress")
    output.warn("careful")
    output.fail("wrong", fix="do")
    said = capsys.readouterr()
    assert said.out == "result\n"
    assert "progress" not in said.err
    assert "wrong" in said.err


def test_a_pipe_gets_no_colours(capsys):
    Output().fail("wrong", fix="do")
    assert "\x1b" not in capsys.readouterr().err


def _on_a_terminal(width, columns, rows, monkeypatch):
    return _shown(width, lambda output: output.table(columns, rows), monkeypatch)


def _shown(width, say, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen, os.fdopen(theirs, "w", encoding="utf-8") as terminal:
        with redirect_stdout(terminal):
            say(Output(color=False))
            print("\x04", end="", file=terminal, flush=True)
        shown = b""
        while not shown.endswith(b"\x04"):  # what was written comes in pieces
            shown += screen.read(65_536)
        return shown[:-1].decode().replace("\r\n", "\n")


CLIENTS = ["Клиент", "Id", "ИНН", "Последний контакт"]
ROMASHKA = ["ООО «Ромашка и строительно-монтажное управление»", "4TQMU6EF", "7701000001", "15.10.2026"]


def test_a_table_keeps_ids_and_days_whole_as_long_as_they_fit(monkeypatch):
    shown = _on_a_terminal(60, CLIENTS, [ROMASHKA], monkeypatch)
    assert max(map(len, shown.splitlines()[1:])) <= 60  # the heading is bold
    assert "─" in shown
    assert all(f"  {cell}" in shown for cell in ROMASHKA[1:])
    assert "…" not in shown


def test_on_a_terminal_too_narrow_for_a_table_the_columns_stand_one_below_the_other(monkeypatch):
    shown = _on_a_terminal(40, CLIENTS, [ROMASHKA, ["ИП Тест", "ABCDEFGH", "", ""]], monkeypatch)
    assert shown.splitlines() == [
        f"Клиент             {ROMASHKA[0]}",
        "Id                 4TQMU6EF",
        "ИНН                7701000001",
        "Последний контакт  15.10.2026",
        "",
        "Клиент             ИП Тест",
        "Id                 ABCDEFGH",
        "",
    ]


HEAD = [
    [("ООО «Ромашка» и многие другие её части", ""), ("  ", ""), ("4TQMU6EF", "")],
    [("  ", ""), ("Контакты", ""), ("  ", ""), ("Пётр Иванов, начальник отдела закупок", "")],
    [("  ", ""), ("        ", ""), ("  ", ""), ("[red]Анна[/red]", "")],
]


def test_what_does_not_fit_beside_its_label_goes_on_below_where_it_began(monkeypatch):
    shown = _shown(40, lambda output: drawing.write(output, HEAD, wrap=True), monkeypatch)
    assert shown.splitlines() == [
        "ООО «Ромашка» и многие другие её части  ",
        "4TQMU6EF",
        "  Контакты  Пётр Иванов, начальник",
        "            отдела закупок",
        "            [red]Анна[/red]",
    ]


def test_where_there_is_hardly_room_beside_a_label_the_whole_width_is_used(monkeypatch):
    shown = _shown(30, lambda output: drawing.write(output, HEAD[1:2], wrap=True), monkeypatch)
    assert [line.rstrip() for line in shown.splitlines()] == ["  Контакты  Пётр Иванов,", "начальник отдела закупок"]
