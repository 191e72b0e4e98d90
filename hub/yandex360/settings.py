"""The table `yandex360` of a connection."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from hub.connectors import Settings
from hub.http.origins import is_loopback
from hub.i18n import sentence


def _origin(given: str) -> str:
    parts = urlsplit(given)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError(sentence('"{text}" is no address such as "https://oauth.yandex.ru"').format(text=given))
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError(sentence("write https://: what is sent there opens every mailbox"))
    return f"{parts.scheme}://{parts.netloc}"


Origin = Annotated[str, AfterValidator(_origin)]


class Yandex360(Settings):
    """An organisation in Yandex 360 for Business, and the applications that its owner has made for the hub."""

    organisation: int = Field(
        gt=0, title="Organisation", description="Number of the organisation: admin.yandex.ru, below its name"
    )
    client_id: str = Field(min_length=1, title="Application", description="ClientID of the service application")
    client_secret: SecretStr = Field(
        title="Secret of the application", description="Client secret of the service application"
    )
    directory_token: SecretStr = Field(
        title="Token for the directory",
        description="OAuth token of an administrator, with the right `directory:read_users`",
    )
    shared_mailboxes: bool = Field(
        default=True,
        title="Shared mailboxes",
        description="Whether shared mailboxes are read, too; the token then needs `ya360_admin:mail_read_shared_mailbox_inventory`",
    )
    leave_out: tuple[str, ...] = Field(
        (),
        title="Leave out",
        description='Addresses that are not read, as patterns: "director@my.example", "*@other.example"',
    )
    directory_url: Origin = Field(
        "https://cloud-api.yandex.net",
        title="Address of the directory",
        description="Server of the directory; another one for an installation of your own",
    )
    admin_url: Origin = Field(
        "https://api360.yandex.net",
        title="Address of the list of shared mailboxes",
        description="Server of the list of shared mailboxes; another one for an installation of your own",
    )
    token_url: Origin = Field(
        "https://oauth.yandex.ru",
        title="Address that gives tokens",
        description="Server that gives tokens; another one for an installation of your own",
    )

    @property
    def hosts(self) -> frozenset[str]:
        """What a connector with this table declares, beside its own server."""
        return frozenset((self.directory_url, self.admin_url, self.token_url))
