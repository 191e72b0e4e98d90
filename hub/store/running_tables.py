"""The tables around the pulls: what the daemon and its companions tell one another. See `hub.store.tables`."""

from sqlalchemy import Column, PrimaryKeyConstraint
from sqlmodel import Field

from hub.store import fields
from hub.store.columns import Words
from hub.store.fields import Row


class Hint(Row, table=True):
    """Somebody rang: something may have changed in a stream of a connection, or ("") in any of its streams."""

    __table_args__ = (PrimaryKeyConstraint("connection", "stream"), {"sqlite_with_rowid": False})
    connection: str = fields.text()
    stream: str = fields.text()
    at: int = fields.number()


class Due(Row, table=True):
    """When a connection is pulled next, or (0) that a person has to do something first: what it failed with, how often in
    a row, and with which settings (a keyed digest), since others are tried at once.
    """

    connection: str = Field(sa_column=Column(Words, primary_key=True))
    at: int = fields.number()
    failures: int = 0
    error: str = fields.text()
    settings: str = fields.text()


class Pulse(Row, table=True):
    """One row: the daemon that works on this database. `mistake`: why a newer configuration is not in force. It has stored
    `pages`, and held the database for so many milliseconds in all; `slow` of them took longer than a page should.
    """

    id: int = fields.key()
    host: str = fields.text()
    pid: int = fields.number()
    started: int = fields.number()
    ticked: int = fields.number()
    loaded: int = fields.number()
    mistake: str = fields.text()
    pages: int = fields.number()
    held: int = fields.number()
    slow: int = fields.number()


class Trouble(Row, table=True):
    """A connection that needs a person, of which somebody is told: with what error, in the words of the run, since when."""

    connection: str = Field(sa_column=Column(Words, primary_key=True))
    error: str = fields.text()
    message: str = fields.text()
    since: int = fields.number()


class Notice(Row, table=True):
    """A message to the admin, and its number. `entries` (JSON) may grow until the first try; it is sent when it is `due`, and
    again until it was `sent`.
    """

    id: int | None = Field(default=None, primary_key=True)
    made: int = fields.number()
    due: int = fields.number()
    tries: int = 0
    sent: int | None = fields.number(nullable=True)
    entries: str = fields.text()


class Callback(Row, table=True):
    """A sign-in whose answer the web server is to take, by a digest of its state: what the browser brought, "" so far."""

    state: str = Field(sa_column=Column(Words, primary_key=True))
    until: int = fields.number()
    answer: str = fields.text()
