"""The schema's version: created and upgraded by Alembic, refused when it is newer than this program."""

from pathlib import Path

from sqlalchemy import Engine, inspect, text

from hub.errors import StoreUnusable
from hub.i18n import _

HEAD = "0002"
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


def prepare(engine: Engine, path: object) -> None:
    """Bring a database to this program's version; raise `StoreUnusable` when it is ahead of it, or not ours."""
    found = version(engine)
    if found == HEAD:
        return
    if found == "":
        raise StoreUnusable(
            _("{path} is the database of another program").format(path=path),
            fix=_("set [store] path to a file of the hub's own, or move this one away"),
        )
    if found is not None and found > HEAD:
        text = _("{path} was made by a newer version of interaction-hub (schema {found}, this one knows {known})")
        raise StoreUnusable(
            text.format(path=path, found=found, known=HEAD), fix=_("install that version or a newer one")
        )
    upgrade(engine)


def upgrade(engine: Engine) -> None:
    """Run the missing migrations, each in its own transaction."""
    from alembic import command  # noqa: PLC0415 - takes over a second to import, and is rarely needed
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.connect() as connection:
        connection.execution_options(hub_begin="BEGIN IMMEDIATE")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
