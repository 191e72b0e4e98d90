"""Words for people, in Russian and English.

English is the language of the source text and needs no catalog; Russian stands in `hub/locale/ru/LC_MESSAGES/hub.po`
(`python -m hub.locale.build` extracts and compiles). Catalogs are opened when the first word is asked for.

    from hub.i18n import _, ngettext

    _("The store is locked")                            translated now
    ngettext("{n} mail", "{n} mails", n).format(n=n)    one plural form per language's rule
    N_("Pull what is new")                              only marked: translated when it is shown

Text stated at import (a command's help) is marked with `N_`, because the language is not known yet.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
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


@cache
def _catalog(language: str) -> "NullTranslations":
    from gettext import GNUTranslations, NullTranslations  # noqa: PLC0415 - most runs in English need none

    try:
        with (LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb") as compiled:
            return GNUTranslations(compiled)
    except FileNotFoundError:
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
