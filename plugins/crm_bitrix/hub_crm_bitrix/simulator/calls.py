"""A call of a method, and what it is answered with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hub.simulators import forms
from hub_crm_bitrix.simulator.refusals import old, out_of_scope

if TYPE_CHECKING:
    from hub_crm_bitrix.simulator.portal import Portal


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls: a webhook (`application` is ""), or an application on behalf of a user. `token` is shown to nobody."""

    user: int
    scopes: frozenset[str]
    application: str = ""
    token: str = field(default="", repr=False)
    address: str = ""
    expires: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`result`, and beside it what a list has. `wrote` tells whether the portal has changed."""

    result: Any
    total: int | None = None
    next: int | None = None
    rows: int = 1
    wrote: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`params` by names in small letters: the methods take them in either case."""

    portal: "Portal"
    method: str
    params: Mapping[str, Any]
    caller: Caller

    def get(self, name: str) -> Any:
        return self.params.get(name)

    def text(self, name: str) -> str:
        return forms.text(self.params.get(name))

    def number(self, name: str, default: int = 0) -> int:
        return forms.number(self.params.get(name), default)

    def map(self, name: str) -> dict[str, Any]:
        """Refused as the older methods do where it is a scalar."""
        value = self.params.get(name)
        if value not in (None, "") and not isinstance(value, Mapping | list):
            raise old(f"Parameter '{name}' must be array.")
        return forms.mapping(value)

    def names(self, name: str) -> tuple[str, ...]:
        return tuple(forms.text(one) for one in forms.values(self.params.get(name)) if forms.text(one))

    def need(self, scope: str) -> None:
        if scope not in self.caller.scopes:
            raise out_of_scope("access" if self.caller.application else "webhook")
