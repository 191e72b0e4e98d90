"""The epoch of a database, and as of when it goes on."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("installation", sa.Column("epoch", TEXT, nullable=False, server_default=""))
    op.add_column("installation", sa.Column("as_of", NUMBER, nullable=True))
    op.get_bind().execute(sa.text("UPDATE installation SET epoch = :epoch"), {"epoch": secrets.token_hex(8)})


def downgrade() -> None:
    op.drop_column("installation", "as_of")
    op.drop_column("installation", "epoch")
