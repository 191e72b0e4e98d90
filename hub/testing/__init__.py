"""What tests of the hub and of its plugins use; shipped, so that a third party tests as we do.

    from hub.testing import ConnectorTests, Memory

`ConnectorTests` is the conformance kit (it needs pytest), `Memory` a source whose every turn is scripted, `Budgets` and
`Drawer` are limits and tokens in memory. Names are imported when they are first used, so that nothing here needs pytest until a test does.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hub.testing.conformance import ConnectorTests
    from hub.testing.encoding import decode, encode
    from hub.testing.shared import Budgets, Drawer
    from hub.testing.shelves import Memory

__all__ = ["Budgets", "ConnectorTests", "Drawer", "Memory", "decode", "encode"]

_MODULES = {
    "Budgets": "hub.testing.shared",
    "ConnectorTests": "hub.testing.conformance",
    "Drawer": "hub.testing.shared",
    "Memory": "hub.testing.shelves",
    "decode": "hub.testing.encoding",
    "encode": "hub.testing.encoding",
}


if not TYPE_CHECKING:  # a type checker would take any name for one that is there

    def __getattr__(name: str) -> Any:
        if name in _MODULES:
            globals()[name] = value = getattr(import_module(_MODULES[name]), name)
            return value
        raise AttributeError(f"module 'hub.testing' has no attribute {name!r}")
