"""The cells of one row, asked for by field: texts, identifiers, and what was left over."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, Literal, TypeAlias, TypeVar

import hub
from hub_contacts import values
from hub_contacts.rows import Meaning
from hub_contacts.text import digits, pieces

_T = TypeVar("_T")
Role: TypeAlias = Literal["email", "phone", "domain", "inn", "ogrn", "ref"]

LEAST_DIGITS: Final = 5
"""Of a telephone; what is shorter is an extension of ours, or no telephone."""

MOST_IDENTIFIERS: Final = 200

_SITES: Final = """
    vk.com vk.ru ok.ru t.me telegram.me instagram.com facebook.com fb.com youtube.com rutube.ru dzen.ru wa.me
    whatsapp.com linkedin.com twitter.com x.com linktr.ee taplink.cc avito.ru 2gis.ru yandex.ru google.com hh.ru
    wildberries.ru ozon.ru list-org.com rusprofile.ru
"""
_PROFILES: Final = frozenset(_SITES.split())
"""Sites of many: a page on one of them is not the client's domain."""

_ADDRESS: Final = re.compile(r"[^\s<>(),;:/|\"]{1,100}@[^\s<>(),;:/|\"@]{1,255}")
_COMMENT: Final = re.compile(r"\([^()\d]*\)")
_LABEL: Final = re.compile(r"^[^\d+(]+")
_EXTENSION: Final = re.compile(r"(?:доб|вн|ext|#)", re.IGNORECASE)
_SCHEME: Final = re.compile(r"^[a-z]+:/*", re.IGNORECASE)


class CannotRead(Exception):
    """Why a row makes no record: `reason` for a person, without what the cell says; `detail` with it."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Cells:
    """`said` is column -> text; `left` collects texts that their field could not take."""

    meaning: Meaning
    said: Mapping[str, str]
    left: dict[str, str] = field(default_factory=dict)

    def columns(self, name: str) -> Iterator[tuple[str, str]]:
        """The filled columns of a field with their texts."""
        for column in self.meaning.fields.get(name, ()):
            if text := self.said.get(column, ""):
                yield column, text

    def one(self, name: str) -> str:
        """The text of the field's first filled column, "" for none."""
        return next((text for _, text in self.columns(name)), "")

    def line(self, *names: str) -> str:
        """The texts of some fields on one line."""
        return " ".join(" ".join(map(self.one, names)).split())

    def must(self, name: str, read: Callable[[str], _T]) -> _T | None:
        """The value of a field, None for an empty one. What cannot be understood makes the row unreadable."""
        for column, text in self.columns(name):
            return _understand(column, text, read)
        return None

    def may(self, name: str, read: Callable[[str], _T]) -> _T | None:
        """The value of a field, None for an empty one and for what cannot be understood, which goes to `extra`."""
        for column, text in self.columns(name):
            try:
                value = read(text)
            except ValueError:
                value = None
            if value is None or value == "":
                self.left[column] = text
            return value
        return None

    def extra(self) -> dict[str, str | int | float | bool | None]:
        """What no field takes: the other columns, and the texts that were left over."""
        others = {column: text for column, text in self.said.items() if column not in self.meaning.columns}
        return {**others, **self.left}

    # --- identifiers ---

    def inn(self, name: str = "inn") -> str:
        """A taxpayer's number as it was before Excel took its leading zero, perhaps with "/KPP"."""
        for column, text in self.columns(name):
            number = _understand(column, text, values.unrounded)
            plain = number.replace(" ", "")
            if len(plain) in (9, 11) and values.is_inn(f"0{plain}"):
                return f"0{plain}"
            if not values.is_inn(digits(number.partition("/")[0])):
                self.left[column] = text
            return number
        return ""

    def kpp(self, name: str = "kpp", inn: str = "") -> str:
        """The code of a branch, from its column or from "INN/KPP"."""
        for column, text in self.columns(name):
            code = _understand(column, text, values.unrounded)
            return code.zfill(9) if len(code) == 8 and code.isdigit() else code
        return inn.partition("/")[2].strip()

    def ogrn(self) -> str:
        return self.must("ogrn", values.unrounded) or ""

    def emails(self, name: str = "email") -> Iterator[str]:
        for column, text in self.columns(name):
            yield from _ADDRESS.findall(text)
            if digits(rest := _ADDRESS.sub("", text)) or any(map(str.isalpha, rest.replace("mailto", ""))):
                self.left[column] = text

    def phones(self, name: str = "phone", least: int = LEAST_DIGITS) -> Iterator[str]:
        for column, text in self.columns(name):
            for piece in _with_extensions(pieces(text)):
                number = _understand(column, piece, values.unrounded)
                if len(digits(number)) >= least:
                    yield _LABEL.sub("", _COMMENT.sub(" ", number)).strip() or number
                else:
                    self.left[column] = text

    def domains(self, name: str = "site") -> Iterator[str]:
        for column, text in self.columns(name):
            for piece in re.split(r"[\s,;|]+", text):
                host = _host(piece)
                if host and not _is_profile(host):
                    yield host
                else:
                    self.left[column] = text

    def identifiers(self, inn: str = "") -> tuple[hub.Identifier, ...]:
        """All that points to the one the row is about, each once. `inn` comes from its caller: see `inn`."""
        found: list[tuple[Role, Iterable[str]]] = [
            ("inn", [inn.partition("/")[0].strip()]),
            ("ogrn", [self.ogrn()]),
            ("email", self.emails()),
            ("phone", self.phones()),
            ("domain", self.domains()),
        ]
        every = (hub.Identifier(kind, value) for kind, texts in found for value in texts if value)
        some = list(islice(every, MOST_IDENTIFIERS + 1))
        if len(some) > MOST_IDENTIFIERS:
            text = hub.sentence("it lists too many addresses, telephones and sites, more than {most}")
            raise CannotRead(text.format(most=MOST_IDENTIFIERS))
        return tuple(dict.fromkeys(some))


def _understand(column: str, text: str, read: Callable[[str], _T]) -> _T:
    try:
        return read(text)
    except ValueError as error:
        raise CannotRead(hub.sentence("«{column}» {why}").format(column=column, why=error), text) from error


def _with_extensions(parts: Iterable[str]) -> list[str]:
    """Telephones with the extensions that a comma cut off them."""
    whole: list[str] = []
    for part in parts:
        if whole and _EXTENSION.match(part):
            whole[-1] += f" {part}"
        else:
            whole.append(part)
    return whole


def _host(url: str) -> str:
    host = re.split(r"[/?#:\\]", _SCHEME.sub("", url.strip(" ,;|")), maxsplit=1)[0].rpartition("@")[2].lower()
    return host.removeprefix("www.") if "." in host.strip(".") else ""


def _is_profile(host: str) -> bool:
    return any(host == site or host.endswith(f".{site}") for site in _PROFILES)
