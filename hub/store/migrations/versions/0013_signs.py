"""Beside each line of a client's history, signs of the words it is found by (ADR 0045)."""

from functools import lru_cache
from zlib import crc32

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
AT_ONCE = 5_000
CONTENTS = {"sqlite": ("search_content", "search_content.id", "c0"), "postgresql": ("search", "search.id", "tokens")}
"""Where the tokens are: the table, its key, its column. FTS5's own table, for it is read in the order of histories."""
FILL = sa.text("UPDATE history SET signs = :now WHERE client_id = :client AND interaction_id = :line")


def upgrade() -> None:
    op.add_column("history", sa.Column("signs", TEXT, nullable=False, server_default=""))
    bind, last = op.get_bind(), (-1, -1)
    name, key, content = CONTENTS[bind.dialect.name]
    page = sa.text(
        f"SELECT client_id, interaction_id, {content} FROM history JOIN {name} ON {key} = interaction_id"  # noqa: S608 - names
        " WHERE (client_id, interaction_id) > (:client, :line) ORDER BY client_id, interaction_id LIMIT :most"
    )
    while rows := bind.execute(page, {"client": last[0], "line": last[1], "most": AT_ONCE}).all():
        bind.execute(FILL, [{"client": row[0], "line": row[1], "now": _signs(row[2])} for row in rows])
        last = (rows[-1][0], rows[-1][1])


def downgrade() -> None:
    op.drop_column("history", "signs")


# --- signs as they are from this version on; frozen with it -----------------------------------------------------------


def _signs(stored: str) -> str:
    found = "".join(map(_sign, filter(str.isalpha, dict.fromkeys(stored.split(" ")))))
    return found if len(found) <= 300 else ""


@lru_cache(maxsize=16_000)
def _sign(word: str) -> str:
    return chr(0x800 + crc32(word.encode()) % 53_248)
