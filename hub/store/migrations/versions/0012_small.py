"""Small bodies lie with their revision; what points at nothing, or is never looked for, is in no index (ADR 0044)."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

PARTIAL = (
    ("identifier_domain", "identifier", "domain_id"),
    ("node_client", "node", "client_id"),
    ("node_person", "node", "person_id"),
    ("interaction_thread", "interaction", "thread"),
)


def upgrade() -> None:
    op.add_column("raw", sa.Column("body", sa.LargeBinary(), nullable=True))
    op.drop_index("ix_client_public_id", "client")
    for name, table, column in PARTIAL:
        some = sa.text(f"{column} <> 0")
        op.drop_index(name, table)
        op.create_index(name, table, [column], sqlite_where=some, postgresql_where=some)


def downgrade() -> None:
    for name, table, column in PARTIAL:
        op.drop_index(name, table)
        op.create_index(name, table, [column])
    op.create_index("ix_client_public_id", "client", ["public_id"])
    op.execute(
        "INSERT INTO blob (sha256, uses, body) SELECT sha256, 0, body FROM raw WHERE body IS NOT NULL"
        " ON CONFLICT (sha256) DO NOTHING"
    )
    op.execute(
        "UPDATE blob SET uses = uses + small.said FROM"
        " (SELECT sha256, count(*) AS said FROM raw WHERE body IS NOT NULL GROUP BY sha256) AS small"
        " WHERE small.sha256 = blob.sha256"
    )
    with op.batch_alter_table("raw", schema=None) as batch_op:
        batch_op.drop_column("body")
