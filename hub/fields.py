"""Types for settings that many connectors have, so that a key means the same wherever it stands.

class Settings(hub.Settings):
    path: hub.Paths = Field(title="Files or folders")
    timezone: hub.Timezone = ""
"""

from pathlib import Path
from typing import Annotated, Any, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError


def _zone(name: str, info: ValidationInfo) -> str:
    name = name or str((info.context or {}).get("timezone", ""))
    try:
        return name and ZoneInfo(name).key
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        raise PydanticCustomError("hub_zone", "there is no time zone {given}", {"given": name}) from None


Timezone: TypeAlias = Annotated[
    str,
    AfterValidator(_zone),
    Field(
        validate_default=True,
        title="Time zone",
        description="IANA zone of times that name none, such as Europe/Moscow; without it, the company's",
    ),
]
"""The IANA name of the zone in which times without one are meant. Give it the default "": where the connection says
nothing, `company.timezone` is filled in. Only what is read without a configuration, a test, sees "".
"""


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str | Path) else value


def _told_apart(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(path.expanduser() for path in paths))


_Several: TypeAlias = Annotated[tuple[Path, ...], Field(min_length=1)]
Paths: TypeAlias = Annotated[
    _Several, AfterValidator(_told_apart), BeforeValidator(_as_list, json_schema_input_type=Path | _Several)
]
"""A path or a list of them, at least one, each once. `~` is the user's folder; the hub makes relative ones absolute."""
