"""Whether an older mapping made some item of a stream is asked at every pull, and looked up."""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.drop_index("item_stream", "item")
    op.create_index("item_stream", "item", ["stream_id", "state", "mapping"])


def downgrade() -> None:
    op.drop_index("item_stream", "item")
    op.create_index("item_stream", "item", ["stream_id", "state"])
