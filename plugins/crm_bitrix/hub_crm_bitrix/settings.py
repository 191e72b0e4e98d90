"""Settings of `crm.bitrix24`: where the portal is, how one is let in, and what is read.

Two ways in. An inbound webhook is a URL whose path is the secret; it lives as long as the employee who made it. An
application of one's own signs in by OAuth 2 (`hub connect`), and only it may be told of events.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

import hub
from hub_crm_bitrix.kinds import FIRST_PROCESS, process

Stream = Literal[
    "users", "companies", "contacts", "leads", "deals", "quotes", "invoices", "activities", "comments", "calls"
]
_ALL: Final = Stream.__args__  # type: ignore[attr-defined]
DocumentType = Literal["contract", "invoice", "act", "quote", "payment"]

AUTHORITY: Final = "https://oauth.bitrix24.tech"
"""The server that gives tokens of the cloud's portals (https://apidocs.bitrix24.com/settings/oauth/)."""


def _origin(given: str) -> str:
    parts = urlsplit(given if "://" in given else f"https://{given}")
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.query:
        raise ValueError(
            hub.sentence('"{text}" is no address of a portal: write "https://my.bitrix24.ru"').format(text=given)
        )
    return f"{parts.scheme}://{parts.netloc}"


def _webhook(given: SecretStr | None) -> SecretStr | None:
    if given is None:
        return None
    parts = urlsplit(given.get_secret_value())
    steps = [step for step in parts.path.split("/") if step]
    if parts.scheme not in ("https", "http") or not parts.hostname or len(steps) != 3 or steps[0] != "rest":
        raise ValueError(
            hub.sentence("this is no inbound webhook: copy its whole URL, https://my.bitrix24.ru/rest/USER/CODE/")
        )
    return given


Origin = Annotated[str, AfterValidator(_origin)]


class ProcessSettings(hub.Settings):
    """A smart process whose elements are documents."""

    id: int = Field(ge=FIRST_PROCESS, title="Number", description="entityTypeId of the smart process, 128 or more")
    type: DocumentType = Field(
        "contract", title="Kind", description="What its elements are: `contract`, `act`, `payment`, …"
    )


class Settings(hub.Settings):
    """A portal, one way in, and what is read of it."""

    webhook: Annotated[SecretStr | None, AfterValidator(_webhook)] = Field(
        None, title="Inbound webhook", description="Its whole URL, which is a secret: ${secret:NAME}"
    )
    portal: Origin | None = Field(None, title="Portal", description="Address of the portal, for an application")
    client_id: str = Field("", title="Application", description="Code of the local application (client_id)")
    client_secret: SecretStr | None = Field(
        None, title="Key of the application", description="Its key (client_secret), from the page of the application"
    )
    authority: Origin = Field(AUTHORITY, title="Token server", description="The server that gives tokens")
    also_at: tuple[Origin, ...] = Field(
        (), title="Also at", description="Other addresses of the same portal: where it may send us once it is renamed"
    )
    streams: tuple[Stream, ...] = Field(
        _ALL, min_length=1, title="Streams", description="What is read; without it, everything"
    )
    processes: tuple[ProcessSettings, ...] = Field(
        (), title="Smart processes", description="Smart processes whose elements are read as documents"
    )
    fields: Mapping[str, Mapping[str, str]] = Field(
        {},
        title="Custom fields",
        description='By stream: code of the field and its name, {deals = {UF_CRM_17 = "Contract"}}',
    )
    events: bool = Field(
        default=False,
        title="Events",
        description="Whether the portal keeps a list for the hub of what is changed and deleted: an administrator's application",
    )
    application_token: SecretStr | None = Field(
        None,
        title="Token of calls",
        description="What the portal's calls of the hook bear (application_token); without it, the address is proof enough",
    )
    recent_days: int = Field(
        90, ge=1, le=3660, title="Recent days", description="How far back the first pull looks before it reads all else"
    )
    calls_per_second: float = Field(
        2, gt=0, le=1000, title="Calls a second", description="What the plan allows for good: 2, and 5 with Enterprise"
    )
    calls_at_once: int = Field(
        50, ge=1, le=10_000, title="Calls at once", description="What it allows at once: 50, and 250 with Enterprise"
    )
    operating_seconds: float = Field(
        480,
        gt=0,
        le=100_000,
        title="Operating time",
        description="Seconds of the portal's time a method may take in ten minutes",
    )

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        is_application = bool(self.portal or self.client_id or self.client_secret)
        if self.webhook is not None and is_application:
            raise ValueError(
                hub.sentence("there are two ways in: take either `webhook` or `portal` and the application out")
            )
        if self.webhook is None and not (self.portal and self.client_id and self.client_secret):
            text = hub.sentence(
                "name the way in: `webhook`, or `portal`, `client_id` and `client_secret` of an application"
            )
            raise ValueError(text)
        if self.webhook is not None and self.events:
            raise ValueError(hub.sentence("events are told to an application only: take `events` out"))
        return self

    @property
    def origin(self) -> str:
        """Scheme and host of the portal."""
        if self.webhook is None:
            return self.portal or ""
        parts = urlsplit(self.webhook.get_secret_value())
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def host(self) -> str:
        return urlsplit(self.origin).netloc

    @property
    def path(self) -> SecretStr:
        """Where the methods are: of a webhook the secret itself."""
        if self.webhook is None:
            return SecretStr("/rest/")
        return SecretStr("/" + urlsplit(self.webhook.get_secret_value()).path.strip("/") + "/")

    @property
    def documents(self) -> Mapping[str, str]:
        """The streams whose objects are documents, and of what type those are."""
        return {"quotes": "quote", "invoices": "invoice", **{process(one.id): one.type for one in self.processes}}


def hosts(settings: Settings) -> frozenset[str]:
    """Origins, so that `http://` counts where a person wrote it."""
    own = {settings.origin, *settings.also_at}
    return frozenset(own if settings.webhook else own | {settings.authority})
