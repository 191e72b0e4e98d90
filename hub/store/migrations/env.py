"""Alembic's entry: migrations run on the connection that `hub.store.schema` hands over."""

from alembic import context

from hub.store import groups
from hub.store.columns import METADATA

assert groups.ALL  # what it names is known to it from now on

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=True,
    include_name=lambda name, kind, _parents: kind != "table" or not (name or "").startswith("search"),
)
with context.begin_transaction():
    context.run_migrations()
