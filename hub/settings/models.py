"""What may stand in hub.toml outside of the connectors' own settings.

Every field checks itself, so that one wrong value hides no other. A check that fails gives the error a type of ours,
and `hub.settings.words` says it for people.
"""

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationInfo
from pydantic_core import PydanticCustomError

from hub.core import normalize
from hub.core.policy import LARGEST, KeepRaw, Store
from hub.http.origins import ascii_host
from hub.http.proxies import NONE, has_password, proxy_of
from hub.store.address import Server

VERSION: Final = 1
_HOST: Final = re.compile(r"[a-z0-9:._-]{1,253}")
_SECRET_WORD: Final = re.compile(r"[\w.~-]{16,128}", re.ASCII)
_NAME: Final = re.compile(r"\w[\w.-]{0,63}")


def _wrong(kind: str) -> PydanticCustomError:
    return PydanticCustomError(kind, kind)


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        raise _wrong("hub_zone") from None
    return text


def _domain(text: str) -> str:
    found = normalize.domain(text)
    if found is None or "." not in found or "@" in text or "/" in text:
        raise _wrong("hub_domain")
    return found


def _email(text: str) -> str:
    found = normalize.email(text)
    if found is None:
        raise _wrong("hub_email")
    return found


def _phone(text: str, info: ValidationInfo) -> str:
    found = normalize.phone(text, str((info.context or {}).get("country") or "RU"))
    if found is None:
        raise _wrong("hub_phone")
    return found


def _extension(text: str) -> str:
    found = normalize.extension(text)
    if found is None:
        raise _wrong("hub_phone")
    return found


def _path(path: Path) -> Path:
    if path == Path():
        raise _wrong("hub_empty_path")
    return path


def _country(text: str) -> str:
    import phonenumbers  # noqa: PLC0415 - 80 ms that a configuration without a country does not wait for

    if text.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise _wrong("hub_country")
    return text.upper()


ATTACHMENTS: Final = r"^(on_demand|all|\d{1,9} ?(KB|MB))$"
_UNITS: Final = {"KB": 1024, "MB": 1024 * 1024}


def attachment_size(text: str) -> int | None:
    """Up to which size attachments are fetched, in bytes: 0 for none, None for all."""
    if text in ("on_demand", "all"):
        return 0 if text == "on_demand" else None
    return int(text[:-2]) * _UNITS[text[-2:]]


def _attachments(text: str) -> str:
    if not re.fullmatch(ATTACHMENTS, text) or (attachment_size(text) or 0) > LARGEST:
        raise _wrong("hub_attachments")
    return text


def is_name(text: str) -> bool:
    """Whether a connection may be called so: it stands in commands, logs and identities."""
    return _NAME.fullmatch(text) is not None


def _name(text: str) -> str:
    if not is_name(text):
        raise _wrong("hub_name")
    return text


def _proxy(text: str) -> str:
    if text.lower() in ("", NONE):
        return text
    try:
        proxy_of(text)
    except ValueError:
        raise _wrong("hub_proxy") from None
    if has_password(text):
        raise _wrong("hub_proxy_password")
    return text


def _listen(text: str) -> str:
    host, _colon, port = text.rpartition(":")
    if text and not (host and port.isdigit() and 0 < int(port) < 65536):
        raise _wrong("hub_listen")
    return text


def _host(text: str) -> str:
    try:
        found = ascii_host(text)
    except ValueError:
        found = ""
    if not _HOST.fullmatch(found):
        raise _wrong("hub_host")
    return found


def _url(text: str) -> str:
    parts = urlsplit(text)
    plain = parts.hostname and not (parts.query or parts.fragment or parts.username)
    if text and not (plain and parts.scheme in ("http", "https")):
        raise _wrong("hub_url")
    return text.rstrip("/")


def _hook_secret(text: SecretStr) -> SecretStr:
    if text.get_secret_value() and not _SECRET_WORD.fullmatch(text.get_secret_value()):
        raise _wrong("hub_hook_secret")
    return text


def _database(url: SecretStr) -> SecretStr:
    if url.get_secret_value() and not Server(url.get_secret_value()).is_whole:
        raise _wrong("hub_database")
    return url


_SPAN: Final = re.compile(r"(\d{1,5}) ?([smhd])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
SHORTEST: Final = 10


def seconds(text: str) -> int:
    """The seconds of a span such as "5m"."""
    match = _SPAN.fullmatch(text)
    return int(match[1]) * _SECONDS[match[2]] if match is not None else 0


def _span(text: str) -> str:
    if not SHORTEST <= seconds(text) <= 31 * _SECONDS["d"]:
        raise _wrong("hub_span")
    return text


Zone = Annotated[str, AfterValidator(_zone)]
Domain = Annotated[str, AfterValidator(_domain)]
Address = Annotated[str, AfterValidator(_email)]
Phone = Annotated[str, AfterValidator(_phone)]
Extension = Annotated[str, AfterValidator(_extension)]
Text = Annotated[str, Field(min_length=1)]
Span = Annotated[str, AfterValidator(_span)]
Folded = Annotated[str, Field(min_length=1), AfterValidator(str.casefold)]


class Table(BaseModel):
    """A table of hub.toml: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class EmployeeTable(Table):
    """One of ours: never becomes a client, and gives every mail and meeting its direction."""

    name: Text = Field(description="First name and family name.")
    emails: list[Address] = Field(default=[], description="All mail addresses, private ones used for work too.")
    phones: list[Phone] = Field(default=[], description="Telephone numbers.")
    extensions: list[Extension] = Field(default=[], description="Internal numbers of the telephone exchange.")
    manager: str = Field(default="", description="Name of the employee this one reports to.")
    deputy: str = Field(default="", description="Name of the employee who stands in.")
    absent_from: date | None = Field(default=None, description="First day of an absence.")
    absent_until: date | None = Field(default=None, description="Last day of an absence.")


class CompanyTable(Table):
    """Our own company."""

    name: Text = Field(description="Name of the company.")
    domains: list[Domain] = Field(default=[], description="Own mail domains. Their subdomains are ours too.")
    timezone: Zone = Field(description="IANA time zone the company works in, such as Europe/Moscow.")
    language: Literal["ru", "en"] = Field(default="ru", description="Language the hub speaks.")
    country: Annotated[str, AfterValidator(_country)] = Field(
        default="RU", description="Country whose telephone numbers are written without a country code."
    )
    employees: list[EmployeeTable] = Field(default=[], description="Our people.")


class ClientsTable(Table):
    """Who may become a client."""

    from_outgoing: bool = Field(
        default=True, description="A company domain that one of ours has written to becomes a client."
    )
    never: list[Domain] = Field(default=[], description="Domains that never become clients.")
    free_mail: list[Domain] = Field(default=[], description="Further free-mail domains beside the known ones.")


class StoreTable(Table):
    """Where the history is kept."""

    path: Annotated[Path, AfterValidator(_path)] = Field(
        default=Path("data/hub.db"), description="The database file, relative to the home."
    )
    url: Annotated[SecretStr, AfterValidator(_database)] = Field(
        default=SecretStr(""),
        description="In place of a file: a database of a PostgreSQL server, postgresql://user:password@host:5432/name.",
    )


class SyncTable(Table):
    """How far things are followed, and what a connection may take."""

    every: Span = Field(default="5m", description="So often `hub serve` pulls a connection: 30s, 5m, 2h, 1d.")
    horizon_days: int = Field(default=366, ge=1, le=3660, description="Recurring meetings are laid out this far ahead.")
    isolate: bool = Field(default=True, description="Read every connection in a process of its own, within limits.")
    processes: int = Field(
        default=0, ge=0, le=256, description="So many connections are read at once; 0: as many as there are processors."
    )
    memory_mb: int = Field(default=1024, ge=64, description="So much memory that process may take for its work.")
    silence_minutes: float = Field(default=15, gt=0, description="Without a word for so long, that process is stopped.")


class WebTable(Table):
    """The hub's own web server: health, metrics, webhooks, and where sign-ins come back to."""

    listen: Annotated[str, AfterValidator(_listen)] = Field(
        default="127.0.0.1:8480", description='Address and port it answers at; "" for none. Keep it to this machine.'
    )
    url: Annotated[str, AfterValidator(_url)] = Field(
        default="", description="Its address from outside, such as https://hub.my.example, where a proxy leads to it."
    )
    hosts: list[Annotated[str, AfterValidator(_host)]] = Field(
        default=[], description="Further host names it may be called by, beside localhost and that of url."
    )


class NoticesTable(Table):
    """Who is told when a connection needs a person."""

    url: SecretStr = Field(
        default=SecretStr(""),
        description="Where messages go, as apprise writes it: mailtos://user:password@mail.my.example?to=it@my.example, "
        "tgram://token/chat.",
    )


class NeverTable(Table):
    """What of a connection is never stored."""

    addresses: list[Address] = Field(default=[], description="Mail addresses of any participant.")
    domains: list[Domain] = Field(default=[], description="Domains of any participant.")
    folders: list[Folded] = Field(default=[], description="Folders or calendars.")
    labels: list[Folded] = Field(default=[], description="Labels or categories.")
    keywords: list[Folded] = Field(default=[], description="Words in the subject or title.")


class ConnectionTable(Table):
    """A connection: these keys are the hub's, all others belong to the connector."""

    connector: Text = Field(description="The kind of system, such as email.files; `hub plugins` lists them.")
    id: Annotated[str, AfterValidator(_name)] | None = Field(
        default=None, description="Permanent; by default the name. Keep it when you rename the connection."
    )
    enabled: bool = Field(default=True, description="Whether it is pulled.")
    every: Span | None = Field(default=None, description="So often `hub serve` pulls it; by default as [sync] says.")
    store: Store = Field(default="clients", description="What is stored: mail with clients, only headers, or all.")
    never: NeverTable = Field(default=NeverTable(), description="What is never stored.")
    keep_raw: KeepRaw = Field(default="all", description="Which revisions of the originals are kept.")
    attachments: Annotated[str, AfterValidator(_attachments)] = Field(
        default="on_demand",
        description='Which attachments are fetched at once: "on_demand" for none, "all", or those up to a size: "10MB".',
        json_schema_extra={"pattern": ATTACHMENTS},
    )
    vanish_threshold: float = Field(
        default=0.2, ge=0, le=1, description="The share of a stream that may vanish at once before a person is asked."
    )
    hook_secret: Annotated[SecretStr, AfterValidator(_hook_secret)] = Field(
        default=SecretStr(""),
        description="The end of the address that the other system calls when it has news: URL/hooks/NAME/hook_secret.",
    )
    proxy: Annotated[str, AfterValidator(_proxy)] = Field(
        default="", description='HTTP proxy, "http://user@host:port", or "none"; without it, that of the environment.'
    )
    proxy_password: SecretStr = Field(default=SecretStr(""), description="Password of the user in proxy.")
    ca_file: Path | None = Field(default=None, description="Certificates (PEM) that are trusted beside the system's.")


class FileTable(Table):
    """hub.toml and conf.d/*.toml together."""

    config_version: int = Field(default=VERSION, ge=1, description="Version of this format.")
    company: CompanyTable = Field(description="Our own company.")
    clients: ClientsTable = Field(default=ClientsTable(), description="Who may become a client.")
    store: StoreTable = Field(default=StoreTable(), description="Where the history is kept.")
    sync: SyncTable = Field(default=SyncTable(), description="How far things are followed.")
    notices: NoticesTable = Field(default=NoticesTable(), description="Who is told when a connection needs a person.")
    web: WebTable = Field(default=WebTable(), description="The hub's own web server.")
    connections: dict[str, Any] = Field(default={}, description="What is pulled: one table per connection.")


RESERVED: Final = frozenset(ConnectionTable.model_fields)
