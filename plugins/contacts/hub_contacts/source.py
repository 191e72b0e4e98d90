"""The files of a connection as streams: listed row by row, and only when a file or what is said of it has changed.

A cursor is the state of the file (size, time, settings) and how far it has been read:

    None, another state  -> the whole file, in pages of 500
    STATE:1500           -> on from its 1500th row
    STATE:end            -> nothing
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from tempfile import TemporaryFile
from typing import Final, Self

import hub
from hub_contacts.cells import CannotRead, Cells
from hub_contacts.files import open_table, refuse_changed, state_of
from hub_contacts.identity import Named, collect, of_company
from hub_contacts.mapping import company_of, understand
from hub_contacts.rows import COMPANY, Meaning, Row, encode
from hub_contacts.settings import File, Settings
from hub_contacts.tables import Table
from hub_contacts.text import listed, with_guess

PAGE: Final = 500
_END: Final = "end"
_LENGTH: Final = 8
_COMPANY_FIELDS: Final = frozenset({"company", "company_inn"})


@dataclass
class Files:
    """The source: a stream for every file of the settings. `page` is how many items a page has at least, but the last."""

    settings: Settings
    tools: hub.Tools
    page: int = PAGE
    _copy: "_Copy | None" = field(default=None, init=False, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._copy is not None:
            self._copy.close()
        self._copy = None

    def check(self) -> None:
        """Whether there is a file to read. One that cannot be read is left to its own stream, for its siblings' sake."""
        wrong: list[hub.HubError] = []
        for file in self.settings.files:
            try:
                state_of(file, self.settings)
            except (hub.Misconfigured, hub.Unreachable) as error:
                wrong.append(error)
        if len(wrong) == len(self.settings.files):
            text, fix = "\n".join(map(str, wrong)), "\n".join(dict.fromkeys(error.fix for error in wrong))
            known = self.tools.known()
            if all(file.name in known and known[file.name].cursor for file in self.settings.files):
                raise hub.Unreachable(text, fix=fix) from wrong[0]  # they were there, and may come back by themselves
            raise hub.Misconfigured(text, setting="files", fix=fix) from wrong[0]

    def streams(self) -> Iterable[hub.Stream]:
        return [hub.Stream(file.name, file.path.name) for file in self.settings.files]

    def pull(self, stream: str, cursor: str | None, /) -> Iterator[hub.Page]:
        file = self._file(stream)
        state = state_of(file, self.settings, was_there=cursor is not None)
        known, _, position = (cursor or "").partition(":")
        if known != state or position != _END:
            yield from self._pages(file, state, int(position) if known == state and position.isdigit() else 0)

    def _pages(self, file: File, state: str, start: int) -> Iterator[hub.Page]:
        with _steady(file, self.settings, state) as table:
            ids = collect(table)
            total = None if _COMPANY_FIELDS & set(table.meaning.fields) else ids.total
            batch: list[hub.Raw] = []
            for position, raws in enumerate(_items(table, ids.rows()), 1):
                if position <= start:
                    continue
                batch += raws
                if len(batch) >= self.page:
                    refuse_changed(file, self.settings, state)
                    yield hub.Page(listed=len(batch), raws=batch, cursor=f"{state}:{position}", total=total)
                    if self.tools.stopping():
                        return
                    batch = []
            refuse_changed(file, self.settings, state)
            yield hub.Page(listed=len(batch), raws=batch, cursor=f"{state}:{_END}", total=total)

    def ids(self, stream: str) -> hub.Listing:
        file = self._file(stream)
        raws = self._all(file, state_of(file, self.settings, was_there=True))
        return hub.Listing(complete=True, ids=[raw.external_id for raw in raws])

    def fetch(self, stream: str, external_id: str, part: str) -> bytes:
        """The bytes of one row; a row has no parts. The first call reads the file, further ones look into a copy."""
        if part:
            raise KeyError(part)
        file = self._file(stream)
        state = state_of(file, self.settings, was_there=True)
        if self._copy is None or self._copy.state != state:
            self.__exit__()
            self._copy = _Copy(state, self._all(file, state))
        return self._copy.body(external_id)

    def _all(self, file: File, state: str) -> Iterator[hub.Raw]:
        with _steady(file, self.settings, state) as table:
            for raws in _items(table, collect(table).rows()):
                yield from raws
            refuse_changed(file, self.settings, state)

    def _file(self, stream: str) -> File:
        for file in self.settings.files:
            if file.name == stream:
                return file
        names = [file.name for file in self.settings.files]
        text = hub.sentence("No file is named «{name}»; there are {names}").format(name=stream, names=listed(names))
        raise hub.Misconfigured(
            with_guess(text, stream, names),
            setting="files",
            fix=hub.sentence("Put the file back into `files`, or leave its stream out"),
        )


@contextmanager
def _steady(file: File, settings: Settings, state: str) -> Iterator[Table]:
    """The table of a file, as long as the file stays as it is: what looks wrong in a half-written one is not."""
    try:
        with open_table(file, settings) as table:
            yield table
    except hub.Misconfigured:
        refuse_changed(file, settings, state)
        raise


class _Copy:
    """The rows of a file in an unnamed temporary one, so that any number of them can be had in any order."""

    def __init__(self, state: str, raws: Iterable[hub.Raw]) -> None:
        self.state = state
        self._offsets: dict[str, int] = {}
        with ExitStack() as undone:
            self._file = undone.enter_context(TemporaryFile())
            for raw in raws:
                assert isinstance(raw.body, bytes)
                self._offsets[raw.external_id] = self._file.tell()
                self._file.write(len(raw.body).to_bytes(_LENGTH) + raw.body)
            undone.pop_all()  # closed with the source

    def body(self, external_id: str) -> bytes:
        self._file.seek(self._offsets[external_id])
        return self._file.read(int.from_bytes(self._file.read(_LENGTH)))

    def close(self) -> None:
        self._file.close()


# --- rows to raws ----------------------------------------------------------------------------------------------------


def _items(table: Table, rows: Iterable[Named]) -> Iterator[list[hub.Raw]]:
    """The raws of every row: its own, and one for a company that it is the first to name."""
    companies: set[str] = set()
    for named in rows:
        raws = [_raw(table.meaning, named, table.name)]
        if table.meaning.kind == "people" and not named.row.problem:
            raws += _new_companies(table, named.row, companies)
        yield raws


def _raw(meaning: Meaning, named: Named, file: str) -> hub.Raw:
    said = understand(meaning, named.row.cells, problem=named.row.problem)
    body = encode(meaning, named.row, file if isinstance(said, hub.Unreadable) else "")
    return hub.Raw(named.external_id, sha256(body).hexdigest(), body)


def _new_companies(table: Table, row: Row, known: set[str]) -> Iterator[hub.Raw]:
    try:
        company = company_of(Cells(table.meaning, row.cells))
    except CannotRead:
        return
    if company is None or (external_id := of_company(**company)) in known:
        return
    known.add(external_id)
    cells = {name: text for name, text in company.items() if text}
    yield _raw(Meaning(COMPANY, {}, table.meaning.stream), Named(external_id, Row(row.number, cells)), table.name)
