"""The first schema."""

import sqlalchemy as sa
from alembic import op

from hub.store import search

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    search.create(op.get_bind())
    op.create_table(
        "blob",
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("uses", NUMBER, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "claim",
        sa.Column("identifier_id", NUMBER, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("node_id", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("identifier_id", "role", "node_id"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.create_index("claim_node", ["node_id"], unique=False)

    op.create_table(
        "client",
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("public_id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("folded", TEXT, nullable=False),
        sa.Column("inn", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.create_index("client_folded", ["folded"], unique=False)
        batch_op.create_index(batch_op.f("ix_client_public_id"), ["public_id"], unique=False)

    op.create_table(
        "history",
        sa.Column("client_id", NUMBER, nullable=False),
        sa.Column("interaction_id", NUMBER, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("client_id", "interaction_id"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.create_index("history_interaction", ["interaction_id"], unique=False)

    op.create_table(
        "identifier",
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("domain_id", NUMBER, nullable=False),
        sa.Column("generic", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("identifier", schema=None) as batch_op:
        batch_op.create_index("identifier_domain", ["domain_id"], unique=False)

    op.create_table(
        "installation",
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("hash_key", sa.LargeBinary(), nullable=False),
        sa.Column("horizon", TEXT, nullable=False),
        sa.Column("settings", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "interaction",
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("hash", NUMBER, nullable=False),
        sa.Column("family", NUMBER, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("ends", NUMBER, nullable=True),
        sa.Column("zone", TEXT, nullable=False),
        sa.Column("all_day", sa.Boolean(), nullable=False),
        sa.Column("direction", TEXT, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("thread", NUMBER, nullable=False),
        sa.Column("refs", TEXT, nullable=False),
        sa.Column("people", TEXT, nullable=False),
        sa.Column("marks", TEXT, nullable=False),
        sa.Column("record_id", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("interaction", schema=None) as batch_op:
        batch_op.create_index("interaction_family", ["family"], unique=False)
        batch_op.create_index("interaction_thread", ["thread"], unique=False)

    op.create_table(
        "item",
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("stream_id", NUMBER, nullable=False),
        sa.Column("epoch", TEXT, nullable=False),
        sa.Column("external_id", TEXT, nullable=False),
        sa.Column("revision", TEXT, nullable=False),
        sa.Column("digest", NUMBER, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("rule", TEXT, nullable=False),
        sa.Column("mapping", sa.Integer(), nullable=False),
        sa.Column("recurring", sa.Boolean(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.create_index("item_stream", ["stream_id", "state"], unique=False)

    op.create_table(
        "journal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("author", TEXT, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("object", TEXT, nullable=False),
        sa.Column("note", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "link",
        sa.Column("identifier_id", NUMBER, nullable=False),
        sa.Column("client_id", NUMBER, nullable=False),
        sa.Column("person_id", NUMBER, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("identifier_id", "client_id", "person_id"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.create_index("link_client", ["client_id"], unique=False)

    op.create_table(
        "mention",
        sa.Column("identifier_id", NUMBER, nullable=False),
        sa.Column("interaction_id", NUMBER, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("wrote", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("identifier_id", "interaction_id"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("mention", schema=None) as batch_op:
        batch_op.create_index("mention_interaction", ["interaction_id"], unique=False)

    op.create_table(
        "node",
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("public_id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("kpp", TEXT, nullable=False),
        sa.Column("record_id", NUMBER, nullable=False),
        sa.Column("client_id", NUMBER, nullable=False),
        sa.Column("person_id", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("node", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_node_public_id"), ["public_id"], unique=False)
        batch_op.create_index("node_client", ["client_id"], unique=False)
        batch_op.create_index("node_person", ["person_id"], unique=False)

    op.create_table(
        "origin",
        sa.Column("interaction_id", NUMBER, nullable=False),
        sa.Column("record_id", NUMBER, nullable=False),
        sa.Column("item_id", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("interaction_id", "record_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "person",
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "quarantine",
        sa.Column("item_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("detail", TEXT, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("item_id"),
    )
    op.create_table(
        "raw",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", NUMBER, nullable=False),
        sa.Column("revision", TEXT, nullable=False),
        sa.Column("received", NUMBER, nullable=False),
        sa.Column("sha256", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("raw", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_raw_item_id"), ["item_id"], unique=False)

    op.create_table(
        "record",
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("item_id", NUMBER, nullable=False),
        sa.Column("part", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("family", NUMBER, nullable=False),
        sa.Column("frozen", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("changes", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("record", schema=None) as batch_op:
        batch_op.create_index("record_family", ["family"], unique=False)
        batch_op.create_index(
            "record_item",
            ["item_id"],
            unique=False,
            sqlite_where=sa.text("id <> item_id"),
            postgresql_where=sa.text("id <> item_id"),
        )

    op.create_table(
        "refetch", sa.Column("item_id", NUMBER, autoincrement=False, nullable=False), sa.PrimaryKeyConstraint("item_id")
    )
    op.create_table(
        "review",
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("family", NUMBER, nullable=False),
        sa.Column("detail", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("kind", "family"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stream_id", NUMBER, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("started", NUMBER, nullable=False),
        sa.Column("finished", NUMBER, nullable=True),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.Column("stored", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("quarantined", sa.Integer(), nullable=False),
        sa.Column("excluded", sa.Integer(), nullable=False),
        sa.Column("gone", sa.Integer(), nullable=False),
        sa.Column("error", TEXT, nullable=False),
        sa.Column("message", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_run_stream_id"), ["stream_id"], unique=False)

    op.create_table(
        "speaker",
        sa.Column("person_id", NUMBER, nullable=False),
        sa.Column("client_id", NUMBER, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "client_id"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("speaker", schema=None) as batch_op:
        batch_op.create_index("speaker_client", ["client_id"], unique=False)

    op.create_table(
        "stale",
        sa.Column("identifier_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("after", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("identifier_id"),
    )
    op.create_table(
        "stream",
        sa.Column("id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("connection", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("custodian", TEXT, nullable=False),
        sa.Column("cursor", TEXT, nullable=True),
        sa.Column("epoch", TEXT, nullable=False),
        sa.Column("policy", TEXT, nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("lease_epoch", sa.Integer(), nullable=False),
        sa.Column("lease_owner", TEXT, nullable=False),
        sa.Column("lease_until", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("connection", "name"),
    )
    op.create_table(
        "thread",
        sa.Column("node", NUMBER, autoincrement=False, nullable=False),
        sa.Column("thread", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("node"),
    )
    with op.batch_alter_table("thread", schema=None) as batch_op:
        batch_op.create_index("thread_thread", ["thread"], unique=False)

    op.create_table(
        "tombstone",
        sa.Column("hash", NUMBER, nullable=False),
        sa.Column("item_id", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("hash", "item_id"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("tombstone", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tombstone_item_id"), ["item_id"], unique=False)


def downgrade() -> None:
    op.execute("DROP TABLE search")
    with op.batch_alter_table("tombstone", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tombstone_item_id"))

    op.drop_table("tombstone")
    with op.batch_alter_table("thread", schema=None) as batch_op:
        batch_op.drop_index("thread_thread")

    op.drop_table("thread")
    op.drop_table("stream")
    op.drop_table("stale")
    with op.batch_alter_table("speaker", schema=None) as batch_op:
        batch_op.drop_index("speaker_client")

    op.drop_table("speaker")
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_run_stream_id"))

    op.drop_table("run")
    op.drop_table("review")
    op.drop_table("refetch")
    with op.batch_alter_table("record", schema=None) as batch_op:
        batch_op.drop_index(
            "record_item", sqlite_where=sa.text("id <> item_id"), postgresql_where=sa.text("id <> item_id")
        )
        batch_op.drop_index("record_family")

    op.drop_table("record")
    with op.batch_alter_table("raw", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_raw_item_id"))

    op.drop_table("raw")
    op.drop_table("quarantine")
    op.drop_table("person")
    op.drop_table("origin")
    with op.batch_alter_table("node", schema=None) as batch_op:
        batch_op.drop_index("node_person")
        batch_op.drop_index("node_client")
        batch_op.drop_index(batch_op.f("ix_node_public_id"))

    op.drop_table("node")
    with op.batch_alter_table("mention", schema=None) as batch_op:
        batch_op.drop_index("mention_interaction")

    op.drop_table("mention")
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.drop_index("link_client")

    op.drop_table("link")
    op.drop_table("journal")
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.drop_index("item_stream")

    op.drop_table("item")
    with op.batch_alter_table("interaction", schema=None) as batch_op:
        batch_op.drop_index("interaction_thread")
        batch_op.drop_index("interaction_family")

    op.drop_table("interaction")
    op.drop_table("installation")
    with op.batch_alter_table("identifier", schema=None) as batch_op:
        batch_op.drop_index("identifier_domain")

    op.drop_table("identifier")
    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.drop_index("history_interaction")

    op.drop_table("history")
    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_client_public_id"))
        batch_op.drop_index("client_folded")

    op.drop_table("client")
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.drop_index("claim_node")

    op.drop_table("claim")
    op.drop_table("blob")
