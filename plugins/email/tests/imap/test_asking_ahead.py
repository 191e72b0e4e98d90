"""What comes next is asked for before it is wanted, and whatever a server does with that, every mail comes, and once."""

import re
import time
from itertools import chain

import pytest

STREAM = "a@my.example/INBOX"
NUMBERS = range(1, 9)
PAGE = 2
ALL = b"* SEARCH " + b" ".join(b"%d" % number for number in NUMBERS) + b"\r\n"
STRUCTURE = b'("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 7 1)'


def header(number):
    return b"From: petr@romashka.example\r\nMessage-ID: <%d@romashka.example>\r\n\r\n" % number


def is_of_headers(command):
    return "BODYSTRUCTURE" in command


def numbers(command):
    low, _, high = re.match(r"UID FETCH (\d+)(:\d+)?", command)[0].removeprefix("UID FETCH ").partition(":")
    return range(int(low), int(high or low) + 1)


def fetched(command):
    if is_of_headers(command):
        said = b"* %d FETCH (UID %d RFC822.SIZE 80 BODYSTRUCTURE %s BODY[HEADER]<0> {%d}\r\n%s)\r\n"
        return b"".join(said % (one, one, STRUCTURE, len(header(one)), header(one)) for one in numbers(command))
    return b"".join(
        b"* %d FETCH (UID %d BODY[TEXT] {7}\r\ntext %d\n)\r\n" % (one, one, one) for one in numbers(command)
    )


class Server:
    """What such a mailbox says; `late` is said only behind the answer to what comes next."""

    def __init__(self):
        self.late = b""

    @property
    def answers(self):
        opened = b"* 8 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n* OK [UIDNEXT 9] next\r\n"
        return {"EXAMINE": opened, "UID SEARCH": ALL, "UID FETCH": self.fetch}

    def fetch(self, sock, tag, command):
        sock.sendall(fetched(command) + self.late + tag + b" OK done\r\n")
        self.late = b""


class Unhurried(Server):
    """It completes a question only when the next is answered, too."""

    def fetch(self, sock, tag, command):
        if is_of_headers(command) or 1 in numbers(command):
            return super().fetch(sock, tag, command)
        sock.sendall(fetched(command))
        self.late = tag + b" OK done\r\n"
        return None


class Choosy(Server):
    """It answers no question for several mails of which one is the third, and closes what it refuses."""

    def fetch(self, sock, tag, command):
        if 3 not in numbers(command) or len(numbers(command)) == 1:
            return super().fetch(sock, tag, command)
        sock.sendall(tag + b" NO not these\r\n")
        return None


@pytest.fixture
def source(opened):
    def make(port):
        settings = {"host": "127.0.0.1", "port": port, "security": "none", "address": "a@my.example", "password": "x"}
        return opened(**settings)

    return make


def pages(source):
    source.page = PAGE
    return source.pull(STREAM, None)


def texts(page):
    return [raw.body() for raw in page.raws]


def asked(server):
    return [command for command in server.heard if command.startswith("UID FETCH")]


@pytest.mark.parametrize("kind", [Server, Unhurried, Choosy])
def test_every_mail_comes_as_it_is(scripted, source, kind):
    with scripted(kind().answers) as server, source(server.port) as reader:
        found = list(chain.from_iterable(texts(page) for page in pages(reader)))
    assert found == [header(number) + b"text %d\n" % number for number in reversed(NUMBERS)]


@pytest.mark.parametrize("kind", [Server, Unhurried])
def test_nothing_is_asked_twice(scripted, source, kind):
    with scripted(kind().answers) as server, source(server.port) as reader:
        assert all(texts(page) for page in pages(reader))
    assert len(asked(server)) == len(set(asked(server))) == 2 * len(NUMBERS) // PAGE


def test_while_a_page_is_stored_the_server_is_at_the_next_two(scripted, source):
    with scripted(Server().answers) as server, source(server.port) as reader:
        texts(next(iter(pages(reader))))
        until = time.monotonic() + 5
        while len(asked(server)) < 5 and time.monotonic() < until:
            time.sleep(0.01)
    kinds = [(is_of_headers(command), numbers(command)[0]) for command in asked(server)]
    assert kinds == [(True, 7), (False, 7), (True, 5), (False, 5), (True, 3)]


def test_where_others_may_come_first_nothing_is_asked_for_ahead(scripted, source):
    nothing_recent = {"UID SEARCH SINCE": b"* SEARCH\r\n"}
    with scripted(Server().answers | nothing_recent) as server, source(server.port) as reader:
        page = next(iter(pages(reader)))
        assert page.rests
        texts(page)
        reader.size(STREAM)
        assert server.heard[-1].startswith("STATUS")
    assert {number for command in asked(server) for number in numbers(command)} == {7, 8}


def test_a_line_that_is_cut_while_the_next_is_asked_for_takes_nothing_of_what_has_come(scripted, source):
    cut = []

    class Cut(Server):
        def fetch(self, sock, tag, command):
            if 5 in numbers(command) and not cut:
                cut.append(command)
                sock.shutdown(2)
                return None
            return super().fetch(sock, tag, command)

    with scripted(Cut().answers) as server, source(server.port) as reader:
        found = [texts(page) for page in pages(reader)]
    assert cut
    assert [len(page) for page in found] == [PAGE] * 4
