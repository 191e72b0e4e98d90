"""What a source says it holds, beside our own counts; an index made by the quicker tokeniser.

Some databases of version 0002 were made with the column, and with the new index: they are left as they are.
"""

import sqlalchemy as sa
from alembic import op

from hub.store import search

revision = "0004"
down_revision = "0003"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    bind = op.get_bind()
    if "told" not in {column["name"] for column in sa.inspect(bind).get_columns("stream")}:
        op.add_column("stream", sa.Column("told", NUMBER, nullable=True))
    search.renew(bind)


def downgrade() -> None:
    with op.batch_alter_table("stream", schema=None) as batch_op:
        batch_op.drop_column("told")
