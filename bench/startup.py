"""What a command takes that finds nothing to do, against an interpreter that does nothing: `hub --help`, and on the sample
files of `hub demo` once they are synced, `hub sync` and `hub status`; these also against one that imports SQLAlchemy.

    ./run python bench/startup.py
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from measure import as_installed, say

RUNS = 9
HUB = str(Path(sys.executable).with_name("hub"))


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        demo, environ = Path(place, "demo"), as_installed(Path(place, "compiled"))
        environ["HUB_CONFIG"] = str(demo / "hub.toml")
        subprocess.run([HUB, "demo", str(demo)], check=True, capture_output=True, env=environ)
        bare = taken([sys.executable, "-c", "pass"], environ)
        library = taken([sys.executable, "-c", "import sqlalchemy"], environ)
        say("startup.bare", wall=bare[0], cpu=bare[1], sqlalchemy_wall=library[0], sqlalchemy_cpu=library[1])
        for words in (["--help"], ["sync"], ["status"]):
            wall, cpu = taken([HUB, *words], environ)
            say(
                f"startup.{words[0].strip('-')}",
                wall=wall,
                cpu=cpu,
                ratio=cpu / bare[1],
                ratio_sqlalchemy=cpu / library[1],
            )


def taken(command: list[str], environ: dict[str, str]) -> tuple[float, float]:
    """Seconds and CPU seconds of a command, its own processes included; the first call, which compiles, does not count."""
    walls, cpus = [], []
    for _ in range(RUNS + 1):
        before, began = os.times(), time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, env=environ)
        walls.append(time.perf_counter() - began)
        after = os.times()
        spent = after.children_user + after.children_system - before.children_user - before.children_system
        cpus.append(spent)
    return median(walls[1:]), median(cpus[1:])


if __name__ == "__main__":
    main()
