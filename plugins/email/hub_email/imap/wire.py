"""One connection to a server: imaplib, bounded, and with questions sent ahead of their answers.

`imaplib` greets, asks for capabilities and signs in. From then on `ask` sends a command and `answer` reads what comes up to
its completion; several may be asked before the first is answered, so that a slow line costs one turn and not one for
each. Everything that arrives is counted: length of a line, size of a literal, bytes and lines of an answer, and the time
until it is complete. A server that goes beyond is no server to read from: `hub.Unreachable`.
"""

import imaplib
import io
import re
import socket
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, NamedTuple

import hub


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one answer may come to. Seconds are of waiting for the next byte, and for the whole answer."""

    line: int = 1_000_000
    literal: int = 60_000_000
    answer: int = 400_000_000
    lines: int = 100_000
    patience: float = 60
    seconds: float = 600


LIMITS = Limits()

_LITERAL = re.compile(rb"\{(\d{1,12})\+?\}\r\n\Z")
_COMPLETION = re.compile(rb"(\S+) (OK|NO|BAD)(?: |\r\n)", re.IGNORECASE)


class Refusal(Exception):
    """The server says NO or BAD. `text` is what it says, `code` the response code ("AUTHENTICATIONFAILED") or ""."""

    def __init__(self, status: str, text: str) -> None:
        super().__init__(f"{status} {text}")
        self.status = status
        self.text = text
        match = re.match(r"\[([^\]\s]+)[^\]]*\]", text)
        self.code = match[1].upper() if match else ""


class Reply(NamedTuple):
    """One untagged response: its lines joined, each literal standing in them as `{n}` and CRLF, and the literals."""

    line: bytes
    literals: tuple[bytes, ...] = ()


@dataclass(slots=True)
class _Meter:
    """What is left of the limits of the answer that is being read; who `glances` does not wait."""

    limits: Limits
    glances: bool = False
    until: float = 0
    bytes: int = 0
    lines: int = 0

    def restart(self, lines: int = 0) -> None:
        self.until = monotonic() + self.limits.seconds
        self.bytes, self.lines = self.limits.answer, lines or self.limits.lines

    def patience(self) -> float:
        left = self.until - monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, self.limits.patience)


class _Incoming(io.RawIOBase):
    """What a socket receives, for `io.BufferedReader`; every look at it costs time and bytes of the meter."""

    def __init__(self, sock: socket.socket, meter: _Meter) -> None:
        super().__init__()
        self._sock = sock
        self._meter = meter

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int | None:  # type: ignore[override]
        self._sock.settimeout(0 if self._meter.glances else self._meter.patience())
        try:
            received = self._sock.recv_into(buffer)
        except (BlockingIOError, ssl.SSLWantReadError):
            return None
        if not received and self._meter.glances:
            raise EOFError
        self._meter.bytes -= received
        if self._meter.bytes < 0:
            raise _Excess(hub.sentence("more than it was asked for"))
        return received


class _Excess(Exception):
    pass


@dataclass(slots=True)
class _Asked:
    tags: list[bytes] = field(default_factory=list)
    number: int = 0


class Wire(imaplib.IMAP4):
    """A connection over a socket that is given; `host` is only what messages call it."""

    def __init__(self, sock: socket.socket, host: str, limits: Limits = LIMITS) -> None:
        self.limits = limits
        self._meter = _Meter(limits)
        self._asked = _Asked()
        self.name = host
        self.sock = sock
        self.features: frozenset[str] = frozenset()
        self.selected = (b"", 0)
        self.is_closed = False
        self._enabled: set[str] = set()
        with self.told():
            super().__init__(host)
        self._note_features(self.capabilities)

    # --- what imaplib lets its heirs say: how bytes come and go ---

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:  # noqa: ARG002 - imaplib's own
        self._meter.restart()
        self._incoming = io.BufferedReader(_Incoming(self.sock, self._meter), 1 << 16)

    def read(self, size: int) -> bytes:
        if size > self.limits.literal:
            raise _Excess(hub.sentence("a piece of {size} bytes").format(size=size))
        return self._incoming.read(size)

    def readline(self) -> bytes:
        line = self._incoming.readline(self.limits.line + 1)
        self._meter.lines -= 1
        if len(line) > self.limits.line:
            raise _Excess(hub.sentence("a line of more than {size} bytes").format(size=self.limits.line))
        if self._meter.lines < 0:
            raise _Excess(hub.sentence("more than {count} lines").format(count=self.limits.lines))
        return line

    def send(self, data: Any) -> None:
        self.sock.settimeout(self.limits.patience)
        self.sock.sendall(data)

    def shutdown(self) -> None:
        """Close it, whatever state it is in."""
        self.is_closed = True
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        with suppress(OSError, ValueError):
            self._incoming.close()
        self.sock.close()

    # --- what imaplib does for us ---

    def begin_tls(self, sock: socket.socket) -> None:
        """Go on over `sock`, which is this connection under TLS: nothing that was received before it counts."""
        self.sock = sock
        with self.told():
            self.open()
            self._note_features(str(self.capability()[1][-1], "ascii", "replace").upper().split())

    def prove(self, mechanism: str, response: bytes) -> None:
        """Sign in by SASL with one response; a further challenge is the server's complaint. Raises `Refusal`."""
        responses = iter((response,))
        with self.told():
            try:
                self.authenticate(mechanism, lambda _challenge: next(responses, b""))
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as error:
                said = error.args[0] if error.args else b""
                text = said if isinstance(said, str) else _text(said)
        if self.state != "AUTH":
            raise Refusal("NO", " ".join(text.split()))

    def signed_in(self) -> None:
        """Ask again what the server can do: it tells more to those it knows."""
        self._note_features(
            word
            for reply in self.talk("CAPABILITY")
            if reply.line[:13].upper() == b"* CAPABILITY "
            for word in str(reply.line[13:], "ascii", "replace").upper().split()
        )

    def _note_features(self, words: "object") -> None:
        self.features = frozenset(words)  # type: ignore[call-overload]

    def leave(self) -> None:
        """Say goodbye without waiting for an answer."""
        with suppress(OSError):
            self.send(b"BYE LOGOUT\r\n")
        self.shutdown()

    # --- ask now, hear later ---

    def ask(self, command: str) -> bytes:
        """Send a command, without tag; its answer is read by `answer`, in the order of asking."""
        (tag,) = self.ask_all([command])
        return tag

    def ask_all(self, commands: Iterable[str]) -> list[bytes]:
        """The same for several, which are sent at once."""
        lines = {b"H%d" % number: command.encode() for number, command in enumerate(commands, self._asked.number + 1)}
        if lines:
            with self.told():
                self.send(b"".join(tag + b" " + line + b"\r\n" for tag, line in lines.items()))
        self._asked.number += len(lines)
        self._asked.tags += lines
        return [*lines]

    def answer(self, tag: bytes, lines: int = 0) -> Iterator[Reply]:
        """The untagged responses up to the completion of what was asked, which may have so many `lines` (0: the usual limit).
        What was asked before it and not heard is passed over. Raises `Refusal`, `hub.Unreachable`.
        """
        while self._asked.tags and self._asked.tags[0] != tag:
            with suppress(Refusal):
                for _ in self._up_to(self._asked.tags[0]):
                    pass
        yield from self._up_to(tag, lines)

    def awaits(self, tag: bytes) -> bool:
        """Whether the answer to this is still to be heard."""
        return tag in self._asked.tags

    def switch_on(self, feature: str) -> None:
        """Let the server use an extension it has, from now on (RFC 5161). Nobody waits for its answer."""
        if feature in self.features and feature not in self._enabled:
            self._enabled.add(feature)
            self.ask(f"ENABLE {feature}")

    def talk(self, command: str) -> list[Reply]:
        """Ask, and hear."""
        return list(self.answer(self.ask(command)))

    # --- IDLE ---

    def idle(self) -> bytes:
        """Begin to listen. Raises `Refusal`, `hub.Unreachable`."""
        tag = self.ask("IDLE")
        self._meter.restart()
        with self.told():
            while True:
                reply = self._reply()
                if reply.line[:1] == b"+":
                    return tag
                if reply.line[:2] != b"* ":
                    self._asked.tags.remove(tag)
                    raise Refusal("NO", _text(reply.line))

    def heard(self) -> Reply | None:
        """What the server says by itself, None where it says nothing now. Raises `hub.Unreachable`."""
        with self.told():
            self._meter.restart()
            self._meter.glances = True
            try:
                waits = self._incoming.peek(1)
            finally:
                self._meter.glances = False
                self.sock.settimeout(self.limits.patience)
            return self._reply() if waits else None

    def end_idle(self, tag: bytes) -> None:
        with self.told():
            self.send(b"DONE\r\n")
        for _ in self.answer(tag):
            pass

    def _up_to(self, tag: bytes, lines: int = 0) -> Iterator[Reply]:
        self._meter.restart(lines)
        with self.told():
            while (reply := self._reply()).line[:2] == b"* ":
                if reply.line[:6].upper() == b"* BYE ":
                    raise self.unreachable(hub.sentence("it says goodbye: {text}").format(text=_text(reply.line[6:])))
                yield reply
        match = _COMPLETION.match(reply.line)
        if not match or match[1] != tag:
            raise self.unreachable(hub.sentence("its answer is no IMAP"))
        self._asked.tags.pop(0)
        if match[2].upper() != b"OK":
            raise Refusal(str(match[2].upper(), "ascii"), _text(reply.line[match.end() :]))

    def _reply(self) -> Reply:
        lines: list[bytes] = []
        literals: list[bytes] = []
        while True:
            line = self.readline()
            if not line.endswith(b"\r\n"):
                raise EOFError
            lines.append(line)
            match = _LITERAL.search(line)
            if not match:
                return Reply(b"".join(lines), tuple(literals))
            size = int(match[1])
            literal = self.read(size)
            if len(literal) < size:
                raise EOFError
            literals.append(literal)

    # --- what goes wrong ---

    @contextmanager
    def told(self) -> Iterator[None]:
        """Failures of the connection, in the hub's words; it is closed then."""
        try:
            yield
        except _Excess as error:
            raise self.unreachable(hub.sentence("it sends {why}").format(why=error)) from error
        except TimeoutError as error:
            raise self.unreachable(hub.sentence("it does not answer in time")) from error
        except (EOFError, ConnectionError) as error:
            raise self.unreachable(hub.sentence("it closed the connection")) from error
        except imaplib.IMAP4.abort as error:
            raise self.unreachable(hub.sentence("it closed the connection, or speaks no IMAP")) from error
        except imaplib.IMAP4.error as error:
            raise self.unreachable(hub.sentence("it refuses to talk, or speaks no IMAP")) from error
        except OSError as error:
            raise self.unreachable(error.strerror or type(error).__name__) from error

    def unreachable(self, why: str) -> hub.Unreachable:
        """Close it, and say why."""
        self.shutdown()
        text = hub.sentence("The mail server {host} cannot be read: {why}")
        fix = hub.sentence("nothing, if it passes; else ask whoever runs the server")
        return hub.Unreachable(text.format(host=self.name, why=why), fix=fix)


def _text(said: bytes) -> str:
    """What a server says, as one short printable line."""
    text = said.decode("utf-8", "replace").strip()
    return "".join(letter if letter.isprintable() else " " for letter in text)[:300]
