import os
import resource
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub import errors
from hub.cli import main
from hub.cli.main import COMMANDS, Command, global_options_first

HUB = Path(sys.executable).with_name("hub")

COMMAND = """
import typer
from hub import errors
from hub.cli.invocation import invocation
from hub.settings import check
app = typer.Typer()

@app.command()
def fail(context: typer.Context, kind: str):
    called = invocation(context)
    called.output.say(f"{called.config} {called.debug} {called.output.quiet} {called.output.color}")
    match kind:
        case "AskedToWait":
            import datetime
            raise errors.AskedToWait("не сейчас", until=datetime.datetime.now(datetime.UTC), fix="подождите")
        case "KeyboardInterrupt":
            raise KeyboardInterrupt
        case "nothing":
            return
        case "exit":
            raise typer.Exit(3)
        case "defect":
            return {}["password=hunter2"]
    raise getattr(errors, kind)("что случилось", fix="что делать")
"""


@pytest.fixture
def failing(tmp_path, monkeypatch):
    """A command `fail` that fails as its word says."""
    (tmp_path / "a_failing_command.py").write_text(COMMAND)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "a_failing_command", raising=False)
    row = Command("fail", "a_failing_command", "Fail", "For tests")
    monkeypatch.setattr(main, "COMMANDS", (*COMMANDS, row))


# --- how fast --------------------------------------------------------------------------------------------------------


def test_help_takes_less_than_four_tenths_of_a_second():
    """Of processor time, because others may keep the machine busy; on an idle one the wall says the same."""

    def seconds():
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([HUB, "--help"], check=True, capture_output=True, timeout=30)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(seconds() for _ in range(3)) < 0.4


def test_help_loads_no_command_and_nothing_heavy():
    script = "import sys; from hub.cli.main import run; run(['--help']); print(*sys.modules, file=sys.stderr)"
    loaded = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=30)
    heavy = {"pydantic", "rich", "sqlmodel", "sqlalchemy", "phonenumbers", "babel", "hub.settings", "hub.plugins"}
    assert not heavy & set(loaded.stderr.split())
    assert not {row.module for row in COMMANDS} & set(loaded.stderr.split())


def test_a_sync_without_news_waits_for_nothing_that_only_news_need(sold):
    """Each of these takes a tenth of a second or so; PostgreSQL's place brings the drivers of all its libraries."""
    script = "import sys; from hub.cli.main import run; run(['sync', '--quiet']); print(*sys.modules, file=sys.stderr)"
    loaded = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60)
    spared = {"alembic", "phonenumbers", "rapidfuzz", "sqlalchemy.dialects.postgresql", "hub.store.database"}
    assert spared & set(loaded.stderr.split()) == {"hub.store.database"}, "the last one shows that it is looked at"


def test_a_sync_begins_to_open_its_first_connection_before_it_loads_what_the_database_takes(sold):
    script = (
        "import os, sys; os.register_at_fork(before=lambda: print('sqlalchemy' in sys.modules, file=sys.__stdout__)); "
        "from hub.cli.main import run; run(['sync', '--quiet'])"
    )
    said = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60)
    assert said.stdout.split()[0] == "False"


@pytest.mark.parametrize(("words", "goes_on"), [(["--help"], False), (["sync", "--quiet"], True)])
def test_nobody_looks_for_garbage_before_a_command_has_begun_nor_through_what_it_began_with(sold, words, goes_on):
    script = (
        "import gc, sys; from hub.cli import command; passes = []; "
        "gc.callbacks.append(lambda *_pass: passes.append('hub.engine.sync' in sys.modules)); "
        "command.command(); print(all(passes), gc.isenabled(), gc.get_freeze_count() > 10_000)"
    )
    asked = [sys.executable, "-c", script, *words]
    said = subprocess.run(
        asked, check=True, capture_output=True, text=True, timeout=60, env=os.environ | {"HUB_LANG": "en"}
    )
    assert said.stdout.split()[-3:] == ["True", str(goes_on), "True"]


# --- help ------------------------------------------------------------------------------------------------------------


def test_every_command_stands_in_the_help_and_has_help_of_its_own(hub):
    listed = hub("--help")
    assert listed.code == 0
    for row in COMMANDS:
        assert f"  {row.name} " in listed.out
        own = hub(row.name, "--help")
        assert (own.code, own.err) == (0, "")
        assert own.out.startswith(f"Usage: hub {row.name} ")


def test_without_a_command_the_help_is_shown(hub):
    assert hub().out.strip() == hub("--help").out.strip()


def test_the_version_is_that_of_the_distribution(hub):
    assert hub("--version").out.startswith("hub 0.")


# --- where it is printed ---------------------------------------------------------------------------------------------


def test_who_reads_no_further_than_the_first_line_ends_the_command_well():
    with subprocess.Popen([HUB, "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as asked:
        asked.stdout.close()
        assert (asked.stderr.read(), asked.wait(30)) == (b"", 0)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux")
@pytest.mark.parametrize("words", [("plugins",), ("config", "schema")])
def test_a_disk_that_is_full_is_told_and_is_no_defect(words):
    with Path("/dev/full").open("w") as full:
        said = _called(*words, stdout=full, stderr=subprocess.PIPE)
    assert said.returncode == 1
    assert said.stderr.decode() == (
        "Ошибка: не удаётся вывести ответ команды: на диске нет места\n"
        "  Исправление: освободите место или направьте вывод в другое место\n"
    )


def test_streams_that_are_closed_are_no_defect():
    closed = _called("plugins", shell=">&- 2>&-", stdout=subprocess.PIPE)
    assert closed.returncode == 0


def test_a_word_in_another_encoding_is_told_with_the_way_out(sold):
    said = sold("history", b"\xb8\xeb\xea\xe8".decode(errors="surrogateescape"))
    assert said.code == 2
    assert "not in the encoding of the system, utf-8" in said.err


def _called(*words, shell="", **how):
    """`hub` in Russian, in a process of its own, with `shell` behind it as a shell would redirect it."""
    line = ["sh", "-c", f'exec "$@" {shell}', "sh", HUB, *words]
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(line, check=False, timeout=30, env=environ | {"HUB_LANG": "ru"}, **how)


# --- the line --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "ordered"),
    [
        ("sync --debug mail", "--debug sync mail"),
        ("config check --config a.toml --json", "--config a.toml config check --json"),
        ("config check --config=a.toml", "--config=a.toml config check"),
        ("--lang ru history -q", "--lang ru -q history"),
        ("search -- --debug", "search -- --debug"),
        ("sync --config", "--config sync"),
    ],
)
def test_the_options_of_hub_may_stand_anywhere(line, ordered):
    assert global_options_first(line.split()) == ordered.split()


def test_the_options_of_hub_reach_the_command(hub, failing):
    said = hub("fail", "nothing", "--config", "x.toml", "--debug", "-q", "--no-color")
    assert said.out == "x.toml True True False\n"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("cnfig", "Did you mean config?"),
        ("config chek", "Did you mean"),
        ("config check --jsn", "--json"),
        ("config check now", "now"),
        ("--lang de config check", "--lang"),
        ("fail", "kind"),
        ("--config", "--config"),
    ],
)
def test_a_mistake_in_the_line_is_one_sentence_and_code_2(hub, failing, line, told):
    said = hub(*line.split())
    assert (said.code, said.out) == (2, "")
    assert told in said.err
    assert said.err.startswith("Error: ")
    assert "--help" in said.err
    assert "Traceback" not in said.err


# --- how it ends -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("nothing", 0),
        ("Refused", 1),
        ("SuddenlyEmpty", 1),
        ("CursorLost", 1),
        ("Misconfigured", 2),
        ("AuthFailed", 3),
        ("exit", 3),
        ("Unreachable", 4),
        ("AskedToWait", 4),
        ("StoreUnusable", 5),
        ("Inconsistent", 70),
        ("defect", 70),
        ("KeyboardInterrupt", 130),
    ],
)
def test_how_a_command_ends_is_its_exit_code(hub, failing, kind, code):
    said = hub("fail", kind)
    assert said.code == code
    assert "Traceback" not in said.err


def test_every_error_of_the_hub_has_a_code():
    kinds = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.HubError)]
    for kind in kinds:
        more = {"until": datetime.now(UTC)} if kind is errors.AskedToWait else {}
        assert main._failure(kind("x", **more), main.Output(), []) in {1, 2, 3, 4, 5, 70}


def test_an_error_says_what_happened_and_the_fix(hub, failing):
    assert hub("fail", "Refused").err == "Error: что случилось\n  Fix: что делать\n"


def test_a_defect_says_where_but_nothing_of_what_it_held(hub, failing):
    said = hub("fail", "defect")
    assert "KeyError" in said.err
    assert "a_failing_command.py" in said.err
    assert "hunter2" not in said.err


def test_with_debug_the_traceback_is_shown(hub, failing):
    assert "Traceback" in hub("fail", "defect", "--debug").err


def test_a_reader_that_stops_reading_is_no_error(tmp_path):
    script = f"{HUB} config schema | head -c 1"
    done = subprocess.run(["bash", "-c", script], check=False, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("{", "")


@pytest.mark.parametrize("words", [(), ("clients",)])
def test_what_typer_says_by_itself_is_russian_too(hub, words):
    said = hub("--lang", "ru", *words, "--help").out
    assert said.splitlines()[0].endswith("[ПАРАМЕТРЫ] КОМАНДА [АРГУМЕНТЫ]...")
    assert not [line for line in said.splitlines() if "completion" in line and "--" not in line]
    assert not {"Install", "Show", "customize", "ARGS", "COMMAND"} & set(said.split())
