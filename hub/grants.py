"""What a person lets the hub do in another system: grants (OAuth 2, RFC 6749), how they are got, where they are kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NoReturn, Protocol, TypeAlias

from hub.network import Network


@dataclass(frozen=True, slots=True)
class Grant:
    """An access token, and what gets the next one. `extra` are texts that a connector wants to find again with it.

    `expires` (aware) lets the hub refresh ahead; without it the token counts until the server refuses it. `refresh` is
    "" where there is none: a token for years, say.
    """

    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    expires: datetime | None = None
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if self.expires is not None and self.expires.tzinfo is None:
            raise ValueError("the end of a grant is an aware moment")


Refresh: TypeAlias = Callable[[Grant], Grant]
"""Asks the system for the next grant. One without a `refresh` of its own keeps the old one (RFC 6749, 6).

Raises `AuthFailed` when the system does not accept the refresh token any more (`invalid_grant`, 5.2), `Unreachable` when
what became of the question is unknown. It is asked once: nothing of it may be tried again by the connector.
"""


class Tokens(Protocol):
    """The grant of a connection. One refresh at a time in all processes, and a new grant is stored before it is used.

    Both raise `AuthFailed` with `hub connect` for its fix where only a person can help.
    """

    def current(self, refresh: Refresh) -> Grant:
        """A grant to be used now: the stored one, refreshed a while before it expires."""

    def renewed(self, stale: Grant, refresh: Refresh) -> Grant:
        """The server has refused `stale`: what is stored meanwhile, and only if that is still `stale` a refresh."""


class NoTokens:
    """The grant of a connector that nobody connects: whoever asks for it has a defect, `RuntimeError`."""

    def current(self, refresh: Refresh) -> NoReturn:  # noqa: ARG002 - as Tokens has it
        raise _ungiven()

    def renewed(self, stale: Grant, refresh: Refresh) -> NoReturn:  # noqa: ARG002 - the same
        raise _ungiven()


def _ungiven() -> RuntimeError:
    return RuntimeError("there are no tokens here: hub.testing.Drawer makes some")


@dataclass(frozen=True, slots=True)
class Redirect:
    """One sign-in as the hub asks for it: where the person comes back to, and what proves that it is the same sign-in.

    `state` comes back unchanged (RFC 6749, 10.12). `verifier` is kept until the exchange, `challenge` is its SHA-256
    in base64url, the method S256 (RFC 7636, 4.2).
    """

    url: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)
    challenge: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """How a system lets the hub in: the dialect of its OAuth 2.

    `authorize(redirect)` is the address that a person opens. `exchange(code, redirect, network)` makes a grant of the
    code that comes back, within `seconds`: so long a code lives (30 at Bitrix24). A refresh token that dies when it is
    not used for `idle` is refreshed ahead of that.
    """

    authorize: Callable[[Redirect], str]
    exchange: Callable[[str, Redirect, Network], Grant]
    seconds: float = 600
    idle: timedelta | None = None
