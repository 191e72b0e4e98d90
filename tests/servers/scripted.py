"""An IMAP server that says what it is told to: for lies, floods and silence, which no real server has on offer.

    with scripted({"UID SEARCH": b"* SEARCH 1 2 3\r\n"}) as server:
        ...                             # signs anybody in, has an INBOX, and answers UID SEARCH like that
        server.heard                    # every command it was given

The answers are the untagged part; `b"* OK"` and so on. A function is called with the socket, the tag and the command, and
returns the untagged part, or None when it has answered all of it by itself (or has hung up).
"""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeAlias

Answer: TypeAlias = bytes | Callable[[socket.socket, bytes, str], bytes | None]

HONEST: dict[str, Answer] = {
    "CAPABILITY": b"* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n",
    "AUTHENTICATE": lambda sock, tag, command: _let_in(sock),
    "LOGIN": b"",
    "LOGOUT": b"* BYE see you\r\n",
    "LIST": b'* LIST (\\HasNoChildren) "/" INBOX\r\n',
    "EXAMINE": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n* OK [UIDNEXT 2] next\r\n",
    "UID SEARCH": b"* SEARCH 1\r\n",
    "UID FETCH": lambda sock, tag, command: _fetched(command),
    "STATUS": b'* STATUS "INBOX" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 7)\r\n',
    "NOOP": b"",
}

HEADER = b"From: petr@romashka.example\r\nMessage-ID: <1@romashka.example>\r\n\r\n"
BODY = b"hello\r\n"


def _let_in(sock: socket.socket) -> bytes:
    sock.sendall(b"+ \r\n")
    said = b""
    while not said.endswith(b"\r\n"):
        said += sock.recv(4096)
    return b""


def _fetched(command: str) -> bytes:
    if "BODYSTRUCTURE" in command:
        structure = b'("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 7 1)'
        return b"* 1 FETCH (UID 1 RFC822.SIZE 80 BODYSTRUCTURE %s BODY[HEADER]<0> {%d}\r\n%s)\r\n" % (
            structure, len(HEADER), HEADER,
        )  # fmt: skip
    return b"* 1 FETCH (UID 1 BODY[TEXT] {%d}\r\n%s)\r\n" % (len(BODY), BODY)


@dataclass
class Scripted:
    port: int
    heard: list[str] = field(default_factory=list)


@contextmanager
def scripted(answers: Mapping[str, Answer], greeting: bytes = b"* OK hello\r\n") -> Iterator[Scripted]:
    """A server on a free port that answers like `HONEST`, but for these `answers`."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = Scripted(listening.getsockname()[1])
    known = {**HONEST, **answers}
    ends = threading.Event()

    def accept() -> None:
        while not ends.is_set():
            with suppress(OSError):
                sock, _ = listening.accept()
                threading.Thread(target=_serve, args=(sock, known, greeting, server, ends), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        ends.set()
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)


def _serve(
    sock: socket.socket, known: Mapping[str, Answer], greeting: bytes, server: Scripted, ends: threading.Event
) -> None:
    with sock, suppress(OSError):
        sock.settimeout(30)
        sock.sendall(greeting)
        with sock.makefile("rb") as lines:
            for line in lines:
                if ends.is_set():
                    return
                tag, _, command = line.decode("utf-8", "replace").strip().partition(" ")
                server.heard.append(command)
                name = next((name for name in sorted(known, key=len, reverse=True) if command.startswith(name)), None)
                if name is None:
                    sock.sendall(f"{tag} BAD what?\r\n".encode())
                    continue
                answer = known[name]
                said = answer(sock, tag.encode(), command) if callable(answer) else answer
                if said is not None:
                    sock.sendall(said + tag.encode() + b" OK done\r\n")
                if name == "LOGOUT":
                    return
