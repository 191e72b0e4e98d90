"""What tests of the hub and of its plugins use; shipped, so that a third party tests as we do.

    from hub.testing import Memory

`Memory` is a source whose every turn is scripted.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hub.testing.encoding import decode, encode
    from hub.testing.shelves import Memory

__all__ = ["Memory", "decode", "encode"]

_MODULES = {
    "Memory": "hub.testing.shelves",
    "decode": "hub.testing.encoding",
    "encode": "hub.testing.encoding",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        globals()[name] = value = getattr(import_module(_MODULES[name]), name)
        return value
    raise AttributeError(f"module 'hub.testing' has no attribute {name!r}")
