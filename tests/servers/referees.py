"""Independent clients, each in an environment of its own: what they need may be at odds with what we need.

They are installed once, into the user's cache, and run as programs of their own.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.servers.required import need

TIMEOUT_S = 100


def python_with(name: str, *packages: str) -> Path:
    """A Python that has these packages. Skips the test where they cannot be installed."""
    return _kept(name, packages, f"uv pip install {' '.join(packages)}", _python) / "bin" / "python"


def node_with(name: str, *packages: str) -> Mapping[str, str]:
    """What Node has to find in its environment so that it finds these packages, by `require`. Skips the test as above."""
    how = f"npm install {' '.join(packages)}"
    need(name, is_there=shutil.which("npm") is not None, how=f"Node.js, and {how}")
    return {"NODE_PATH": str(_kept(name, packages, how, _node) / "node_modules")}


def _kept(name: str, packages: Sequence[str], how: str, make: Callable[[Path, Sequence[str]], str]) -> Path:
    """The folder of an environment, which is made once; `make` says what went wrong."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "interaction-hub" / "referees"
    key = hashlib.sha256("\n".join((sys.version, *packages)).encode()).hexdigest()[:12]
    folder = cache / f"{name}-{key}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{name}.lock").open("w") as lock:  # others may want the same one at the same time
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "whole").exists():
            if wrong := make(folder, packages):
                need(name, is_there=False, how=f"{how}: {wrong}")
            (folder / "whole").touch()
    return folder


def _python(folder: Path, packages: Sequence[str]) -> str:
    uv = shutil.which("uv") or str(Path(__file__).parents[2] / ".uv" / "bin" / "uv")
    made = _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)])
    return made or _run([uv, "pip", "install", "--quiet", "--python", str(folder / "bin" / "python"), *packages])


def _node(folder: Path, packages: Sequence[str]) -> str:
    folder.mkdir(exist_ok=True)
    quiet = ("--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--no-save")
    return _run(["npm", "install", *quiet, "--prefix", str(folder), *packages])


def _run(command: Sequence[str]) -> str:
    """What went wrong, "" for nothing."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return done.stderr.strip()[-300:] or "failed" if done.returncode else ""
