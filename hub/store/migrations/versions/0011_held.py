"""How many pages a daemon has stored, and for how long it held the database for them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COLUMNS = ("pages", "held", "slow")


def upgrade() -> None:
    op.execute("DELETE FROM pulse")  # a daemon of another version has ended
    for name in COLUMNS:
        op.add_column("pulse", sa.Column(name, NUMBER, nullable=False, server_default="0"))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("pulse", name)
