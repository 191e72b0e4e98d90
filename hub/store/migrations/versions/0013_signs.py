"""Beside each line of a client's history, signs of the words it is found by (ADR 0045): the next sync, which makes histories
anew, fills them in. Until then a line without signs is looked for in its document.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("history", sa.Column("signs", TEXT, nullable=False, server_default=""))
    op.execute("UPDATE installation SET settings = ''")


def downgrade() -> None:
    op.drop_column("history", "signs")
