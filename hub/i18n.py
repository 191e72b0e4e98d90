"""Words for people, in Russian and English.

English is the language of the source text and needs no catalog; Russian stands in `hub/locale/ru/LC_MESSAGES/hub.po`
(`python -m hub.locale.build` extracts and compiles). Catalogs are opened when the first word is asked for.

    from hub.i18n import _, ngettext

    _("The store is locked")                            translated now
    ngettext("{n} mail", "{n} mails", n).format(n=n)    one plural form per language's rule
    N_("Pull what is new")                              only marked: translated when it is shown
    told("There are 3 cards")                           a marked text that was said, and perhaps stored, in English

Text stated at import (a command's help) is marked with `N_`, because the language is not known yet. So is text that
outlives the moment in which it is said, and every sentence of a plugin: it is said and stored in English, its fields
filled, and `told` recognises it by the words around them and puts the fields into the translation:

    sentence("{file} is empty").format(file=file)           -> "a.csv is empty" -> told(...) -> "файл a.csv пуст"
    sentences("{n} card", "{n} cards", n).format(n=n)       the plural follows the field {n}
    sentence("Kept as one meeting: {why}").format(why=why)  the fields {why} and {where} are sentences themselves

Text of several lines is told line by line.
"""

import os
import re
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gettext import NullTranslations

LANGUAGES: Final = ("en", "ru")
DOMAIN: Final = "hub"
LOCALE: Final = Path(__file__).parent / "locale"
_ENVIRONMENT: Final = ("HUB_LANG", "LC_ALL", "LC_MESSAGES", "LANG")

_chosen: ContextVar[str] = ContextVar("language", default="")


def use(language: str) -> None:
    """Speak `language` from now on, in this context. "" goes back to what the environment says."""
    _chosen.set(spoken(language))


@contextmanager
def using(language: str) -> Iterator[None]:
    """Speak `language` inside the block."""
    token = _chosen.set(spoken(language))
    try:
        yield
    finally:
        _chosen.reset(token)


def language() -> str:
    """The language spoken now: the one chosen, else HUB_LANG, LC_ALL, LC_MESSAGES or LANG, else "en"."""
    return _chosen.get() or _of_environment()


def spoken(language: str) -> str:
    """The short name of a language, "ru" for "ru_RU.UTF-8" or "ru-RU"; "" where there is no catalog."""
    short = language.replace("-", "_").partition("_")[0].partition(".")[0].lower()
    return short if short in LANGUAGES else ""


def _of_environment() -> str:
    given = next((value for name in _ENVIRONMENT if (value := os.environ.get(name))), "")
    return spoken(given) or "en"


def compiled(locale: Path, language: str) -> Path:
    """The catalog of a language in the folder `locale` of a package: it is called as the package is."""
    return locale / language / "LC_MESSAGES" / f"{locale.parent.name}.mo"


@cache
def _catalog(language: str, locale: Path = LOCALE) -> "NullTranslations":
    from gettext import GNUTranslations, NullTranslations  # noqa: PLC0415 - most runs in English need none

    try:
        with compiled(locale, language).open("rb") as file:
            return GNUTranslations(file)
    except (OSError, ValueError, struct.error):  # a plugin has none, or a damaged one
        return NullTranslations()


def _(message: str) -> str:
    """`message` in the language spoken now."""
    return _catalog(language()).gettext(message) if message else ""


def ngettext(one: str, many: str, n: int) -> str:
    """The plural form for `n`: "{n} mail" or "{n} mails", in Russian one of three. `n` is not put in."""
    return _catalog(language()).ngettext(one, many, n)


def N_(message: str) -> str:  # noqa: N802 - the name gettext's tools know
    """`message` itself, marked for translation where it is shown."""
    return message


# --- what was said in English ----------------------------------------------------------------------------------------


def sentence(message: str) -> str:
    """`message` itself, marked as `N_` does; `told` translates what becomes of it."""
    return message


def sentences(one: str, many: str, n: int) -> str:
    """The English form for `n`, marked. Where it is shown, the field `{n}` chooses the plural."""
    return one if n == 1 else many


_LEAST_LETTERS: Final = 12
"""So many letters of a sentence must be known by a message of the hub: what a plugin says may look like a short one by
chance.
"""
_SENTENCES: Final = frozenset(("why", "where"))
"""Fields that hold sentences themselves."""
_DEEPEST: Final = 5
"""So deep do sentences hold one another."""
_LONGEST: Final = 4_000
"""Whatever is longer is no sentence."""


def told(said: str, *locales: Path) -> str:
    """A sentence with its fields filled, in the language spoken now; one that no catalog has stays as it is.

    `locales` are the folders with the catalogs of the plugins that may have said it; the hub's own are asked last.
    """
    if language() == "en" or not 0 < len(said) <= _LONGEST:
        return said
    if "\n" in said:
        return "\n".join(told(line, *locales) for line in said.split("\n"))
    return _recognised(said, language(), tuple(dict.fromkeys((*locales, LOCALE)))).text


@dataclass(frozen=True, slots=True)
class _Reading:
    """A way to read a sentence: how many of its letters are words of messages, and its translation by them."""

    letters: int
    text: str


@lru_cache(4_096)
def _recognised(said: str, language: str, locales: tuple[Path, ...], depth: int = 0) -> _Reading:
    """The reading by the first catalog that has one, of several the one that knows most letters."""
    for locale in locales if depth < _DEEPEST else ():
        least = _LEAST_LETTERS if locale == LOCALE else 1
        catalog = _catalog(language, locale)
        if (whole := catalog.gettext(said)) != said:
            return _Reading(_letters(said), whole)
        readings = [
            original.read(fields, catalog, lambda inside: _recognised(inside, language, locales, depth + 1))
            for original in _originals(language, locale)
            if (fields := original.fields(said)) is not None
        ]
        best = max(readings, key=lambda reading: reading.letters, default=_Reading(0, said))
        if best.letters >= least:
            return best
    return _Reading(0, said)


def unfilled(said: str) -> str:
    """The message that a sentence was made of, its fields still open: what was said without whom it was said of. "" for
    one that no catalog of the hub's has.
    """
    if not 0 < len(said) <= _LONGEST:
        return ""
    known = [one for one in _originals("ru", LOCALE) if one.fields(said) is not None]
    best = max(known, key=lambda one: one.letters, default=None)
    if best is not None and best.letters >= _LEAST_LETTERS:
        return best.message
    return said if _catalog("ru", LOCALE).gettext(said) != said else ""


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Original:
    """A message of a catalog that has fields, and a form of it that sentences are compared with."""

    message: str
    plural: bool
    head: str
    tail: str
    pattern: str
    letters: int

    def fields(self, said: str) -> dict[str, str] | None:
        """What stands in the fields if `said` is this message."""
        if not (said.startswith(self.head) and said.endswith(self.tail)):
            return None
        match = re.fullmatch(self.pattern, said)
        return match.groupdict() if match else None

    def read(self, fields: Mapping[str, str], catalog: "NullTranslations", read: Callable[[str], _Reading]) -> _Reading:
        """The sentence with these fields as this message, its inner sentences read by `read`."""
        inside = {name: read(fields[name]) for name in _SENTENCES & fields.keys()}
        n = int(fields.get("n", "0"))
        form = catalog.ngettext(self.message, self.message, n) if self.plural else catalog.gettext(self.message)
        shown = {**fields, **{name: reading.text for name, reading in inside.items()}}
        try:
            text = form.format(**shown)
        except (LookupError, ValueError, AttributeError):  # a plugin's translation may have other fields
            return _Reading(0, "")
        return _Reading(self.letters + sum(reading.letters for reading in inside.values()), text)


@cache
def _originals(language: str, locale: Path) -> tuple[_Original, ...]:
    """The messages of a catalog that have fields."""
    if not _catalog(language, locale).info():
        return ()
    messages = _messages(compiled(locale, language))
    found = (_original(forms, form) for forms in messages for form in forms)
    return tuple(filter(None, found))


def _original(forms: tuple[str, ...], form: str) -> _Original | None:
    try:
        parts = list(Formatter().parse(form))
    except ValueError:  # it has braces that are no fields
        return None
    fields = [field for _words, field, _spec, _conversion in parts if field is not None]
    plain = all(not spec and not conversion for _words, _field, spec, conversion in parts)
    if not (fields or "{{" in form) or not plain or not all(field.isidentifier() for field in fields):
        return None
    pattern, seen = "", set[str]()
    for words, field, _spec, _conversion in parts:
        pattern += re.escape(words) + (_group(field, again=field in seen) if field else "")
        seen.add(field or "")
    return _Original(
        message=forms[0],
        plural=len(forms) > 1,
        head=parts[0][0],
        tail=parts[-1][0] if parts[-1][1] is None else "",
        pattern=pattern,
        letters=sum(_letters(words) for words, *_field in parts),
    )


def _group(field: str, *, again: bool) -> str:
    if again:
        return f"(?P={field})"
    return f"(?P<{field}>[0-9]{{1,18}})" if field == "n" else f"(?P<{field}>.*?)"


def _messages(catalog: Path) -> Iterator[tuple[str, ...]]:
    """The originals in a catalog, with their plurals, which `gettext` itself does not tell (GNU gettext, 10.3)."""
    content = catalog.read_bytes()
    order = "<" if content[:4] == b"\xde\x12\x04\x95" else ">"
    count, table = struct.unpack_from(f"{order}8xII", content)
    for number in range(count):
        length, start = struct.unpack_from(f"{order}II", content, table + 8 * number)
        yield tuple(content[start : start + length].decode().split("\0"))
