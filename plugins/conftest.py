"""What the tests of all plugins share: modules that lie in no package, and those under tests/shared."""

import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]


def _module(path: str) -> ModuleType:
    known = f"hub_test.{path.removesuffix('.py').replace('/', '.')}"
    if known not in sys.modules:
        spec = spec_from_file_location(known, ROOT / path)
        assert spec
        assert spec.loader
        module = sys.modules[known] = module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[known]


@pytest.fixture(scope="session")
def module() -> Callable[[str], ModuleType]:
    """A module by its path in the checkout: `module("tests/servers/dovecot.py")`."""
    return _module
