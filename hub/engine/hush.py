"""What a plugin says is kept free of the secrets of its settings: an address with a token in it stands in many an error."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, SecretBytes, SecretStr

from hub.errors import HubError

MASK: Final = "••••••••"
_LEAST: Final = 4
"""Something shorter hides nothing, and would be found in every other word."""

E = TypeVar("E", bound=HubError)


@dataclass(frozen=True, slots=True)
class Hush:
    """Replaces `secrets` in texts, wherever they stand in a value."""

    secrets: tuple[str, ...]

    @classmethod
    def of(cls, settings: object) -> "Hush":
        """The secrets of settings, as they are and as they stand in addresses; the longest first."""
        found = {secret for secret in _secrets(settings) if len(secret) >= _LEAST}
        return cls(tuple(sorted(found | {quote(secret, safe="") for secret in found}, key=len, reverse=True)))

    def __call__(self, said: Any) -> Any:
        match said:
            case str():
                for secret in self.secrets:
                    said = said.replace(secret, MASK)
                return said
            case tuple():
                return tuple(self(one) for one in said)
            case Mapping():
                return {name: self(one) for name, one in said.items()}
        return said

    def error(self, raised: E) -> E:
        """The error, told without secrets."""
        raised.args, raised.fix = self(raised.args), self(raised.fix)
        return raised


def _secrets(value: object) -> Iterator[str]:
    match value:
        case SecretStr():
            yield value.get_secret_value()
        case SecretBytes():
            yield value.get_secret_value().decode("utf-8", "replace")
        case BaseModel():
            for name in type(value).model_fields:
                yield from _secrets(getattr(value, name))
        case Mapping():
            for one in value.values():
                yield from _secrets(one)
        case list() | tuple() | set() | frozenset():
            for one in value:
                yield from _secrets(one)
