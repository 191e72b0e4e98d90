"""The daemon: who rang, when a connection is pulled next, and whether it is alive."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "hint",
        sa.Column("connection", TEXT, nullable=False),
        sa.Column("stream", TEXT, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("connection", "stream"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "due",
        sa.Column("connection", TEXT, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", TEXT, nullable=False),
        sa.Column("settings", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("connection"),
    )
    op.create_table(
        "pulse",
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("host", TEXT, nullable=False),
        sa.Column("pid", NUMBER, nullable=False),
        sa.Column("started", NUMBER, nullable=False),
        sa.Column("ticked", NUMBER, nullable=False),
        sa.Column("loaded", NUMBER, nullable=False),
        sa.Column("mistake", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.drop_table("pulse")
    op.drop_table("due")
    op.drop_table("hint")
