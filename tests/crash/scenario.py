"""What the crash campaigns interrupt: a hub that pulls four connections, and people who decide, in fixed order.

    stage 0   two mailboxes, a calendar, a client list     sync, merge
    stage 1   new, amended, moved, deleted, healed items   sync, merge and split, back up, forget, rebuild, restore, sync

Every command may be run again after it died, as a person would do. The sources of a stage are a folder that is renamed
to `source`: no file of theirs is ever touched between two runs, and their paths are always the same.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hub
from hub import plugins
from hub.core.clients import Employee, Ours
from hub.core.policy import Never, Policy
from hub.engine import decide, forget, rebuild, restoring
from hub.engine import hub as opening
from hub.engine import sync as syncing
from hub.engine.hub import Clock, Hub
from hub.settings import Company, Config, Connection, Limits
from hub.store import backups, clients
from tests.crash.grounds import Ground, OnDisk

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
OURS = Ours(
    domains=frozenset({"my.example"}),
    employees=(
        Employee(name="Анна Смирнова", emails=("anna@my.example",)),
        Employee(name="Борис Кузнецов", emails=("boris@my.example",)),
    ),
)
FORGOTTEN = "maria.ivanova@gmail.com"

Make = Callable[[Path, int], None]
Connect = Callable[[Path], tuple[Connection, ...]]


@dataclass(frozen=True)
class Variant:
    """Where the scenario reads from: `make` writes the sources of a stage, `connect` gives the connections, `tune`
    prepares the process.
    """

    name: str
    connectors: tuple[str, ...]
    make: Make
    connect: Connect
    tune: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Site:
    """A folder with the sources of one scenario, and its database."""

    root: Path
    variant: Variant
    ground: Ground
    loaded: plugins.Plugins

    @classmethod
    def made(cls, root: Path, variant: Variant, ground: Ground) -> "Site":
        for stage in (0, 1):
            folder = root / f"stage{stage}"
            folder.mkdir(parents=True)
            variant.make(folder, stage)
        return cls.found(root, variant, ground)

    @classmethod
    def found(cls, root: Path, variant: Variant, ground: Ground) -> "Site":
        variant.tune()
        return cls(root, variant, ground, plugins.load(variant.connectors))

    def place(self, stage: int) -> None:
        """Make the sources what they are at this stage."""
        source, wanted, other = (self.root / name for name in ("source", f"stage{stage}", f"stage{1 - stage}"))
        if source.exists() and wanted.exists():
            source.rename(other)
        if wanted.exists():
            wanted.rename(source)

    @contextmanager
    def open(self, clock: Clock) -> Iterator[Hub]:
        config = Config(
            path=self.root / "hub.toml",
            home=self.root,
            company=Company(name="ООО «Мы»", timezone="Europe/Moscow", language="ru", ours=OURS),
            store_path=self.ground.folder / "hub.db",
            server=self.ground.server,
            connections=self.variant.connect(self.root / "source"),
        )
        with opening.opened(config, self.loaded, clock) as opened:
            yield opened


class Leaping(Clock):
    """A clock that somebody sets to another time, once it has been read so many times."""

    def __init__(self, at: datetime, readings: int, seconds: int) -> None:
        super().__init__(fixed=at)
        self._left, self._leap = readings, timedelta(seconds=seconds)

    def __call__(self) -> datetime:
        self._left -= 1
        return super().__call__() + (self._leap if self._left < 0 else timedelta())


# --- commands --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Command:
    """What the hub is asked to do at one moment, with the sources of a stage; `settled`: it leaves nothing to be done."""

    name: str
    stage: int
    act: Callable[[Hub], None]
    settled: bool = True


APART = os.environ.get("HUB_CRASH_APART") == "1"
"""Whether sources live in processes of their own: then steps of theirs are not counted, but a kill may hit either."""


def sync(opened: Hub) -> None:
    wish = syncing.Wish(limits=Limits() if APART else None)
    bad = [report for report in syncing.sync(opened, wish) if report.state != "ok"]
    assert not bad, [f"{report.connection}/{report.stream}: {report.state} {report.error}" for report in bad]


def _client(opened: Hub, kind: str, value: str) -> clients.Found | None:
    with opened.store.read() as tx:
        found = clients.find(tx, value, [hub.Identifier(kind, value)])  # type: ignore[arg-type]
    return found[0] if found else None


def _merging(a: tuple[str, str], b: tuple[str, str]) -> Callable[[Hub], None]:
    def merge(opened: Hub) -> None:
        left, right = _client(opened, *a), _client(opened, *b)
        assert left is not None, a
        assert right is not None, b
        if left.id != right.id:
            decide.merge(opened, left.id, right.id, author="Анна")

    return merge


def _splitting(stays: tuple[str, str], goes: tuple[str, str], *nodes: str) -> Callable[[Hub], None]:
    def split(opened: Hub) -> None:
        left, right = _client(opened, *stays), _client(opened, *goes)
        assert left is not None, stays
        if left != right:
            return
        with opened.store.read() as tx:
            out = [part.key for part in clients.nodes(tx, left.id) if {part.name, part.key} & set(nodes)]
        decide.split(opened, left.id, out, author="Анна")

    return split


def _forget(opened: Hub) -> None:
    found = _client(opened, "email", FORGOTTEN)
    forget.forget(opened, [hub.Identifier("email", FORGOTTEN)], found.id if found is not None else None, author="Анна")


def _rebuild(opened: Hub) -> None:
    rebuild.rebuild(opened)


def _back_up(opened: Hub) -> None:
    kept = opened.config.store_path.with_name("kept.zip")
    kept.parent.mkdir(exist_ok=True)
    backups.make(opened.store, kept, opened.now.milliseconds())


def _restore(opened: Hub) -> None:
    """Whoever was forgotten since stays forgotten."""
    kept = opened.config.store_path.with_name("kept.zip")
    restoring.restore(opened.config, opened.plugins, kept, opened.now, over=True)


ROMASHKA, LOTOS, VASILEK = ("inn", "7701000001"), ("inn", "7812000007"), ("domain", "vasilek.test")

COMMANDS = (
    Command("sync", 0, sync, settled=False),
    Command("sync-again", 0, sync),
    Command("merge", 0, _merging(LOTOS, ("domain", "lotos.test"))),
    Command("sync-changes", 1, sync, settled=False),
    Command("sync-wanted", 1, sync),
    Command("merge-wrongly", 1, _merging(ROMASHKA, VASILEK)),
    Command("split", 1, _splitting(ROMASHKA, VASILEK, "ООО «Василёк»", "domain:vasilek.test")),
    Command("backup", 1, _back_up),
    Command("forget", 1, _forget),
    Command("rebuild", 1, _rebuild),
    Command("restore", 1, _restore),
    Command("sync-last", 1, sync),
)


def moment(number: int, attempt: int = 0) -> datetime:
    """When a command is run: an attempt after a death begins when the dead one's leases have run out."""
    return NOW + timedelta(hours=number, minutes=10 * attempt)


# --- sources in memory, saved to files -------------------------------------------------------------------------------


def _at(day: int, hour: int = 9) -> hub.Moment:
    return hub.moment(datetime(2026, 11, day, hour, tzinfo=UTC), "Europe/Moscow")


def _who(role: str, address: str, name: str = "", status: str = "") -> hub.Participant:
    return hub.Participant(role, hub.Identifier("email", address), name, status)


def _mail(sender: str, to: str, mid: str, subject: str, day: int, *refs: str, **more: Any) -> hub.Email:
    return hub.Email(
        at=_at(day), message_id=f"{mid}@x.test", references=tuple(f"{one}@x.test" for one in refs), subject=subject,
        text=f"Здравствуйте! {subject}, как договаривались.", participants=(_who("from", sender), _who("to", to)),
        **more,
    )  # fmt: skip


def _attached(box: Any, name: str, body: bytes) -> tuple[hub.Attachment, ...]:
    """The only file of a mail of the inbox, which the source gives."""
    box.attach("inbox", name, "2", body)
    return (hub.Attachment("2", "Акт.pdf", "application/pdf", len(body)),)


def _meeting(uid: str, day: int, title: str, guest: str, **more: Any) -> hub.Meeting:
    people = (_who("organizer", "anna@my.example"), _who("attendee", guest, status=more.pop("answer", "needs_action")))
    return hub.Meeting(at=_at(day, 14), end=_at(day, 15), uid=uid, title=title, participants=people, **more)


def _company(name: str, *identifiers: tuple[str, str]) -> hub.Company:
    return hub.Company(name=name, identifiers=tuple(hub.Identifier(*one) for one in identifiers))  # type: ignore[arg-type]


def _anna(stage: int) -> Any:
    from hub.testing.memory import Memory

    box = Memory("anna", page_size=2)
    for name in ("inbox", "sent", "archive"):
        box.stream(name, custodian="anna@my.example")
    invitation = _meeting("u1@my.example", 24, "Пусконаладка", "ivan@romashka.test", method="REQUEST")
    asked = _mail("ivan@romashka.test", "anna@my.example", "a1", "Насосы", 2)
    box.add("inbox", "1", asked)
    box.add("inbox", "2", _mail("ivan@romashka.test", "anna@my.example", "a2", "Насосы, срок", 3, "a1", "s2"))
    box.add("inbox", "3", _mail("olga@vasilek.test", "anna@my.example", "a3", "Можно ли у вас заказать", 4))
    box.add("inbox", "4", _mail("anna@my.example", "ivan@romashka.test", "a4", "Приглашение", 5, marks=("invitation",)),
            hub.Mapped(invitation, "meeting:u1@my.example/"))  # fmt: skip
    box.add("inbox", "5", b"this is no mail")
    scan = _attached(box, "6", b"%PDF scan " * 500)
    box.add("inbox", "6", _mail("ivan@romashka.test", "anna@my.example", "a6", "Акт", 6, "a2", attachments=scan))
    box.add("inbox", "7", _mail("petr@lotos.test", "anna@my.example", "a7", "Договор", 7, "s1"))
    box.add("inbox", "8", _mail("mama@gmail.com", "anna@my.example", "a8", "Приезжай", 8,
            attachments=_attached(box, "8", b"a photograph")))  # fmt: skip
    box.add("inbox", "9", _mail(FORGOTTEN, "anna@my.example", "a9", "Заказ", 9,
            attachments=_attached(box, "9", b"%PDF order " * 300)))  # fmt: skip
    box.add("inbox", "10", b"neither is this")
    box.add("sent", "1", _mail("anna@my.example", "petr@lotos.test", "s1", "Предложение", 1))
    box.add("sent", "2", _mail("anna@my.example", "ivan@romashka.test", "s2", "Счёт", 3, "a1"))
    box.add("sent", "3", _mail("anna@my.example", FORGOTTEN, "s3", "Ваш заказ", 10, "a9"))
    box.add("archive", "1", _mail("ivan@romashka.test", "anna@my.example", "r1", "Прошлогоднее", 1))
    if stage:
        box.add("inbox", "5", _mail("ivan@romashka.test", "anna@my.example", "a5", "Теперь читается", 11, "a2"))
        box.delete("inbox", "6")
        box.move("inbox", "7", "archive", "17")
        box.add("inbox", "11", _mail("director@vasilek.test", "anna@my.example", "a11", "Ждём счёт", 12, "a3"))
        again = _attached(box, "12", b"%PDF scan " * 500)
        box.add(
            "inbox",
            "12",
            _mail("ivan@romashka.test", "anna@my.example", "a12", "Оплатили", 13, "a5", attachments=again),
        )
        box.add("sent", "4", _mail("anna@my.example", "olga@vasilek.test", "s4", "Счёт вам", 14, "a11"))
    return box


def _boris(stage: int) -> Any:
    from hub.testing.memory import Memory

    box = Memory("boris", page_size=3)
    box.stream("inbox", custodian="boris@my.example")
    box.add("inbox", "1", _mail("ivan@romashka.test", "anna@my.example", "a1", "Насосы", 2))
    box.add("inbox", "2", _mail("petr@lotos.test", "boris@my.example", "b2", "Вопрос", 5))
    box.add("inbox", "3", _mail("tax@nalog.test", "boris@my.example", "b3", "Отчётность", 6))
    box.add("inbox", "4", _mail(FORGOTTEN, "boris@my.example", "b4", "Где заказ", 11, "s3"))
    if stage:
        answer = _meeting("u1@my.example", 24, "Пусконаладка", "ivan@romashka.test", method="REPLY", answer="accepted")
        box.add("inbox", "5", _mail("ivan@romashka.test", "boris@my.example", "b5", "Принято", 12, "a4"),
                hub.Mapped(answer, "meeting:u1@my.example/"))  # fmt: skip
    return box


def _calendar(stage: int) -> Any:
    from hub.testing.memory import Memory

    book = Memory("calendar", page_size=2)
    book.stream("anna", custodian="anna@my.example")
    book.add("anna", "u1", _meeting("u1@my.example", 24, "Пусконаладка", "ivan@romashka.test"))
    book.add("anna", "u2", *_series(4))
    book.add("anna", "u3", _meeting("u3@my.example", 12, "Врач", "doctor@clinic.test", private=True))
    if stage:
        book.add("anna", "u1", _meeting("u1@my.example", 25, "Пусконаладка", "ivan@romashka.test", sequence=1))
        book.add("anna", "u2", *_series(3))
    return book


def _series(count: int) -> list[hub.Mapped]:
    days = [(4 + 7 * number) for number in range(count)]
    return [
        hub.Mapped(
            _meeting("u2@my.example", day, "Созвон", "petr@lotos.test", recurrence_id=f"202611{day:02}T140000Z",
                     recurring=True),
            f"meeting:u2/{day:02}",
        )
        for day in days
    ]  # fmt: skip


def _crm(stage: int) -> Any:
    from hub.testing.memory import Memory

    crm = Memory("crm", page_size=2)
    crm.add("companies", "1", _company("ООО «Ромашка»", ROMASHKA, ("email", "info@romashka.test"), ("domain", "romashka.test")))  # fmt: skip
    crm.add("companies", "2", _company("АО «Лотос»", LOTOS, ("phone", "+7 495 000-11-22")))
    ivan = (hub.Identifier("email", "ivan@romashka.test"),)
    crm.add("people", "1", hub.Contact(name="Иван Петров", identifiers=ivan, companies=("companies/1",)))
    maria = (hub.Identifier("email", FORGOTTEN),)
    crm.add("people", "2", hub.Contact(name="Мария Иванова", identifiers=maria))
    if stage:
        crm.add("companies", "1", _company("ООО «Ромашка-Торг»", ROMASHKA, ("email", "info@romashka.test"), ("domain", "romashka.test")))  # fmt: skip
        crm.add("companies", "3", _company("ООО «Василёк»", VASILEK))
    return crm


BOXES = {"anna": _anna, "boris": _boris, "calendar": _calendar, "crm": _crm}


def _save(folder: Path, stage: int) -> None:
    for name, box in BOXES.items():
        box(stage).save(folder / f"{name}.json")


def _connect(folder: Path) -> tuple[Connection, ...]:
    from hub.testing import memory

    policy = Policy(store="clients", never=Never(keywords=frozenset({"приезжай"})), attachments=None)
    return tuple(
        Connection(name=name, id=name, connector="memory", settings=memory.Settings(path=folder / f"{name}.json"),
                   policy=policy)
        for name in BOXES
    )  # fmt: skip


MEMORY = Variant("memory", ("memory",), _save, _connect)


def run(site: Site, number: int, attempt: int, leap: tuple[int, int] = (0, 0)) -> None:
    """One command in this process. After a death the next sync comes first: it finishes what a dead decision left to be
    placed, and people see what has become of it before they repeat it.
    """
    clock = Leaping(moment(number, attempt), *leap) if leap[1] else Clock(fixed=moment(number, attempt))
    with site.open(clock) as opened:
        if attempt and COMMANDS[number].act is not sync:
            sync(opened)
        COMMANDS[number].act(opened)


def main(root: str, number: str, attempt: str) -> None:
    """One command in a process of its own, which says `go` when it begins; from sources in memory."""
    site = Site.found(Path(root), MEMORY, OnDisk(Path(root) / "data", Path(root).with_name("aside")))
    print("go", flush=True)
    run(site, int(number), int(attempt))


def scratch() -> Path:
    """Where to put databases by the hundred: in memory, where the system has a place for that."""
    memory = Path("/dev/shm")
    return memory if os.access(memory, os.W_OK) else Path(os.environ.get("TMPDIR", "/tmp"))
