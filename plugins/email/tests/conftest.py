"""What the tests of the mail plugin share: modules that are also commands, and the sample mails."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parent


def load(name: str) -> ModuleType:
    """A module that lies beside the tests."""
    spec = spec_from_file_location(f"hub_email_{name}", HERE / f"{name}.py")
    assert spec
    assert spec.loader
    module = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "sample" in metafunc.fixturenames:
        samples = sorted(HERE.glob("corpus/*.eml"))
        metafunc.parametrize("sample", samples, ids=[path.stem for path in samples])
    if "bomb" in metafunc.fixturenames:
        metafunc.parametrize("bomb", load("bombs").BOMBS.values(), ids=list(load("bombs").BOMBS))


@pytest.fixture(scope="session")
def plain() -> ModuleType:
    return load("plain")


@pytest.fixture(scope="session")
def fuzz() -> ModuleType:
    return load("fuzz")
