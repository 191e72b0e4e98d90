"""Where an identifier leads is read from who claims it, and no longer kept beside that (ADR 0049)."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.drop_table("link")


def downgrade() -> None:
    op.create_table(
        "link",
        sa.Column("identifier_id", NUMBER, nullable=False),
        sa.Column("client_id", NUMBER, nullable=False),
        sa.Column("person_id", NUMBER, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("identifier_id", "client_id", "person_id"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO link (identifier_id, client_id, person_id, reason)"
        " SELECT identifier.id, coalesce(speaker.client_id, node.client_id), coalesce(speaker.person_id, 0),"
        " min(coalesce(speaker.reason, node.kind))"
        " FROM identifier"
        " JOIN claim ON claim.identifier_id = identifier.id AND claim.role = 'is'"
        " JOIN node ON node.id = claim.node_id"
        " LEFT JOIN speaker ON speaker.person_id = node.person_id AND node.kind = 'contact'"
        " WHERE NOT identifier.generic"
        " GROUP BY 1, 2, 3"
    )
    op.create_index("link_client", "link", ["client_id"])
