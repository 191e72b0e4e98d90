"""The tables of what sources said, as they said it, and of what is kept of the rest. See `hub.store.tables`."""

from sqlalchemy import Column, PrimaryKeyConstraint
from sqlmodel import Field, SQLModel

from hub.store import columns


class Raw(SQLModel, table=True):
    """A revision of an item; append-only. Its bytes are a blob."""

    id: int | None = Field(default=None, primary_key=True)
    item_id: int = columns.number(index=True)
    revision: str = columns.text()
    received: int = columns.number()
    sha256: str = columns.text()


class Quarantine(SQLModel, table=True):
    """Why an item could not be read, with its bytes."""

    item_id: int = columns.key()
    reason: str = columns.text()
    detail: str = columns.text()
    at: int = columns.number()
    body: bytes = columns.octets()


class Tombstone(SQLModel, table=True):
    """Keyed hashes of the addresses of an item that is not stored, so that it can be found again."""

    __table_args__ = (PrimaryKeyConstraint("hash", "item_id"), {"sqlite_with_rowid": False})
    hash: int = columns.number()
    item_id: int = columns.number(index=True)


class Blob(SQLModel, table=True):
    """Bytes by their SHA-256, compressed; `uses` raws and attachments refer to them."""

    sha256: str = Field(sa_column=Column(columns.Words, primary_key=True))
    uses: int = columns.number()
    body: bytes = columns.octets()


class Attachment(SQLModel, table=True):
    """An attached file of an item that has been fetched. Its bytes are a blob."""

    __table_args__ = (PrimaryKeyConstraint("item_id", "part"), {"sqlite_with_rowid": False})
    item_id: int = columns.number()
    part: str = columns.text()
    sha256: str = columns.text()
