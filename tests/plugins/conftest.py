"""A folder that plugins can be installed into."""

import sys

import pytest

from hub.i18n import using


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """It stands on `sys.path`; what was imported from it is forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    with using("en"):
        yield tmp_path
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]
