"""The schema's version: created and upgraded by Alembic, refused when it is newer than this program."""

from pathlib import Path

from sqlalchemy import Engine, inspect, text

from hub.errors import StoreUnusable

HEAD = "0001"
_MIGRATIONS = Path(__file__).parent / "migrations"


def version(engine: Engine) -> str | None:
    """The version a database is at; None for an empty one."""
    with engine.connect() as connection:
        if "alembic_version" not in inspect(connection).get_table_names():
            return None
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return str(found) if found is not None else None


def prepare(engine: Engine, path: object) -> None:
    """Bring a database to this program's version; raise `StoreUnusable` when it is ahead of it."""
    found = version(engine)
    if found == HEAD:
        return
    if found is not None and found > HEAD:
        raise StoreUnusable(
            f"{path} was made by a newer version of interaction-hub (schema {found}, this one knows {HEAD})",
            fix="install that version or a newer one",
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
