"""Independent clients, each in an environment of its own: what they need may be at odds with what we need.

They are installed once, into the user's cache, and run as programs of their own.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.servers.required import need

TIMEOUT_S = 100


def python_with(name: str, *packages: str) -> Path:
    """A Python that has these packages. Skips the test where they cannot be installed."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "interaction-hub" / "referees"
    key = hashlib.sha256("\n".join((sys.version, *packages)).encode()).hexdigest()[:12]
    folder = cache / f"{name}-{key}"
    python = folder / "bin" / "python"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{name}.lock").open("w") as lock:  # others may want the same one at the same time
        fcntl.flock(lock, fcntl.LOCK_EX)
        _make(name, folder, packages)
    return python


def _make(name: str, folder: Path, packages: Sequence[str]) -> None:
    python = folder / "bin" / "python"
    if (folder / "whole").exists():
        return
    uv = shutil.which("uv") or str(Path(__file__).parents[2] / ".uv" / "bin" / "uv")
    made = _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)])
    made = made or _run([uv, "pip", "install", "--quiet", "--python", str(python), *packages])
    if made:
        need(name, is_there=False, how=f"uv pip install {' '.join(packages)}: {made}")
    (folder / "whole").touch()


def _run(command: Sequence[str]) -> str:
    """What went wrong, "" for nothing."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return done.stderr.strip()[-300:] or "failed" if done.returncode else ""
