"""What an admin says about the files: where they are, what they are, which column is what."""

import codecs
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

import hub
from hub_contacts.headings import KINDS
from hub_contacts.text import listed, with_guess
from hub_contacts.values import DayOrder, Decimals

Kind: TypeAlias = Literal["clients", "people", "contracts", "payments", "calls"]
Format: TypeAlias = Literal["csv", "xlsx", "vcard"]

_FORMATS: Final[Mapping[str, Format]] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".xlsx": "xlsx", ".xlsm": "xlsx", ".vcf": "vcard", ".vcard": "vcard",
}  # fmt: skip
_ONLY_FOR: Final[Mapping[str, tuple[Format, ...]]] = {
    "key": ("csv", "xlsx"), "columns": ("csv", "xlsx"), "header_row": ("csv", "xlsx"), "sheet": ("xlsx",),
    "delimiter": ("csv",), "encoding": ("csv", "vcard"), "dates": ("csv", "xlsx"), "decimal": ("csv", "xlsx"),
}  # fmt: skip


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Columns: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_as_list)]


class File(hub.Settings):
    """One file. Everything but `path` and `kind` has a default that suits most files."""

    path: Path = Field(title="File", description="CSV, XLSX or vCard file")
    kind: Kind = Field(title="Kind", description="What a row tells of: clients, people, contracts, payments or calls")
    format: Literal["auto", Format] = Field(
        "auto", title="Format", description='"csv", "xlsx" or "vcard"; "auto" tells by the name of the file'
    )
    stream: str = Field(
        "",
        title="Permanent name",
        description="Name of this list in the hub; without it, the file's name without suffix",
    )
    key: str = Field(
        "", title="Key column", description="Column with a permanent id of the row; without it, what identifies the row"
    )
    columns: Mapping[str, Columns] = Field(
        default_factory=dict,
        title="Columns",
        description="Field = column, or a list of columns. Usual headings are recognised; [] switches a field off",
    )
    clients: str = Field(
        "",
        title="Client list",
        description="`stream` of the client list whose key this file's column of client keys holds",
    )
    sheet: str = Field("", title="Sheet", description="Sheet of an XLSX file; without it, the first visible one")
    header_row: int | None = Field(
        None, ge=1, le=1000, title="Heading row", description="Row with the headings; without it, it is looked for"
    )
    encoding: str = Field(
        "auto", title="Encoding", description='Of a CSV or vCard file: "utf-8", "cp1251" …; "auto" finds out'
    )
    delimiter: str = Field(
        "auto", title="Delimiter", description='Of a CSV file: one character or "tab"; "auto" finds out'
    )
    dates: DayOrder = Field(
        "dmy", title="Order of dates", description='"dmy": 02.11.2026 is in November; "mdy": 11/02/2026 is'
    )
    decimal: Decimals = Field(
        "auto", title="Decimal mark", description='"," or "."; "auto" refuses what can be read in two ways ("1,234")'
    )
    currency: str = Field(
        "RUB", pattern="^[A-Z]{3}$", title="Currency", description="ISO 4217 code of amounts that name no currency"
    )

    @property
    def form(self) -> Format:
        """The format, told by the name if it is not given."""
        return self.format if self.format != "auto" else _FORMATS[self.path.suffix.lower()]

    @property
    def name(self) -> str:
        """The stream: permanent, unique in the connection."""
        return self.stream or unicodedata.normalize("NFC", self.path.stem)

    @field_validator("columns")
    @classmethod
    def _fields_exist(cls, columns: Mapping[str, Columns], info: ValidationInfo) -> Mapping[str, Columns]:
        kind = info.data.get("kind")
        for name, headings in columns.items():
            if kind and name not in KINDS[kind]:
                known = KINDS[kind]
                text = hub.sentence("{kind} have no field «{name}» (there are {names})")
                raise ValueError(with_guess(text.format(kind=kind, name=name, names=listed(known)), name, known))
            if any(not heading.strip() for heading in headings):
                raise ValueError(hub.sentence("«{name}» names a column without a heading").format(name=name))
        return columns

    @field_validator("encoding")
    @classmethod
    def _encoding_exists(cls, encoding: str) -> str:
        try:
            "".encode(encoding if encoding != "auto" else "utf-8")
        except LookupError:
            text = hub.sentence('there is no encoding «{encoding}»: usual are "utf-8", "cp1251", "cp866", "koi8-r"')
            raise ValueError(text.format(encoding=encoding)) from None
        return encoding if encoding == "auto" else codecs.lookup(encoding).name

    @field_validator("delimiter")
    @classmethod
    def _delimiter_is_one_sign(cls, delimiter: str) -> str:
        delimiter = {"tab": "\t", "\\t": "\t"}.get(delimiter, delimiter)
        if delimiter != "auto" and (len(delimiter) != 1 or delimiter.isalnum() or delimiter in '"\r\n \ufeff'):
            raise ValueError(hub.sentence('the delimiter is one character such as ";" or ",", or "tab", or "auto"'))
        return delimiter

    @model_validator(mode="after")
    def _fits_its_format(self) -> Self:
        suffix = self.path.suffix.lower()
        if self.format == "auto" and suffix == ".xls":
            text = hub.sentence("{file} is in the old Excel format: save it as .xlsx")
            raise ValueError(text.format(file=self.path.name))
        if self.format == "auto" and suffix not in _FORMATS:
            text = hub.sentence('{file} does not tell its format: set `format` to "csv", "xlsx" or "vcard"')
            raise ValueError(text.format(file=self.path.name))
        for name in sorted(self.model_fields_set & set(_ONLY_FOR)):
            if self.form not in _ONLY_FOR[name]:
                text = hub.sentence("`{name}` means nothing for a file of the format {format}: take it out")
                raise ValueError(text.format(name=name, format=self.form))
        if self.form == "vcard" and self.kind != "people":
            raise ValueError(hub.sentence('a vCard file holds people: set `kind` to "people"'))
        if not self.name or any(sign in "/#~" or not sign.isprintable() for sign in self.name) or len(self.name) > 100:
            text = hub.sentence("give the file a `stream`, a permanent name of at most 100 signs without / # ~")
            raise ValueError(text)
        return self


class Settings(hub.Settings):
    """Files of one connection. `timezone` is for times that are written without an offset, as calls have them."""

    files: tuple[File, ...] = Field(
        title="Files", description="CSV, XLSX and vCard files", json_schema_extra={"minItems": 1}
    )
    timezone: hub.Timezone = ""

    @field_validator("files")
    @classmethod
    def _there_are_files(cls, files: tuple[File, ...]) -> tuple[File, ...]:
        # not `min_length`: that counts only the files without mistakes, and reports a second mistake for the first
        if not files:
            raise ValueError(hub.sentence("there are no files: add [[files]] with `path` and `kind`"))
        return files

    @model_validator(mode="after")
    def _streams_differ(self) -> Self:
        for name, count in Counter(file.name for file in self.files).items():
            if count > 1:
                text = hub.sentences(
                    "{n} file has the name «{name}»: give each a `stream` of its own",
                    "{n} files have the name «{name}»: give each a `stream` of its own",
                    count,
                )
                raise ValueError(text.format(n=count, name=name))
        return self

    @model_validator(mode="after")
    def _keys_point_somewhere(self) -> Self:
        for number, file in enumerate(self.files):
            where = f"files[{number}] ({file.path.name})"
            if file.clients:
                _refuse_unknown_list(file.clients, self.client_lists(), where)
            wanted = [name for name, columns in file.columns.items() if name.endswith("_key") and columns]
            if wanted and not self.clients_of(file):
                text = hub.sentence(
                    "{place}: `{name}` needs a client list with a `key`: "
                    "add one to `files`, and name it in `clients` if there are several"
                )
                raise ValueError(text.format(place=where, name=wanted[0]))
        return self

    def clients_of(self, file: File) -> str:
        """The stream that keys of clients in `file` point to: the one it names, else the only one; "" for none."""
        if file.clients:
            return file.clients
        lists = self.client_lists()
        return lists[0] if len(lists) == 1 else ""

    def client_lists(self) -> list[str]:
        """The streams of the client lists whose keys others may name."""
        return [file.name for file in self.files if file.kind == "clients" and file.key]


def _refuse_unknown_list(name: str, known: Sequence[str], where: str) -> None:
    if name not in known:
        text = hub.sentence(
            "{place}: `clients` names «{name}», which is no client list with a `key` (there are {names})"
        )
        raise ValueError(with_guess(text.format(place=where, name=name, names=listed(known)), name, known))
