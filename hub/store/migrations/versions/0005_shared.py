"""What connections share and keep: budgets of calls, and tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "token",
        sa.Column("connection", TEXT, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("sealed", TEXT, nullable=False),
        sa.Column("expires", NUMBER, nullable=True),
        sa.Column("saved", NUMBER, nullable=False),
        sa.Column("asking", sa.Boolean(), nullable=False),
        sa.Column("unanswered", sa.Boolean(), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("lease_epoch", sa.Integer(), nullable=False),
        sa.Column("lease_owner", TEXT, nullable=False),
        sa.Column("lease_until", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("connection"),
    )
    op.create_table(
        "budget",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("level", NUMBER, nullable=False),
        sa.Column("rest", NUMBER, nullable=False),
        sa.Column("boot", TEXT, nullable=False),
        sa.Column("ticks", NUMBER, nullable=False),
        sa.Column("moment", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )


def downgrade() -> None:
    op.drop_table("budget")
    op.drop_table("token")
