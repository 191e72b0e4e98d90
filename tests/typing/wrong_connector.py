"""What a type checker has to tell the author of a connector. Never run: only type-checked.

`# E:` says which error stands in its line: its code, and what its message speaks of.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import hub


class Settings(hub.Settings):
    pass


class Source:
    def check(self) -> None: ...

    def streams(self) -> list[hub.Stream]:
        return [hub.Stream("notes", titel="Notes")]  # E: call-arg "titel"

    def pull(self, stream: str, cursor: int, /) -> Iterator[hub.Page]:
        raw = hub.Raw("1", 5, b"")  # E: arg-type expected "str"
        yield hub.Page(raws=[raw], cursor="1")  # E: call-arg "listed"


@contextmanager
def open_notes(settings: Settings, tools: hub.Tools) -> Iterator[Source]:
    tools.sleep(5)  # E: attr-defined "sleep"
    yield Source()


def map_note(body: bytes, settings: Settings, window: hub.Window) -> hub.MapResult:
    now = datetime.now()  # noqa: DTZ005
    note = hub.Note(at=now)  # E: arg-type expected "Moment"
    note.title = "x"  # E: misc "title" defined in "Note" is read-only
    client = hub.Identifier("fax", "1")  # E: arg-type Literal['fax']
    contact = hub.Contact(name="Иван", identifiers=[client])  # E: arg-type expected "tuple[Identifier, ...]"
    mapped: list[hub.Mapped] = [contact]  # E: list-item "Contact"; expected "Mapped"
    return mapped or 5  # E: return-value expected "Sequence[Mapped] | Unreadable"


hub.Connector(
    name="notes.files",
    title="Notes",
    settings=dict,  # E: arg-type expected "type[Settings]"
    open=open_notes,  # E: arg-type expected "Callable[[Any, Tools], AbstractContextManager[hub.connectors.Source
    map=map_note,
    api="1.0",  # E: arg-type expected "tuple[int, int]"
)
hub.Conector  # noqa: B018 # E: attr-defined maybe "Connector"?
