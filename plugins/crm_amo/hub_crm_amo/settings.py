"""Settings of `crm.amocrm`: where the account is, how one is let in, and what is read.

Two ways in. A long-lived token of a private integration is made by an administrator for up to five years. An integration
of one's own signs in by OAuth 2 (`hub connect`).
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

import hub

Stream = Literal[
    "users",
    "companies",
    "contacts",
    "leads",
    "customers",
    "purchases",
    "invoices",
    "tasks",
    "notes",
    "events",
    "unsorted",
]
_ALL: Final = Stream.__args__  # type: ignore[attr-defined]
_OWN: Final = (".amocrm.ru", ".kommo.com", ".amocrm.com")
"""Where accounts are; the host of one is its name and one of these."""


def _account(given: str) -> str:
    """An account's origin. Another one than the vendor's counts where a person has written out its scheme."""
    parts = urlsplit(given if "://" in given else f"https://{given}")
    host = parts.hostname or ""
    is_there = host.endswith(_OWN) or "://" in given
    if parts.scheme not in ("https", "http") or not host or parts.username or parts.query or not is_there:
        raise ValueError(
            hub.sentence('"{text}" is no address of an account: write "my.amocrm.ru" or "my.kommo.com"').format(
                text=given
            )
        )
    return f"{parts.scheme}://{parts.netloc}"


class Settings(hub.Settings):
    """An account, one way in, and what is read of it."""

    account: Annotated[str, AfterValidator(_account)] = Field(
        title="Account", description="Address of the account: my.amocrm.ru"
    )
    token: SecretStr | None = Field(
        None, title="Long-lived token", description="A token of a private integration: ${secret:NAME}"
    )
    client_id: str = Field("", title="Integration", description="Id of an integration of your own (client_id)")
    client_secret: SecretStr | None = Field(
        None, title="Key of the integration", description="Its secret key (client_secret)"
    )
    streams: tuple[Stream, ...] = Field(
        _ALL, min_length=1, title="Streams", description="What is read; without it, everything"
    )
    inn: str | int = Field(
        "",
        title="Field of the INN",
        description="Number or code of the custom field that holds it; fields for legal entities are known by themselves",
    )
    fields: Mapping[str, Mapping[str, str]] = Field(
        {},
        title="Custom fields",
        description='By stream: number or code of the field and its name, {leads = {301 = "Contract"}}',
    )
    recent_days: int = Field(
        90, ge=1, le=3660, title="Recent days", description="How far back the first pull looks before it reads all else"
    )
    reread_days: int = Field(
        7, ge=1, le=366, title="Reading again", description="After so many days everything is read once more"
    )
    calls_per_second: float = Field(
        7, gt=0, le=1000, title="Calls a second", description="What amoCRM allows an address of yours: 7"
    )

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if self.token is not None and (self.client_id or self.client_secret):
            raise ValueError(
                hub.sentence("there are two ways in: take either `token` or `client_id` and `client_secret` out")
            )
        if self.token is None and not (self.client_id and self.client_secret):
            raise ValueError(
                hub.sentence("name the way in: `token`, or `client_id` and `client_secret` of an integration")
            )
        return self

    @property
    def host(self) -> str:
        return urlsplit(self.account).netloc


def hosts(settings: Settings) -> frozenset[str]:
    """The account's origin, so that `http://` counts where a person wrote it."""
    return frozenset((settings.account,))
