"""The tables of what sources said, as they said it, and of what is kept of the rest. See `hub.store.tables`."""

from sqlalchemy import Column, PrimaryKeyConstraint
from sqlmodel import Field

from hub.store import fields
from hub.store.columns import Words
from hub.store.fields import Row


class Raw(Row, table=True):
    """A revision of an item; append-only. Its bytes are `body`, as they are stored; of more than a few, a blob's."""

    id: int | None = Field(default=None, primary_key=True)
    item_id: int = fields.number(index=True)
    revision: str = fields.text()
    received: int = fields.number()
    sha256: str = fields.text()
    body: bytes | None = fields.octets(nullable=True)


class Quarantine(Row, table=True):
    """Why an item could not be read, with its bytes."""

    item_id: int = fields.key()
    reason: str = fields.text()
    detail: str = fields.text()
    at: int = fields.number()
    body: bytes = fields.octets()


class Tombstone(Row, table=True):
    """Keyed hashes of the addresses of an item that is not stored, so that it can be found again."""

    __table_args__ = (PrimaryKeyConstraint("hash", "item_id"), {"sqlite_with_rowid": False})
    hash: int = fields.number()
    item_id: int = fields.number(index=True)


class Blob(Row, table=True):
    """Bytes by their SHA-256, compressed; `uses` raws and attachments refer to them."""

    sha256: str = Field(sa_column=Column(Words, primary_key=True))
    uses: int = fields.number()
    body: bytes = fields.octets()


class Attachment(Row, table=True):
    """An attached file of an item that has been fetched. Its bytes are a blob."""

    __table_args__ = (PrimaryKeyConstraint("item_id", "part"), {"sqlite_with_rowid": False})
    item_id: int = fields.number()
    part: str = fields.text()
    sha256: str = fields.text()
