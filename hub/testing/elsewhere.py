"""A map called in another process, where hashes, the time zone and the locale differ.

What a map gives there has to be what it gives here: replay and rebuild run it on another day, in another process.
"""

import io
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib import import_module, util
from typing import Any

from hub.connectors import Connector, Window
from hub.testing.rubbish import canonical

_ENVIRONMENT = {"PYTHONHASHSEED": "4242", "TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONUTF8": "1"}
_SECONDS = 60


def map_here(connector: Connector, settings: object, bodies: Sequence[bytes], window: Window) -> list[str]:
    """The canonical text of what each body maps to."""
    return [canonical(connector.map(body, settings, window)) for body in bodies]


def map_elsewhere(connector: Connector, settings: object, bodies: Sequence[bytes], window: Window) -> list[str]:
    """The same, from another process.

    Raises `TypeError` or `AttributeError` when the map can be found neither as an installed plugin nor by its name.
    """
    from hub import plugins  # noqa: PLC0415 - the child needs it only for what is installed

    installed = plugins.load([connector.name]).connectors.get(connector.name) == connector
    code = connector.name if installed else connector.map
    modules = [_module(connector.map), _module(type(settings))]
    work = pickle.dumps((code, settings, [*map(bytes, bodies)], window))
    return _run(pickle.dumps((sys.path, modules, work)))


def _module(code: Any) -> tuple[str, str]:
    name = getattr(code, "__module__", "")
    return name, str(getattr(sys.modules.get(name), "__file__", None) or "")


@lru_cache(maxsize=64)
def _run(order: bytes) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "hub.testing.elsewhere"],
        input=order,
        capture_output=True,
        timeout=_SECONDS,
        check=False,
        env={**os.environ, **_ENVIRONMENT},
    )
    if done.returncode:
        raise RuntimeError(f"the map fails in another process: {done.stderr.decode(errors='replace')[-2000:]}")
    texts: list[str] = pickle.loads(done.stdout)  # noqa: S301 - our own child
    return texts


def _answer(order: bytes) -> bytes:
    paths, modules, work = pickle.loads(order)  # noqa: S301 - our own parent
    sys.path[:] = paths
    for name, file in modules:
        _import(name, file)
    code, settings, bodies, window = pickle.loads(work)  # noqa: S301
    mapping: Callable[..., Any] = _installed(code) if isinstance(code, str) else code
    return pickle.dumps([canonical(mapping(body, settings, window)) for body in bodies])


def _installed(name: str) -> Callable[..., Any]:
    from hub import plugins  # noqa: PLC0415 - see above

    return plugins.load([name]).connector(name).map


def _import(name: str, file: str) -> None:
    """The module, from its file where its name alone does not find it (a test file, say)."""
    try:
        import_module(name)
    except ImportError:
        spec = util.spec_from_file_location(name, file)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])


if __name__ == "__main__":
    out, sys.stdout = sys.stdout.buffer, io.TextIOWrapper(io.BytesIO())
    out.write(_answer(sys.stdin.buffer.read()))
