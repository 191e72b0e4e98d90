"""The address of a database on a server."""

import re
from dataclasses import dataclass, field
from typing import Final

_HOST: Final = r"(?:\[[^\]]*\]|[\w.%-]*)(?::\d+)?"
_URL: Final = re.compile(
    r"postgres(?:ql)?://(?:(?P<user>[^:@/?]*)(?::(?P<password>.*))?@)?"
    rf"(?P<hosts>{_HOST}(?:,{_HOST})*)(?:/(?P<name>[^?@/]*))?(?:\?(?P<more>.*))?",
    re.DOTALL,
)


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
        user = f"{parts['user']}@" if parts["user"] else ""
        return f"postgresql://{user}{parts['hosts']}/{parts['name'] or ''}"

    @property
    def is_whole(self) -> bool:
        """Whether it is a URL that names a database."""
        parts = _URL.fullmatch(self.url)
        return parts is not None and bool(parts["name"] or "dbname=" in (parts["more"] or ""))

    @property
    def has_password(self) -> bool:
        parts = _URL.fullmatch(self.url)
        return parts is not None and bool(parts["password"] or "password=" in (parts["more"] or ""))
