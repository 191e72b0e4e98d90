"""One attached file that somebody asks for: as it is here, else from its source, and kept then."""

from collections.abc import Sequence

from hub.core import policy
from hub.engine import sync
from hub.engine.feed import Feed
from hub.engine.hub import Hub
from hub.engine.steps import Steps, finished
from hub.errors import HubError, Refused, StoreUnusable
from hub.i18n import _
from hub.settings import Connection
from hub.store import attachments
from hub.store.attachments import File
from hub.store.database import Tx
from hub.store.encoding import Packed


def here(tx: Tx, copies: Sequence[File]) -> bytes | None:
    """A file that came in these copies, one for each mailbox, if it has been fetched."""
    found = (attachments.body(tx, one.item, one.stated.part) for one in copies if one.stored)
    return next((body for body in found if body is not None), None)


def fetched(hub: Hub, copies: Sequence[File]) -> bytes:
    """The file from the first source that still has it. Raises one of `hub.errors`: if no source gives it, why the
    first did not.
    """
    problem: HubError | None = None
    for one in copies:
        try:
            body = _from_source(hub, one)
        except StoreUnusable:
            raise
        except HubError as error:
            problem = problem or error
            continue
        if body is not None:
            return body
    raise problem or _gone(copies[0])


def _from_source(hub: Hub, one: File) -> bytes | None:
    connection = hub.connection(one.connection)
    body = _asked(hub, connection, one) if one.current else None
    if body is None:
        return None
    if len(body) > policy.LARGEST:
        text = _("{name} is larger than the hub carries ({size} MB)")
        size = len(body) // (1024 * 1024)
        raise Refused(text.format(name=_name(one), size=size), fix=_("fetch it in the system itself"))
    packed = Packed.of(body)
    with hub.store.write() as tx:
        attachments.keep(tx, one.item, one.stated.part, packed)
    return body


def _asked(hub: Hub, connection: Connection, one: File) -> bytes | None:
    def part(feed: Feed) -> Steps[tuple[bool, bytes | None]]:
        return feed.fetches, (
            yield from feed.part(one.stream, one.external_id, one.stated.part)
        ) if feed.fetches else None

    try:
        can, body = finished(sync.using(hub, connection, sync.Wish(), part))
    except HubError:
        raise
    except Exception as error:
        raise sync.defect(connection, error) from error
    if can:
        return body
    text = _("{connection} cannot give a single file")
    raise Refused(text.format(connection=connection.name), fix=_("fetch it in the system itself"))


def _gone(one: File) -> HubError:
    text = _("the source no longer has {name}, and it was never fetched").format(name=_name(one))
    return Refused(text, fix=_("`attachments` of the connection says what is fetched at once"))


def _name(one: File) -> str:
    return one.stated.name or one.stated.part
