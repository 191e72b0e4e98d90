"""The public id of a contact that speaks for others is in no index: it is no client's, and hardly ever looked for."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    some = sa.text("client_id <> 0")
    op.drop_index("ix_node_public_id", "node")
    op.create_index("node_public", "node", ["public_id"], sqlite_where=some, postgresql_where=some)


def downgrade() -> None:
    op.drop_index("node_public", "node")
    op.create_index("ix_node_public_id", "node", ["public_id"])
