"""A fault of validation in the words of the person who writes the file."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from zoneinfo import available_timezones

from hub.i18n import LOCALE, N_, _, told
from hub.settings.document import Document
from hub.settings.mistakes import Mistake, dotted
from hub.settings.places import Key
from hub.settings.shape import Shape
from hub.settings.validation import UNION, Fault

_KINDS: Final = (
    (re.compile(r"string_"), N_("a text in quotes"), N_("write it in quotes: {example}")),
    (re.compile(r"int_"), N_("a whole number"), N_("write digits only, without quotes")),
    (re.compile(r"(float|decimal)_"), N_("a number"), N_("write it without quotes: 0.2")),
    (re.compile(r"bool_"), N_("true or false"), N_("write true or false, without quotes")),
    (re.compile(r"(list|tuple|set|frozen_set)_"), N_("a list"), N_("write it in brackets: {example}")),
    (re.compile(r"(dict|mapping|model|dataclass)_"), N_("a table"), N_("write a table: {{ key = value }}")),
    (re.compile(r"datetime_"), N_("a date and time"), N_("write 2026-12-31T09:00:00+03:00")),
    (re.compile(r"date_"), N_("a date"), N_("write it as 2026-12-31")),
    (re.compile(r"time_delta_"), N_("a length of time"), N_('write "PT5M" for five minutes, "P1D" for a day')),
    (re.compile(r"time_"), N_("a time of day"), N_("write it as 09:00:00")),
    (re.compile(r"path_type"), N_("a path in quotes"), N_("write it in quotes: {example}")),
    (re.compile(r"url_"), N_("an address in quotes"), N_('write it whole: "https://example.org/"')),
)
_TYPE_ERRORS: Final = (
    r"(string|int|float|decimal|bool|list|tuple|set|frozen_set|dict|mapping|model|dataclass|date|datetime|time"
    r"|time_delta|path|url)_(type|attributes_type|parsing|parsing_size|from_float|from_date_parsing"
    r"|from_datetime_parsing|from_datetime_inexact)"
)
_BOUNDS: Final[Mapping[str, str]] = {
    "greater_than": N_("it must be more than {gt}"),
    "greater_than_equal": N_("it must be at least {ge}"),
    "less_than": N_("it must be less than {lt}"),
    "less_than_equal": N_("it must be at most {le}"),
    "multiple_of": N_("it must be a multiple of {multiple_of}"),
    "finite_number": N_("it must be a finite number"),
    "string_too_short": N_("its length must be at least {min_length}"),
    "string_too_long": N_("its length must be at most {max_length}"),
    "too_short": N_("its length must be at least {min_length}"),
    "too_long": N_("its length must be at most {max_length}"),
}
_PATHS: Final[Mapping[str, str]] = {
    "path_not_file": N_("there is no such file"),
    "path_not_directory": N_("there is no such folder"),
    "path_not_exists": N_("there is no such file or folder"),
    "path_exists": N_("it exists already"),
}
_OWN: Final[Mapping[str, tuple[str, str, str]]] = {
    "hub_country": ("HUB109", N_("{given} is no country"), N_("write its two letters: RU, KZ, BY, DE")),
    "hub_proxy": ("HUB109", N_("this is no HTTP proxy"), N_('write "http://user@host:port", or "none"')),
    "hub_proxy_password": (
        "HUB109",
        N_("a password stands in the address of the proxy"),
        N_('write `proxy_password = "${file:/path/to/a/file}"`, and the user alone into `proxy`'),
    ),
    "hub_attachments": (
        "HUB109",
        N_("{given} says not which attachments are fetched"),
        N_('write "on_demand", "all", or a size up to "100MB": "10MB"'),
    ),
    "hub_span": (
        "HUB109",
        N_("{given} is no span of time"),
        N_('write seconds, minutes, hours or days, from "10s" to "31d": "5m"'),
    ),
    "hub_database": (
        "HUB109",
        N_("this is no URL of a PostgreSQL database"),
        N_('write "postgresql://user:password@host:5432/name", or take it out and set `path`'),
    ),
    "hub_listen": (
        "HUB109",
        N_("{given} is no address to answer at"),
        N_('write "127.0.0.1:8480", or "" for none'),
    ),
    "hub_host": ("HUB109", N_("{given} is no host name"), N_("write it without scheme and port: hub.my.example")),
    "hub_url": (
        "HUB109",
        N_("{given} is no address of a web server"),
        N_('write it whole: "https://hub.my.example"'),
    ),
    "hub_hook_secret": (
        "HUB109",
        N_("this is no secret for an address"),
        N_("16 to 128 letters of the alphabet, digits, - and _: `openssl rand -hex 24` makes one"),
    ),
    "hub_empty_path": ("HUB109", N_("the path is empty"), N_("write a path, or take the key out")),
    "hub_name": (
        "HUB124",
        N_("{given} cannot be a name"),
        N_("use up to 64 letters, digits, `-`, `_` and `.`; no blanks"),
    ),
    "hub_zone": ("HUB130", N_("there is no time zone {given}"), N_("write a place from the IANA list: Europe/Moscow")),
    "hub_domain": (
        "HUB131",
        N_("{given} is not a domain"),
        N_("write what follows the @ of your addresses: my.example"),
    ),
    "hub_email": ("HUB133", N_("{given} is not a mail address"), N_("write it as anna@my.example")),
    "hub_phone": (
        "HUB134",
        N_("{given} is not a telephone number"),
        N_("write it with its country: +7 495 123-45-67"),
    ),
}
_ZONES: Final[Mapping[str, str]] = {
    "msk": "Europe/Moscow",
    "utc+3": "Europe/Moscow",
    "gmt+3": "Europe/Moscow",
    "+03:00": "Europe/Moscow",
    "москва": "Europe/Moscow",
    "мск": "Europe/Moscow",
    "екатеринбург": "Asia/Yekaterinburg",
    "новосибирск": "Asia/Novosibirsk",
}


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a document that a model describes: everything under `at`.

    `hidden` are the keys of the document whose values are never shown, `secrets` what must not appear in any text;
    `more` are keys that the table at `at` may have beside the model's own, `locale` the catalogs of the model's author.
    """

    document: Document
    shape: Shape
    at: Key = ()
    hidden: frozenset[Key] = frozenset()
    secrets: frozenset[str] = frozenset()
    more: tuple[str, ...] = ()
    locale: Path = LOCALE

    def mistakes(self, faults: Iterable[Fault]) -> list[Mistake]:
        """One mistake per fault; a key that is missing because another one is misspelt is not told twice."""
        known = list(faults)
        told = [self._mistake(fault) for fault in known]
        meant = {(*one.key[:-1], one.meant) for one in told if one.code == "HUB104" and one.meant}
        return [one for one in told if not (one.code == "HUB105" and (one.key in meant or not self.document.whole))]

    def _mistake(self, fault: Fault) -> Mistake:
        tell = next((tell for kinds, tell in _TELLERS if re.fullmatch(kinds, fault.type)), _other)
        told = tell(self, fault)
        key = (*self.at, *(told.key or fault.key))
        entry = self.document.entry(key)
        return Mistake(
            code=told.code,
            key=key,
            place=entry.key if told.code == "HUB104" else entry.value,
            message=self._without_secrets(told.message),
            meant=told.meant,
            fix=self._without_secrets(told.fix),
        )

    def value(self, key: Key) -> Any:
        return self.document.at((*self.at, *key))

    def given(self, key: Key) -> str:
        """The value for a message, if it may be shown."""
        value = self.value(key)
        if (*self.at, *key) in self.hidden or not isinstance(value, str | int | float):
            return _("this value")
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return f"`{text if len(text) <= 60 else text[:57] + '…'}`"

    def may_show(self, key: Key) -> bool:
        return (*self.at, *key) not in self.hidden

    def names(self, key: Key) -> list[str]:
        """The keys that the table at `key` may have."""
        names = self.shape.names(key, self.value(()))
        return names if key else sorted({*names, *self.more})

    def _without_secrets(self, text: str) -> str:
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, "•••")
        return text


@dataclass(frozen=True, slots=True)
class _Told:
    code: str
    message: str
    meant: str = ""
    fix: str = ""
    key: Key = ()  # where it differs from the fault's


def closest(name: str, names: Iterable[str]) -> str:
    """The name that was probably meant, whatever its case; "" if none is near."""
    folded = {one.casefold(): one for one in names}
    close = difflib.get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.6)
    return folded[close[0]] if close else ""


def table_name(key: Key) -> str:
    return f"[{dotted(key)}]" if key else "hub.toml"


def _unknown(part: Part, fault: Fault) -> _Told:
    name, table = str(fault.key[-1]), fault.key[:-1]
    known = part.names(table)
    free = [one for one in known if one not in (part.value(table) or {})]
    meant = closest(name, free) or closest(name, known)
    message = _("{table} has no key {name}").format(table=table_name((*part.at, *table)), name=f"`{name}`")
    return _Told("HUB104", message, meant, "" if meant else _("its keys are: {names}").format(names=", ".join(known)))


def _missing(part: Part, fault: Fault) -> _Told:
    name = str(fault.key[-1])
    table = table_name((*part.at, *fault.key[:-1]))
    message = _("{table} needs the key {name}").format(table=table, name=f"`{name}`")
    return _Told("HUB105", message, fix=_("add {example}").format(example=_example(part, fault.key)))


def _example(part: Part, key: Key) -> str:
    """A line that would do: `name = "…"`, with what the schema says of its meaning."""
    schema = next(iter(part.shape.at(key, part.value(()))), {})
    if schema.get("properties") is not None:
        return f"[{dotted((*part.at, *key))}]"
    samples = {"integer": "1", "number": "0.5", "boolean": "true", "array": "[…]"}
    sample = samples.get(schema.get("type", ""), '"…"')
    known = {"timezone": '"Europe/Moscow"', "connector": '"email.files"'}
    return f"{key[-1]} = {known.get(str(key[-1]), sample)}"


def _type(part: Part, fault: Fault) -> _Told:
    kinds = [kind for one in fault.expected or (fault.type,) for kind in _KINDS if kind[0].match(one)]
    wanted = _(" or ").join(dict.fromkeys(_(words) for _pattern, words, _fix in kinds)) or fault.message
    text = _("{key} must be {wanted}, and it is {found}")
    value = part.value(fault.key)
    message = text.format(key=_name(part, fault), wanted=wanted, found=_found(value))
    return _Told("HUB106", message, fix=_(kinds[0][2]).format(example=_in_quotes(part, fault)) if kinds else "")


def _in_quotes(part: Part, fault: Fault) -> str:
    value = part.value(fault.key)
    plain = part.may_show(fault.key) and isinstance(value, str | int | float) and not isinstance(value, bool)
    quoted = f'"{value}"' if plain else '"…"'
    return quoted if (fault.expected or (fault.type,))[0].startswith(("string", "path")) else f"[{quoted}]"


def _found(value: object) -> str:
    match value:
        case bool():
            return _("true or false")
        case int() | float():
            return _("a number")
        case str():
            return _("a text")
        case list():
            return _("a list")
        case dict():
            return _("a table")
        case _:
            return _("a date or a time")


def _bounds(part: Part, fault: Fault) -> _Told:
    bound = _(_BOUNDS[fault.type]).format(**fault.context)
    message = _("{given} is out of bounds for {key}").format(given=part.given(fault.key), key=_name(part, fault))
    if fault.type.endswith(("short", "long")):
        message = _("{key} is too short or too long").format(key=_name(part, fault))
    return _Told("HUB107", message, fix=bound)


def _choice(part: Part, fault: Fault) -> _Told:
    schemas = part.shape.at(fault.key, part.value(()))
    allowed = [str(one) for schema in schemas for one in schema.get("enum", [schema.get("const")]) if one is not None]
    allowed = allowed or re.findall(r"'([^']*)'", str(fault.context.get("expected", "")))
    return _of(part, fault, fault.key, allowed)


def _tag(part: Part, fault: Fault) -> _Told:
    name = str(fault.context.get("discriminator", "")).strip("'")
    if fault.type == "union_tag_not_found":
        key = (*fault.key, name)
        return replace(_missing(part, Fault(key=key, type="missing")), key=key)
    allowed = re.findall(r"'([^']*)'", str(fault.context.get("expected_tags", "")))
    return _of(part, fault, (*fault.key, name), allowed)


def _of(part: Part, fault: Fault, key: Key, allowed: list[str]) -> _Told:
    named = _name(part, Fault(key=key, type=fault.type))
    message = _("{given} is not allowed for {key}").format(given=part.given(key), key=named)
    meant = closest(str(part.value(key)), allowed) if part.may_show(key) else ""
    fix = _("write one of: {names}").format(names=", ".join(allowed))
    return _Told("HUB108", message, meant, fix, key)


def _own(part: Part, fault: Fault) -> _Told:
    code, message, fix = _OWN[fault.type]
    value = str(part.value(fault.key))
    meant = closest_zone(value) if fault.type == "hub_zone" and part.may_show(fault.key) else ""
    return _Told(code, _(message).format(given=part.given(fault.key)), meant, _(fix))


def closest_zone(value: str) -> str:
    """The IANA name that was probably meant; "" if none is near."""
    known = _ZONES.get(value.strip().lower().replace(" ", ""))
    return known or closest(value.replace(" ", "_"), available_timezones())


def _path(part: Part, fault: Fault) -> _Told:
    message = _("{key}: {problem}").format(key=_name(part, fault), problem=_(_PATHS[fault.type]))
    return _Told("HUB125", message, fix=_("create it, or correct the path (relative ones start at the home)"))


def _other(part: Part, fault: Fault) -> _Told:
    said = told(str(fault.context.get("error", "")) or fault.message, part.locale)
    message = _("{key}: {problem}").format(key=_name(part, fault), problem=said) if part.at or fault.key else said
    return _Told("HUB109", message)


def _name(part: Part, fault: Fault) -> str:
    key = (*part.at, *fault.key)
    named = next((name for name in reversed(key) if isinstance(name, str)), "")
    return (
        f"`{named}`" if not key or not isinstance(key[-1], int) else _("an element of {name}").format(name=f"`{named}`")
    )


_TELLERS: Final[tuple[tuple[str, Callable[[Part, Fault], _Told]], ...]] = (
    ("extra_forbidden|unexpected_keyword_argument", _unknown),
    ("missing|missing_argument", _missing),
    ("literal_error|enum", _choice),
    ("union_tag_(invalid|not_found)", _tag),
    ("|".join(_BOUNDS), _bounds),
    ("|".join(_PATHS), _path),
    ("|".join(_OWN), _own),
    (UNION, _type),
    (_TYPE_ERRORS, _type),
)
