"""What a connector has to be before the hub uses it: the checks that need no connection.

What a connector has to *do* is in `hub.testing.conformance`.
"""

import difflib
from collections.abc import Iterable, Iterator

from hub.connectors import API, CAPABILITIES, Connector, Settings
from hub.i18n import _

RESERVED = frozenset(
    (
        "connector", "id", "enabled", "every", "store", "never", "keep_raw", "attachments", "vanish_threshold",
        "proxy", "proxy_password", "ca_file", "hook_secret",
    )
)  # fmt: skip
"""Keys of a connection that the hub reads itself, so that a settings model cannot have them."""


def is_version(value: object) -> bool:
    """Whether this is (major, minor)."""
    return isinstance(value, tuple) and len(value) == 2 and all(type(part) is int for part in value)


def speaks(api: tuple[int, int]) -> bool:
    """Whether this hub serves a connector made for that version: the same major, and nothing newer."""
    return api[0] == API[0] and api <= API


def faults(connector: Connector) -> Iterator[str]:
    """What is wrong with the connector, in sentences for people; nothing when it can be used."""
    if not isinstance(connector.title, str) or not connector.title.strip():
        yield _("it has no title")
    for name in ("open", "map", "hosts"):
        if not callable(getattr(connector, name)):
            yield _("`{name}` cannot be called").format(name=name)
    if connector.doorbell is not None and not callable(connector.doorbell):
        yield _("`{name}` cannot be called").format(name="doorbell")
    if type(connector.mapping) is not int or connector.mapping < 1:
        yield _("`mapping` is not a whole number from 1")
    yield from _settings_faults(connector.settings)
    yield from _capability_faults(connector.capabilities)


def _settings_faults(settings: object) -> Iterator[str]:
    if not isinstance(settings, type) or not issubclass(settings, Settings):
        yield _("`settings` is not a subclass of hub.Settings")
        return
    for name in sorted({part.alias or name for name, part in settings.model_fields.items()} & RESERVED):
        yield _("`settings` has the field {name}, which the hub keeps for itself").format(name=name)


def _capability_faults(capabilities: object) -> Iterator[str]:
    if isinstance(capabilities, str) or not isinstance(capabilities, Iterable):
        yield _("`capabilities` is not a set of names")
        return
    for name in sorted(map(str, set(capabilities) - set(CAPABILITIES))):
        yield _("there is no capability {name}").format(name=name) + meant(name, CAPABILITIES)


def meant(name: str, known: Iterable[str]) -> str:
    """A hint at the nearest known name, "" when none is near."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return _(" (did you mean {name}?)").format(name=close[0]) if close else ""
