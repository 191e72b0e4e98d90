"""A large list costs no more memory than a small one."""

import subprocess
import sys
from pathlib import Path

import pytest

PULL = """
import logging, resource, sys
from datetime import UTC, datetime
import hub
from hub_contacts.plugin import CONNECTOR

settings = CONNECTOR.settings.model_validate({"files": [{"path": sys.argv[1], "kind": "clients", **eval(sys.argv[2])}]})
tools = hub.Tools(clock=lambda: datetime.now(UTC), log=logging.LoggerAdapter(logging.getLogger()), stopping=lambda: False)
with CONNECTOR.open(settings, tools) as source:
    listed = sum(page.listed for page in source.pull("clients", None))
print(listed, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def pull(path: Path, rows: int, said: str) -> int:
    with path.open("w", encoding="utf-8") as file:
        file.write("Код;Название;Почта;Телефон\r\n")
        file.writelines(f"K{n};ООО «Ромашка {n}»;info@romashka{n}.example;+7495{n:07}\r\n" for n in range(rows))
    run = subprocess.run(
        [sys.executable, "-c", PULL, path, said], capture_output=True, text=True, timeout=110, check=True
    )
    listed, kilobytes = map(int, run.stdout.split())
    assert listed == rows
    return kilobytes


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kilobytes on Linux")
@pytest.mark.timeout(240)
@pytest.mark.parametrize("said", ["{'key': 'Код'}"])
def test_a_hundred_thousand_rows_take_the_memory_of_two_thousand(tmp_path, said):
    few, many = (pull(tmp_path / "clients.csv", rows, said) for rows in (2_000, 100_000))
    assert many <= 1.1 * few
