"""What the processes of a connector inherit: modules that each of them would import anew, in half of its time.

The first process says what it had to import until it was signed in, and at the end of a pull until then: what only news
need comes last. That is imported here before the second one is started, and never for one alone, which would gain nothing.
"""

import sys
from collections.abc import Collection, Sequence
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass
from importlib import import_module


@dataclass(slots=True)
class Heritage:
    """Of one connector."""

    _left: Sequence[str] = ()

    def add(self, modules: Sequence[str]) -> None:
        """A process had to import these."""
        self._left = modules

    def take(self) -> None:
        """Import here what the next process would have to. What cannot be imported here, it imports itself."""
        modules, self._left = self._left, ()
        with redirect_stdout(sys.stderr):  # as when a plugin is loaded: what it prints is no output of a command
            for name in modules:
                with suppress(Exception, SystemExit):
                    import_module(name)


def imported(before: Collection[str], package: str) -> Sequence[str]:
    """The modules of the hub and of that package that have been imported since; they bring others along themselves."""
    return [name for name in sys.modules if name not in before and name.partition(".")[0] in {"hub", package}]
