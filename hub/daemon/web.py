"""The process that answers HTTP, kept alive: a program of its own, since this process must have one thread."""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from hub.engine.apart.alone import die_with_parent
from hub.log import Log
from hub.settings import Config
from hub.settings.handing import handed

FIRST_S: Final = 1.0
LONGEST_S: Final = 60.0
WELL_S: Final = 60.0
"""Who lived for so long has not failed at its start."""
END_S: Final = 5.0

_log = Log(logging.getLogger("hub.daemon"), {"action": "web"})


@dataclass(slots=True)
class Web:
    """The process, started anew when it ends. `tick` is a clock in seconds that never jumps."""

    tick: Callable[[], float]
    _process: "subprocess.Popen[bytes] | None" = None
    _began: float = 0.0
    _again: float = 0.0
    _failures: int = 0

    def keep(self, config: Config) -> None:
        """Start it with what is in force, where it does not run and is due."""
        if self._process is not None and (code := self._process.poll()) is not None:
            self._process = None
            self._failed(f"has ended with exit code {code}")
        if self._process is None and self.tick() >= self._again:
            self._began = self.tick()
            try:
                self._start(config)
            except OSError as error:  # no processes or no memory left, now
                self._failed(f"could not be started: {error}")

    def _start(self, config: Config) -> None:
        line = [sys.executable, "-m", "hub.web", "--handed", "--config", str(config.path)]
        environ = {name: value for name, value in os.environ.items() if name != "NOTIFY_SOCKET"}
        environ.setdefault("HUB_LANG", config.company.language)
        with handed(config) as file:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                line, env=environ, stdin=file, preexec_fn=die_with_parent  # noqa: PLW1509 - one thread
            )  # fmt: skip

    def _failed(self, how: str) -> None:
        self._failures = 1 if self.tick() - self._began > WELL_S else self._failures + 1
        self._again = self.tick() + min(FIRST_S * 2 ** (self._failures - 1), LONGEST_S)
        tell = _log.warning if self._failures == 1 else _log.info
        tell("the web server %s; it is started anew", how)

    def reload(self) -> None:
        """Let it read its configuration again."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGHUP)

    def close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
