"""Attached files: those that were fetched, and those that are still wanted."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("item_id", NUMBER, nullable=False),
        sa.Column("part", TEXT, nullable=False),
        sa.Column("sha256", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("item_id", "part"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "wanted",
        sa.Column("item_id", NUMBER, nullable=False),
        sa.Column("part", TEXT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("item_id", "part"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("wanted")
    op.drop_table("attachment")
