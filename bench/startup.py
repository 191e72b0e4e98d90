"""How long `hub --help` takes, against a bare interpreter."""

import subprocess
import sys
import time
from statistics import median

from measure import say

RUNS = 9


def seconds(*command: str) -> float:
    taken = []
    for _ in range(RUNS):
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - started)
    return median(taken)


if __name__ == "__main__":
    bare = seconds(sys.executable, "-c", "pass")
    ours = seconds(sys.executable, "-m", "hub.cli.main", "--help") if len(sys.argv) > 1 else seconds("hub", "--help")
    say("startup", help_s=ours, bare_s=bare, ratio=ours / bare)
