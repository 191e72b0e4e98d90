"""A contact that names a company and sits at a domain says so in both claims, so that whoever says but one is not gone through."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    both = "node_id IN (SELECT node_id FROM claim WHERE role = '{}')"
    op.execute(f"UPDATE claim SET role = 'AT' WHERE role = 'at' AND {both.format('of')}")  # noqa: S608 - both are ours
    op.execute(f"UPDATE claim SET role = 'OF' WHERE role = 'of' AND {both.format('AT')}")  # noqa: S608


def downgrade() -> None:
    op.execute("UPDATE claim SET role = lower(role) WHERE role IN ('AT', 'OF')")
