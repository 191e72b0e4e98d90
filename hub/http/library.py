"""httpx and httpcore without what we do not need of them.

httpx has a command line, and imports for it click, rich and pygments wherever they are installed: more than half of the
time that `import httpx` takes, and a third of its memory, in every process that talks to a server. It is left out here,
as httpx itself leaves it out where those packages are missing.
"""

import sys
from types import ModuleType

_COMMAND_LINE = "httpx._main"

if "httpx" not in sys.modules and _COMMAND_LINE not in sys.modules:
    sys.modules[_COMMAND_LINE] = left_out = ModuleType(_COMMAND_LINE)
    left_out.main = lambda: sys.exit("the command line of httpx was left out")  # type: ignore[attr-defined]

import httpcore  # noqa: E402 - after what is left out
import httpx  # noqa: E402 - the same

__all__ = ["httpcore", "httpx"]
