"""How long `hub --help` takes, against a bare interpreter."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from measure import as_installed, say

RUNS = 9


def seconds(*command: str) -> float:
    taken = []
    with tempfile.TemporaryDirectory() as compiled:
        for _ in range(RUNS + 1):
            started = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=as_installed(Path(compiled)))
            taken.append(time.perf_counter() - started)
    return median(taken[1:])


if __name__ == "__main__":
    bare = seconds(sys.executable, "-c", "pass")
    ours = seconds(sys.executable, "-m", "hub.cli.main", "--help") if len(sys.argv) > 1 else seconds("hub", "--help")
    say("startup", help_s=ours, bare_s=bare, ratio=ours / bare)
