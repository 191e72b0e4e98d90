"""Plugins that do everything wrong, so that the hub can be shown to live through each of them.

`AT_LOAD` are plugins that fail before they have a connector: their source, which `install` puts into a folder as an
installed distribution. `CONNECTORS` are connectors that load and then misbehave; each says in its docstring what it
does, and the folder that `install_connectors` fills offers them all as entry points `hostile.NAME`.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import hub
from hub.testing.encoding import decode, encode

AT = hub.moment(datetime(2026, 3, 2, 9, tzinfo=UTC), "Europe/Moscow")
_BODY = encode(hub.Note(at=AT, title="Позвонить"))

# --- plugins that do not load ----------------------------------------------------------------------------------------

_HOOK = "import hub\n\n@hub.hookimpl\ndef register_connectors():\n    "
_CONNECTOR = (
    "import contextlib, dataclasses, hub\nfrom hub.testing import hostile\n\n"
    "CONNECTOR = dataclasses.replace(hostile.HARMLESS, name='{name}')\n\n"
    "@hub.hookimpl\ndef register_connectors():\n    "
)

AT_LOAD: Mapping[str, str] = MappingProxyType(
    {
        "raises_at_import": "raise RuntimeError('not today')",
        "exits_at_import": "import sys\nsys.exit(3)",
        "is_no_python": "def (",
        "misses_a_dependency": "import no_such_distribution_anywhere",
        "raises_what_cannot_be_shown": (
            "class Silent(Exception):\n    def __str__(self):\n        raise RuntimeError\nraise Silent"
        ),
        "prints_at_import": "print('hello')\nraise RuntimeError",
        "raises_in_the_hook": _HOOK + "raise RuntimeError('not today')",
        "exits_in_the_hook": _HOOK + "raise SystemExit(3)",
        "raises_while_it_yields": _HOOK + "yield 1\n    raise RuntimeError('not today')",
        "yields_for_ever": _HOOK + "while True:\n        yield 1",
        "registers_nothing": _HOOK + "return []",
        "registers_none": _HOOK + "return None",
        "registers_a_number": _HOOK + "return 5",
        "registers_a_text": _HOOK + "return 'connector'",
        "registers_rubbish": _HOOK + "return [None, {}, object]",
        "wants_an_argument_no_hook_has": "import hub\n\n@hub.hookimpl\ndef register_connectors(settings):\n    return []",
        "misspells_the_hook": "import hub\n\n@hub.hookimpl\ndef register_conectors():\n    return []",
        "forgets_the_mark": "def register_connectors():\n    return []",
        "has_another_name": _HOOK + "from hub.testing import hostile\n    return [hostile.HARMLESS]",
        "comes_twice": _CONNECTOR + "return [CONNECTOR, CONNECTOR]",
        "is_too_new": _CONNECTOR + "return [dataclasses.replace(CONNECTOR, api=(hub.API[0], hub.API[1] + 1))]",
        "is_too_old": _CONNECTOR + "return [dataclasses.replace(CONNECTOR, api=(hub.API[0] - 1, 9))]",
        "has_no_version": _CONNECTOR + "return [dataclasses.replace(CONNECTOR, api='1.0')]",
        "has_no_title": _CONNECTOR + "return [dataclasses.replace(CONNECTOR, title='')]",
        "has_no_map": _CONNECTOR + "return [dataclasses.replace(CONNECTOR, map=None)]",
        "has_settings_of_its_own": _CONNECTOR + "return [dataclasses.replace(CONNECTOR, settings=dict)]",
        "takes_a_key_of_the_hub": (
            _CONNECTOR + "class Settings(hub.Settings):\n        store: str = ''\n"
            "    return [dataclasses.replace(CONNECTOR, settings=Settings)]"
        ),
        "can_what_nobody_can": _CONNECTOR + "return [dataclasses.replace(CONNECTOR, capabilities={'fetsh'})]",
        "has_a_mapping_of_no_number": _CONNECTOR + "return [dataclasses.replace(CONNECTOR, mapping=None)]",
    }
)


def install(
    folder: Path, name: str, source: str, *, module: str = "", distribution: str = "", entry_points: str = ""
) -> None:
    """Put a plugin into `folder` as pip would: a module and a dist-info. `folder` then goes onto `sys.path`."""
    module = module or f"hostile_{name.replace('.', '_')}"
    distribution = distribution or f"hostile-{name.replace('.', '-')}"
    (folder / f"{module}.py").write_text(source.replace("{name}", name))
    metadata = folder / f"{distribution.replace('-', '_')}-6.6.6.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 6.6.6\n")
    (metadata / "entry_points.txt").write_text(entry_points or f"[hub]\n{name} = {module}\n")


def install_connectors(folder: Path) -> None:
    """Offer every one of `CONNECTORS` as an entry point `hostile.NAME` of a distribution in `folder`."""
    points = "".join(f"hostile.{name} = hub.testing.hostile\n" for name in CONNECTORS)
    install(folder, "connectors", "", distribution="hostile-connectors", entry_points=f"[hub]\n{points}")


# --- connectors that misbehave ---------------------------------------------------------------------------------------


class Settings(hub.Settings):
    """There is nothing to set."""


class _Source:
    """Three items on one page."""

    def check(self) -> None:
        pass

    def streams(self) -> Iterable[hub.Stream]:
        return [hub.Stream("notes")]

    def pull(self, stream: str, cursor: str | None, /) -> Iterator[hub.Page]:  # noqa: ARG002 - the contract's
        return iter([_page(3)])


def _page(count: int, cursor: str = "done", **fields: Any) -> hub.Page:
    raws = [hub.Raw(str(n), "1", _BODY) for n in range(count)]
    return hub.Page(**{"listed": count, "raws": raws, "cursor": cursor, **fields})


def _map(body: bytes, _settings: object, _window: hub.Window) -> hub.MapResult:
    try:
        return decode(body)
    except ValueError as error:
        return hub.Unreadable(reason="This is not a list of records", detail=str(error))


@contextmanager
def _open(_settings: object, _tools: hub.Tools) -> Iterator[hub.Source]:
    yield _Source()


HARMLESS = hub.Connector(name="hostile.harmless", title="Harmless", settings=Settings, open=_open, map=_map)
_connectors: dict[str, hub.Connector] = {}
CONNECTORS: Mapping[str, hub.Connector] = MappingProxyType(_connectors)


def _add(name: str, doc: str | None, **fields: Any) -> None:
    _connectors[name] = replace(HARMLESS, name=f"hostile.{name}", title=(doc or name).strip(), **fields)


def _pulls(pull: Callable[[], Any]) -> None:
    """A connector with this pull."""

    class Pulling(_Source):
        def pull(self, stream: str, cursor: str | None, /) -> Iterator[hub.Page]:  # noqa: ARG002
            return cast("Iterator[hub.Page]", pull())

    _add(pull.__name__, pull.__doc__, open=_opening(Pulling()))


def _maps(mapping: Callable[[], Any]) -> None:
    """A connector with this map."""
    _add(mapping.__name__, mapping.__doc__, map=lambda _body, _settings, _window: mapping())


def _opening(source: object) -> Callable[..., Any]:
    @contextmanager
    def opened(_settings: object, _tools: object) -> Iterator[object]:
        yield source

    return opened


def _changes(field: str, *values: Any) -> None:
    """Connectors whose page, or whose second raw, has another value in this field."""
    for number, value in enumerate(values, 1):
        page = _page(3)
        if field in ("external_id", "revision", "body"):
            page = replace(page, raws=[page.raws[0], replace(page.raws[1], **{field: value}), page.raws[2]])
        else:
            page = replace(page, **{field: value})
        source = _Source()
        source.pull = _brings(page)  # type: ignore[method-assign]
        doc = f"It brings {field} = {value!r:.40}."
        _add(f"wrong_{field}_{number}", doc, open=_opening(source))


def _brings(page: hub.Page) -> Any:
    return lambda _stream, _cursor, /: iter([page])


@_pulls
def raises() -> Iterator[hub.Page]:
    """It brings a page and raises."""
    yield _page(3)
    raise RuntimeError("not today")


@_pulls
def exits() -> Iterator[hub.Page]:
    """It brings a page and exits the program."""
    yield _page(3)
    raise SystemExit(3)


@_pulls
def raises_at_once() -> Iterator[hub.Page]:
    """It raises before it has brought anything."""
    raise RuntimeError("not today")


@_pulls
def goes_in_a_circle() -> Iterator[hub.Page]:
    """It brings the same page with the same cursor for ever."""
    while True:
        yield _page(3)


@_pulls
def never_ends() -> Iterator[hub.Page]:
    """It brings empty pages for ever, each with another cursor."""
    number = 0
    while True:
        number += 1
        yield _page(0, cursor=str(number))


@_pulls
def sleeps() -> Iterator[hub.Page]:
    """It brings a page and sleeps for an hour."""
    yield _page(3)
    time.sleep(3_600)


@_pulls
def brings_no_iterator() -> Any:
    """Its pull returns a number."""
    return 5


@_pulls
def brings_no_page() -> Any:
    """It brings a dict and a None."""
    return iter([{"listed": 0}, None])


@_pulls
def brings_a_huge_page() -> Iterator[hub.Page]:
    """It brings 12,000 items on one page."""
    yield _page(12_000)


@_pulls
def brings_one_id_often() -> Iterator[hub.Page]:
    """It brings one id a thousand times on one page, always with another revision."""
    raws = [hub.Raw("1", str(n), _BODY) for n in range(1_000)]
    yield _page(0, listed=1_000, raws=raws)


@_pulls
def brings_what_cannot_be_read() -> Iterator[hub.Page]:
    """The body of its second item raises when it is read."""

    def read() -> bytes:
        raise PermissionError("not today")

    yield _page(0, listed=3, raws=[*_page(1).raws, hub.Raw("1", "1", read), hub.Raw("2", "1", _BODY)])


@_pulls
def lists_more_than_it_brings() -> Iterator[hub.Page]:
    """It lists 100 items and brings three."""
    yield _page(3, listed=100)


@_pulls
def lists_less_than_it_brings() -> Iterator[hub.Page]:
    """It lists one item and brings three."""
    yield _page(3, listed=1)


_changes("listed", -1, None, "3", 2.5, True)
_changes("cursor", None, 5, "c" * 200_000, "\ud800")
_changes("epoch", None, 5)
_changes("raws", None, 5, [None], ["raw"])
_changes("external_id", "", None, 5, "e" * 1_000_000, "\ud800", "\0")
_changes("revision", None, 5, "r" * 1_000_000, "\ud800")
_changes("body", None, "text", lambda: None, lambda: "text", lambda: bytes(60_000_000))


@_maps
def map_raises() -> None:
    """Its map raises."""
    raise RuntimeError("not today")


@_maps
def map_exits() -> None:
    """Its map exits the program."""
    raise SystemExit(3)


@_maps
def map_recurses() -> None:
    """Its map calls itself until the stack is full."""

    def deeper() -> None:
        deeper()

    deeper()


@_maps
def maps_to_none() -> None:
    """Its map returns nothing."""


@_maps
def maps_to_a_text() -> str:
    """Its map returns a text."""
    return "mail"


@_maps
def maps_to_rubbish() -> list[object]:
    """Its map returns things that are no records."""
    return [None, {"title": "x"}, hub.Mapped(cast("Any", None)), hub.Mapped(cast("Any", hub.Email))]


@_maps
def maps_and_raises_late() -> Iterator[hub.Mapped]:
    """Its map returns a generator that raises after the first record."""
    yield hub.Mapped(hub.Note(at=AT))
    raise RuntimeError("not today")


@_maps
def maps_to_many() -> list[hub.Mapped]:
    """Its map returns 20,000 records for one item."""
    return [hub.Mapped(hub.Note(at=AT), str(n)) for n in range(20_000)]


@_maps
def maps_to_naive_moments() -> list[hub.Mapped]:
    """Its records have datetimes in place of moments."""
    return [hub.Mapped(hub.Note(at=cast("Any", datetime(2026, 3, 2))))]  # noqa: DTZ001 - the very defect


@_maps
def maps_to_lone_surrogates() -> list[hub.Mapped]:
    """Its texts cannot be written as UTF-8."""
    return [hub.Mapped(hub.Note(at=AT, title="\ud800", text="\udcff"))]


@_maps
def maps_to_nul() -> list[hub.Mapped]:
    """Its texts hold characters that some databases refuse."""
    return [hub.Mapped(hub.Note(at=AT, title="a\0b", text="\0"))]


@_maps
def maps_to_wrong_types() -> list[hub.Mapped]:
    """Its records have numbers and lists where texts belong."""
    note = hub.Note(at=AT, title=cast("Any", 5), text=cast("Any", ["x"]), participants=cast("Any", "Иван"))
    return [hub.Mapped(note)]


@_maps
def maps_to_one_part() -> list[hub.Mapped]:
    """All its records have the same part."""
    return [hub.Mapped(hub.Note(at=AT, title=str(n))) for n in range(3)]


@_maps
def maps_to_parts_of_no_text() -> list[hub.Mapped]:
    """Its parts are numbers."""
    return [hub.Mapped(hub.Note(at=AT), cast("Any", n)) for n in range(3)]


@_maps
def maps_to_the_end_of_time() -> list[hub.Mapped]:
    """Its moments are the first and the last there are."""
    ends = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
    return [hub.Mapped(hub.Note(at=hub.Moment(at)), str(n)) for n, at in enumerate(ends)]


@contextmanager
def _raising(_settings: object, _tools: object) -> Iterator[object]:
    raise RuntimeError("not today")
    yield


def _source(name: str, doc: str, **methods: Any) -> None:
    _add(name, doc, open=_opening(type("Source", (_Source,), methods)()))


def _raise(*_: object) -> None:
    raise RuntimeError("not today")


_add("open_raises", "It cannot be opened.", open=_raising)
_add("opens_no_context", "It opens to something that is no context manager.", open=lambda _settings, _tools: None)
_add("opens_to_nothing", "It opens to None.", open=_opening(None))
_add("hosts_raise", "Its hosts cannot be asked for.", hosts=_raise)
_source("check_raises", "Its check raises something that is no error of the hub.", check=_raise)
_source("streams_raise", "Its streams cannot be listed.", streams=_raise)
_source("streams_are_rubbish", "Its streams are no streams.", streams=lambda _: [None, "notes", hub.Stream("")])
_source("one_stream_twice", "It has two streams of one name.", streams=lambda _: [hub.Stream("n"), hub.Stream("n")])


@hub.hookimpl
def register_connectors() -> Iterable[hub.Connector]:
    return CONNECTORS.values()
