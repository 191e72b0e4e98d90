"""Employees whom CRMs know, by their addresses; mails without a Message-ID, and the mails that they tell of."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "employee",
        sa.Column("record_id", NUMBER, nullable=False),
        sa.Column("email", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("record_id", "email"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "copy",
        sa.Column("record_id", NUMBER, nullable=False),
        sa.Column("family", NUMBER, nullable=False),
        sa.Column("minute", NUMBER, nullable=False),
        sa.Column("host", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("record_id"),
    )
    for name in ("minute", "family", "host"):
        op.create_index(f"copy_{name}", "copy", [name])


def downgrade() -> None:
    op.drop_table("copy")
    op.drop_table("employee")
