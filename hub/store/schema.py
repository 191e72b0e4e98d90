"""The schema's version: a database is upgraded by Alembic, and refused when it is newer than this program.

A new file is made as the models say, which is what all migrations lead to; on a server even an empty database is migrated,
since the models leave out what only a server has.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, inspect, text

from hub.errors import StoreUnusable
from hub.i18n import _
from hub.store.columns import METADATA
from hub.store.place import Place

HEAD = "0017"
_MIGRATIONS = Path(__file__).parent / "migrations"


def version(engine: Engine) -> str | None:
    """The version a database is at: None for an empty one, "" for one that is not ours."""
    with engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())
        if not tables:
            return None
        if not {"alembic_version", "installation"} <= tables:
            return ""
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def is_version(text: str) -> bool:
    """Whether this names a version of the schema."""
    return bool(re.fullmatch(r"\d{4}", text))


def beyond(engine: Engine) -> bool:
    """Whether a database is of a newer version than this program knows."""
    return (version(engine) or "") > HEAD


def prepare(
    engine: Engine,
    place: Place,
    *,
    create: bool = True,
    before_upgrade: Callable[[str], object] = lambda _version: None,
) -> None:
    """Bring a database to this program's version; raise `StoreUnusable` when it is ahead of it, not ours, or empty and
    not to be made. `before_upgrade` is called with the version of one that is not empty.
    """
    found = version(engine)
    if found == HEAD:
        return
    if found is None and not create:
        raise StoreUnusable(_("there is no database at {path}").format(path=place), fix=_("run `hub sync` first"))
    if found == "":
        raise StoreUnusable(
            _("{path} is the database of another program").format(path=place),
            fix=_("name a file or a database of the hub's own in [store]"),
        )
    if found is not None and found > HEAD:
        text = _("{path} was made by a newer version of interaction-hub (schema {found}, this one knows {known})")
        raise StoreUnusable(
            text.format(path=place, found=found, known=HEAD), fix=_("install that version or a newer one")
        )
    if found is not None:
        before_upgrade(found)
    elif engine.dialect.name == "sqlite" and _made(engine, place):
        return
    upgrade(engine, place)


def _made(engine: Engine, place: Place) -> bool:
    """Make everything in an empty file: to have Alembic do it takes half a second. Returns whether it was empty still."""
    from hub.store import groups, search  # noqa: PLC0415 - all models, which few look at a database with

    assert groups.ALL  # what it names is known to METADATA from now on
    with engine.connect() as connection:
        connection.execution_options(hub_begin=place.write)
        with connection.begin():
            if inspect(connection).get_table_names():
                return False
            METADATA.create_all(connection, checkfirst=False)
            search.create(connection)
            connection.exec_driver_sql(_VERSION)
            connection.exec_driver_sql("INSERT INTO alembic_version (version_num) VALUES (?)", (HEAD,))
    return True


_VERSION: Final = """CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)"""
"""As Alembic makes it."""


def upgrade(engine: Engine, place: Place, to: str = HEAD) -> None:
    """Run the missing migrations in one transaction: who comes meanwhile waits, and finds them done."""
    from alembic import command  # noqa: PLC0415 - takes over a second to import, and is rarely needed
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.connect() as connection:
        connection.execution_options(hub_begin=place.write)
        config.attributes["connection"] = connection
        with connection.begin():
            command.upgrade(config, to)
