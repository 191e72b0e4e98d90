"""The address of a database on a server."""

import re
from dataclasses import dataclass, field
from typing import Final

_URL: Final = re.compile(r"postgres(?:ql)?://(?:([^:@/?]*)(?::.*)?@)?([^?@]*)(?:\?.*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Server:
    """A database of a PostgreSQL server, by the URL that libpq understands. `str` is for people's eyes: neither its
    password nor its parameters.
    """

    url: str = field(repr=False)

    def __str__(self) -> str:
        parts = _URL.fullmatch(self.url)
        if parts is None:
            return "postgresql://…"
        return f"postgresql://{parts[1]}@{parts[2]}" if parts[1] else f"postgresql://{parts[2]}"
