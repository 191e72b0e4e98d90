"""Answers of browsers to a sign-in, from the web server that they come to, to `hub connect` that waits for them.

A sign-in is named by a digest of its state, so that who reads the table cannot answer in somebody's place. Moments are
milliseconds since 1970.
"""

from hashlib import sha256

from sqlalchemy import delete, select, update

from hub.store.database import Tx, table
from hub.store.running_tables import Callback

_callback = table(Callback)


def expect(tx: Tx, state: str, until: int, now: int) -> None:
    """Wait for the answer to this sign-in; those that nobody waits for any more are forgotten."""
    tx.run(delete(_callback).where(_callback.c.until < now))
    tx.put(Callback, [(_name(state), until, "")])


def bring(tx: Tx, state: str, answer: str, now: int) -> bool:
    """Leave an answer; False where nobody waits for it, or it has come."""
    mine = (_callback.c.state == _name(state)) & (_callback.c.until >= now) & (_callback.c.answer == "")
    return tx.run(update(_callback).where(mine).values(answer=answer)) == 1


def came(tx: Tx, state: str) -> str:
    """The answer, "" as long as there is none."""
    return str(tx.scalar(select(_callback.c.answer).where(_callback.c.state == _name(state))) or "")


def forget(tx: Tx, state: str) -> None:
    tx.run(delete(_callback).where(_callback.c.state == _name(state)))


def _name(state: str) -> str:
    return sha256(state.encode()).hexdigest()
