"""What a source brings is looked at before it is believed: a page that cannot be true, or that brings us nowhere."""

from dataclasses import dataclass, field

from hub.connectors import Page
from hub.core import ids
from hub.errors import Inconsistent
from hub.i18n import sentence

PAGE_LIMIT = 10_000
CURSOR_LIMIT = 65_536
NAME_LIMIT = 4_096
IDLE_PAGES = 1_000


@dataclass(slots=True)
class Doubt:
    """What a pull remembers of its pages: which cursors it has `seen` (digests), and how many pages in a row brought
    nothing.
    """

    plugin: str
    seen: set[int] = field(default_factory=set)
    idle: int = 0

    def look(self, brought: Page) -> None:
        """Refuse a page that cannot be true, and a source that goes round in circles. Raises `Inconsistent`."""
        self._bounded(brought)
        self._counted(brought)
        self._named_well(brought)
        self._going_on(brought)

    def _bounded(self, brought: Page) -> None:
        if not isinstance(brought, Page) or not isinstance(brought.cursor, str):
            raise self._refusal(sentence("the plugin {plugin} brought something that is no page"))
        if len(brought.raws) > PAGE_LIMIT or len(brought.cursor) > CURSOR_LIMIT:
            raise self._refusal(sentence("the plugin {plugin} brought a page beyond all bounds"))

    def _counted(self, brought: Page) -> None:
        if brought.listed < len({raw.external_id for raw in brought.raws}):
            text = sentence("the counts of the source do not add up: it listed {listed} and brought {brought}")
            raise _defect(text.format(listed=brought.listed, brought=len(brought.raws)))

    def _named_well(self, brought: Page) -> None:
        """Ids and revisions are what rows are found by: text of a reasonable length."""
        names = [brought.epoch, *(text for raw in brought.raws for text in (raw.external_id, raw.revision))]
        if not all(isinstance(name, str) and len(name) <= NAME_LIMIT and "\0" not in name for name in names):
            raise self._refusal(
                sentence("the plugin {plugin} named an item by something that is no text, or is too long")
            )
        if not all(raw.external_id for raw in brought.raws):
            raise self._refusal(sentence("the plugin {plugin} brought an item without a name"))

    def _going_on(self, brought: Page) -> None:
        self.idle = 0 if brought.raws else self.idle + 1
        if self.idle > IDLE_PAGES:
            raise _defect(sentence("the source brought nothing for {n} pages in a row").format(n=IDLE_PAGES))
        cursor = ids.number(brought.cursor)
        if cursor in self.seen:
            raise _defect(sentence("the source came back to a page it had already brought"))
        self.seen.add(cursor)

    def _refusal(self, text: str) -> Inconsistent:
        return _defect(text.format(plugin=self.plugin))


def _defect(text: str) -> Inconsistent:
    return Inconsistent(text, fix=sentence("tell the plugin's author"))
