"""The connector `email.imap`."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, SecretStr, model_validator

import hub

if TYPE_CHECKING:
    from hub_email.imap.directory import Directory

Role = Literal["all", "drafts", "flagged", "important", "junk", "trash"]
Security = Literal["tls", "starttls", "none"]
_PORTS = {"tls": 993, "starttls": 143, "none": 143}


class Settings(hub.Settings):
    """Where the mail is, and whose."""

    host: str = Field(min_length=1, title="Host", description="The IMAP server, as its certificate names it")
    port: int = Field(0, ge=0, le=65535, title="Port", description="Without it 993, and 143 for STARTTLS")
    security: Security = Field(
        "tls",
        title="Encryption",
        description="`tls`, `starttls` (TLS on a plain port, or nothing), or `none`: only to this machine",
    )
    plain_text: bool = Field(
        default=False,
        title="Plain text",
        description='Whether security = "none" is meant for another machine: everybody on the way reads the password',
    )
    sign_in: Literal["password", "xoauth2"] = Field(
        "password", title="Way to sign in", description="`password`, or `xoauth2` with a token in the password's place"
    )
    address: hub.Address = Field("", title="Address", description="E-mail address of the one mailbox")
    user: str = Field(
        "{address}",
        title="User",
        description="Name to sign in with; {address} stands for the address: a master user is `{address}*name`",
    )
    password: SecretStr | None = Field(
        None, title="Password", description="Password or token, for all mailboxes that have none of their own"
    )
    shared: bool = Field(
        default=False, title="Shared", description="Whether the one mailbox is nobody's own: then it has no custodian"
    )
    mailboxes: tuple[hub.AccountSettings, ...] = Field((), title="Mailboxes", description="Several mailboxes")
    mailboxes_file: Path | None = Field(
        None,
        title="File of mailboxes",
        description="CSV file with the columns address and, as needed, user, password, shared",
    )
    yandex360: hub.Yandex360 | None = Field(
        None, title="Yandex 360", description="Everybody's mailbox of an organisation in Yandex 360 for Business"
    )
    folders: tuple[str, ...] = Field(
        (), title="Folders", description='Only these folders, as patterns: "INBOX", "Clients/*"'
    )
    also: tuple[Role, ...] = Field(
        (), title="Also", description="Folders that are not read otherwise: `drafts`, `junk`, `trash`, `flagged`, `all`"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.security == "none" and not (self.plain_text or _is_here(self.host)):
            text = hub.sentence(
                'security = "none" tells everybody on the way the password: take "tls", or set plain_text = true'
            )
            raise ValueError(text)
        named = bool(self.address or self.mailboxes or self.mailboxes_file)
        if self.yandex360 and (named or self.password):
            text = hub.sentence(
                "with `yandex360` the directory names the mailboxes: take the others and `password` out"
            )
            raise ValueError(text)
        if not (named or self.yandex360):
            text = hub.sentence("name a mailbox with `address`, or several with `mailboxes` or `mailboxes_file`")
            raise ValueError(text)
        if self.password is None and (self.address or any(mailbox.password is None for mailbox in self.mailboxes)):
            raise ValueError(hub.sentence("a mailbox has no password: write `password` for it, or for all"))
        return self


def _is_here(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def open_imap(settings: Settings, tools: hub.Tools) -> Iterator[hub.Source]:
    from hub_email.imap.signin import Server  # noqa: PLC0415 - a command that reads no mail need not wait for it
    from hub_email.imap.source import Choice, ImapMail  # noqa: PLC0415 - as above

    server = Server(
        host=settings.host,
        port=settings.port or _PORTS[settings.security],
        security=settings.security,
        sign_in="xoauth2" if settings.yandex360 else settings.sign_in,
    )
    choice = Choice(only=settings.folders, also=settings.also)
    with ExitStack() as stack:
        source = ImapMail(server, directory_of(settings, tools, stack), choice, tools)
        stack.callback(source.close)
        yield source


def directory_of(settings: Settings, tools: hub.Tools, stack: ExitStack) -> "Directory":
    """Whose mailboxes the settings name; what it needs open is closed with `stack`."""
    from hub_email.imap.directory import CsvFile, Joined, Named, Staff  # noqa: PLC0415 - as above

    if settings.yandex360:
        staff = hub.Yandex360Staff(settings.yandex360, tools, shared=True)
        stack.callback(staff.close)
        return Staff(staff)
    one = [hub.AccountSettings(address=settings.address, shared=settings.shared)] if settings.address else []
    listed = [each.account(settings.user, settings.password) for each in (*one, *settings.mailboxes)]
    path = settings.mailboxes_file
    files = [CsvFile(path.expanduser(), settings.user, settings.password)] if path else []
    return Joined([Named(listed), *files])


def map_mail(body: bytes, settings: Settings, window: hub.Window) -> hub.MapResult:
    from hub_email.imap.gmail import is_draft  # noqa: PLC0415 - as above
    from hub_email.mapping import to_records  # noqa: PLC0415 - as above

    found = to_records(body, settings, window)
    mail = found[0].record if isinstance(found, list) else None
    if isinstance(mail, hub.Email) and "drafts" not in settings.also and is_draft(body, mail.labels):
        return ()
    return found


def hosts(settings: Settings) -> frozenset[str]:
    return frozenset((settings.host,)) | (settings.yandex360.hosts if settings.yandex360 else frozenset())


EMAIL_IMAP = hub.Connector(
    name="email.imap",
    title="Mail from an IMAP server",
    settings=Settings,
    open=open_imap,
    map=map_mail,
    mapping=2,
    capabilities=frozenset(("ids", "fetch", "wait", "size", "quiet", "stay")),
    hosts=hosts,
)


@hub.hookimpl
def register_connectors() -> Iterable[hub.Connector]:
    return [EMAIL_IMAP]
