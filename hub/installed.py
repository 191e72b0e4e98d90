"""What is installed: the entry points of the group `hub`, read from metadata. Runs nobody's code."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import metadata

from packaging.utils import canonicalize_name

GROUP = "hub"
OWN = "interaction-hub"
"""The distribution of the hub itself. What it offers, a connector for tests, answers no other hook."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """An entry point, as its distribution's metadata states it; nothing is imported.

    `module` is the entry point's value ("acme_notes.plugin"), "" when the distribution's entry points cannot be read.
    `duplicates` are other distributions that offer the same name.
    """

    name: str
    distribution: str
    version: str
    module: str
    duplicates: tuple[str, ...] = ()


def installed() -> tuple[Installed, ...]:
    """Every entry point of the group `hub`, by name. Imports none of them."""
    found: dict[str, list[Installed]] = {}
    for offer in _offers():
        found.setdefault(offer.name, []).append(offer)
    return tuple(_one(offers) for _, offers in sorted(found.items()))


def _one(offers: list[Installed]) -> Installed:
    first, *others = sorted(offers, key=lambda offer: offer.distribution)
    return replace(first, duplicates=tuple(other.distribution for other in others))


def _offers() -> Iterator[Installed]:
    seen: set[str] = set()
    for distribution in metadata.distributions():
        text = _read(distribution)
        if f"[{GROUP}]" not in text:
            continue
        name, version = _identity(distribution)
        if canonicalize_name(name) not in seen:  # the first on sys.path is the one that is imported
            seen.add(canonicalize_name(name))
            yield from _entry_points(distribution, name, version)


def _read(distribution: metadata.Distribution) -> str:
    try:
        return distribution.read_text("entry_points.txt") or ""
    except (OSError, UnicodeError):
        return ""


def _identity(distribution: metadata.Distribution) -> tuple[str, str]:
    try:
        said = distribution.metadata  # read anew whenever it is asked for
        return str(said["Name"] or "?"), str(said["Version"] or "")
    except (OSError, UnicodeError, TypeError, KeyError):
        return "?", ""


def _entry_points(distribution: metadata.Distribution, name: str, version: str) -> Iterator[Installed]:
    try:
        points = [point for point in distribution.entry_points if point.group == GROUP]
    except Exception:  # noqa: BLE001 - importlib.metadata raises what it likes on a malformed file
        yield Installed(name=name, distribution=name, version=version, module="")
        return
    for point in points:
        yield Installed(name=point.name, distribution=name, version=version, module=point.value)
