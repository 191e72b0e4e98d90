"""Secrets that are looked for afterwards: where one can be read, any secret could."""

import base64
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, SecretBytes, SecretStr

CANARY = "canary/é0f1+zQ=="
_SHORTEST = 6
_M = TypeVar("_M", bound=BaseModel)


def planted(settings: _M) -> _M:
    """The same settings with a canary in the place of every secret."""
    return settings.model_copy(update={name: _planted(getattr(settings, name)) for name in type(settings).model_fields})


def _planted(value: Any) -> Any:
    match value:
        case SecretStr():
            return SecretStr(CANARY)
        case SecretBytes():
            return SecretBytes(CANARY.encode())
        case BaseModel():
            return planted(value)
        case list() | tuple():
            return type(value)(map(_planted, value))
        case dict():
            return {key: _planted(inner) for key, inner in value.items()}
    return value


def secrets(value: object) -> set[str]:
    """Every secret in a settings model that is long enough not to be found by chance."""
    return {secret for secret in _secrets(value) if len(secret) >= _SHORTEST}


def _secrets(value: object) -> Iterator[str]:
    match value:
        case SecretStr():
            yield value.get_secret_value()
        case SecretBytes():
            yield value.get_secret_value().decode("latin-1")
        case BaseModel():
            for name in type(value).model_fields:
                yield from _secrets(getattr(value, name))
        case Mapping():
            yield from _secrets(list(value.values()))
        case str() | bytes():
            return
        case Sequence():
            for inner in value:
                yield from _secrets(inner)


def found(secrets: set[str], text: str) -> list[str]:
    """The secrets that can be read in `text`, plain or in one of the forms in which they travel."""
    return [secret for secret in secrets if any(form in text for form in _forms(secret))]


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield urllib.parse.quote(secret, safe="")
    yield urllib.parse.quote_plus(secret)
    yield repr(secret)[1:-1]
    yield base64.b64encode(secret.encode()).decode().rstrip("=")
