"""The tables. They are not the domain: they validate nothing and have no methods.

Four groups (`hub.store.groups`). *Kept* tables hold what cannot be made again: items, raws, journal, runs. *Derived*
tables (`hub.store.derived_tables`) can be dropped and rebuilt from them. *Work* tables are empty whenever the hub is at
rest. *Running* ones are of the daemon that works on this database: another one begins without them.

Here are those that every command asks: plain, since a SQLModel class takes milliseconds to be made, and what it stands on
a tenth of a second to be imported. All others are such classes; `hub.store.body_tables` has what sources said,
`hub.store.running_tables` what is around the pulls.

An `item` is one thing of a stream, whatever we decided about it: every external id the source ever named has exactly
one, so counts can be proved. Moments are integers, milliseconds since 1970 in UTC: the same on every database.
Ids are digests of natural keys (`hub.core.ids`), so they do not depend on the order of arrival and need no look-up.
"""

from sqlalchemy import Index, PrimaryKeyConstraint, Table, UniqueConstraint

from hub.store.columns import METADATA, count, flag, key, number, octets, serial, text, word_key

# --- kept ------------------------------------------------------------------------------------------------------------


Installation = Table(
    "installation",
    METADATA,
    key("id"),
    octets("hash_key"),
    text("horizon"),
    text("settings"),
    text("epoch"),
    number("as_of", nullable=True),
)
"""One row: the key of the tombstones' hashes, the horizon, what the derived tables were made from, and the database's
epoch: another one from every restored backup on, which says what the world was like at `as_of`.
"""

Stream = Table(
    "stream",
    METADATA,
    key("id"),
    text("connection"),
    text("name"),
    text("title"),
    text("custodian"),
    text("cursor", nullable=True),
    text("epoch"),
    text("policy"),
    flag("complete"),
    flag("accepted"),
    count("lease_epoch"),
    text("lease_owner"),
    number("lease_until"),
    number("told", nullable=True),
    UniqueConstraint("connection", "name"),
)
"""One stream of a connection: where its pull stands, who is pulling it now, and how many items it has by the
source's own word when it was last read to its end.
"""

Run = Table(
    "run",
    METADATA,
    serial("id"),
    number("stream_id", index=True),
    text("state"),
    number("started"),
    number("finished", nullable=True),
    count("listed"),
    count("stored"),
    count("unchanged"),
    count("quarantined"),
    count("excluded"),
    count("gone"),
    text("error"),
    text("message"),
)
"""One attempt to pull a stream. `state`: running, ok, stopped, failed."""

Item = Table(
    "item",
    METADATA,
    key("id"),
    number("stream_id"),
    text("epoch"),
    text("external_id"),
    text("revision"),
    number("digest"),
    text("state"),
    text("rule"),
    count("mapping"),
    flag("recurring"),
    flag("removed"),
    Index("item_stream", "stream_id", "state", "mapping"),
)
"""One thing of a stream. `state`: stored, headers, excluded, quarantined, forgotten, renumbered."""


STORED = ("stored", "headers")
UNOPENED = 0
"""The digest of an item of which nothing could be read."""

Journal = Table(
    "journal",
    METADATA,
    serial("id"),
    number("at"),
    text("author"),
    text("action"),
    text("subject"),
    text("object"),
    text("note"),
)
"""What people decided. `action`: merge, split, attach, exclude, client, forget. Never updated."""

Wanted = Table(
    "wanted",
    METADATA,
    number("item_id"),
    text("part"),
    count("tries"),
    PrimaryKeyConstraint("item_id", "part"),
    sqlite_with_rowid=False,
)
"""An attached file that the policy wants and that has not been fetched yet; `tries` that failed so far."""


# --- work ------------------------------------------------------------------------------------------------------------


Stale = Table(
    "stale",
    METADATA,
    key("identifier_id"),
    number("after"),
)
"""An identifier that leads elsewhere now and whose interactions from `after` on are still to be attached anew."""

Refetch = Table(
    "refetch",
    METADATA,
    key("item_id"),
)
"""An excluded item that a client has turned up in: to be fetched again."""


# --- what connections ask for while they work ---------------------------------------------------------------------------


Token = Table(
    "token",
    METADATA,
    word_key("connection"),
    number("version"),
    text("key"),
    text("sealed"),
    number("expires", nullable=True),
    number("saved"),
    flag("asking"),
    flag("unanswered"),
    flag("refused"),
    count("lease_epoch"),
    text("lease_owner"),
    number("lease_until"),
)
"""The grant of a connection, sealed with a key of the vault, and who is renewing it. `asking`: somebody asks for the
next one, or did and died; `unanswered`: that has happened to this one before; `refused`: a person has to sign in.
"""

Budget = Table(
    "budget",
    METADATA,
    word_key("key"),
    number("level"),
    number("rest"),
    text("boot"),
    number("ticks"),
    number("moment"),
)
"""How much of a limit was used up at an instant: `level` in millionths, nobody takes for `rest` microseconds. The instant
is `ticks` microseconds after the start of the machine of this `boot`, at `moment` by the clock (microseconds).
"""


WORK = (Stale, Refetch)
