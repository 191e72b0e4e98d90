"""Servers that lie, flood, drip or fall silent: bounded in time and memory, told in words, and nothing is lost."""

import contextlib
import resource
import socket
import threading
import time
from dataclasses import replace

import pytest
from hub_email.imap.wire import LIMITS

import hub

STREAM = "a@my.example/INBOX"


@pytest.fixture
def source(opened):
    """Opens a source on a port, with a patience of tests."""

    def make(port, **limits):
        short = replace(LIMITS, **{"patience": 1.0, "seconds": 3.0, **limits})
        settings = {
            "host": "127.0.0.1", "port": port, "security": "none", "address": "a@my.example", "password": "x",
        }  # fmt: skip
        return _WithLimits(opened(**settings), short)

    return make


class _WithLimits:
    """A source whose connections have other limits."""

    def __init__(self, opening, limits):
        self.opening, self.limits = opening, limits

    def __enter__(self):
        source = self.opening.__enter__()
        source.server = source._sessions.server = replace(source.server, limits=self.limits)
        return source

    def __exit__(self, *error):
        return self.opening.__exit__(*error)


def bodies(source):
    return [raw.body() for page in source.pull(STREAM, None) for raw in page.raws]


def test_the_honest_one_is_read(scripted, source):
    with scripted({}) as server, source(server.port) as reader:
        assert bodies(reader) == [b"From: petr@romashka.example\r\nMessage-ID: <1@romashka.example>\r\n\r\nhello\r\n"]


@pytest.mark.parametrize(
    "greeting",
    [
        b"",
        b"* OK",
        b"* BYE no\r\n",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\0" * 5000,
        b"+ go on\r\n",
        b"SSH-2.0-x\r\n",
    ],
)
def test_what_is_no_greeting_is_no_server(scripted, source, greeting):
    with scripted({}, greeting=greeting) as server, source(server.port, patience=0.5) as reader:
        with pytest.raises(hub.Unreachable) as refused:
            reader.check()
        assert refused.value.fix


def test_a_greeting_that_is_cut_off_is_told(source):
    listening = socket.create_server(("127.0.0.1", 0))

    def cut():
        sock, _ = listening.accept()
        sock.sendall(b"* OK hel")
        sock.close()

    threading.Thread(target=cut, daemon=True).start()
    with listening, source(listening.getsockname()[1]) as reader, pytest.raises(hub.Unreachable, match="closed"):
        reader.check()


def test_a_silent_server_costs_no_more_than_our_patience(scripted, source):
    with (
        scripted({"LIST": lambda sock, tag, command: None}) as server,
        source(server.port, patience=0.3) as reader,
    ):
        begun = time.monotonic()
        with pytest.raises(hub.Unreachable, match="in time"):
            list(reader.pull(STREAM, None))
        assert time.monotonic() - begun < 2


def test_a_server_that_drips_is_stopped_by_the_deadline(scripted, source):
    def drip(sock, tag, command):
        for _ in range(200):
            sock.sendall(b"*")
            time.sleep(0.05)

    with (
        scripted({"LIST": drip}) as server,
        source(server.port, patience=1.0, seconds=0.5) as reader,
    ):
        begun = time.monotonic()
        with pytest.raises(hub.Unreachable, match="in time"):
            list(reader.pull(STREAM, None))
        assert time.monotonic() - begun < 3


def test_an_endless_literal_is_not_begun(scripted, source):
    literal = b'* LIST () "/" {999999999999}\r\n'
    with (
        scripted({"LIST": literal}) as server,
        source(server.port) as reader,
        pytest.raises(hub.Unreachable, match="999999999999 bytes"),
    ):
        list(reader.pull(STREAM, None))


def test_an_endless_line_is_cut(scripted, source):
    def flood(sock, tag, command):
        for _ in range(100):
            sock.sendall(b"x" * 65536)

    with (
        scripted({"LIST": flood}) as server,
        source(server.port) as reader,
        pytest.raises(hub.Unreachable, match="a line of more than"),
    ):
        list(reader.pull(STREAM, None))


def test_a_million_lines_are_not_all_read_and_not_kept(scripted, source):
    def flood(sock, tag, command):
        for _ in range(1000):
            sock.sendall(b"* 1 FETCH (FLAGS ())\r\n" * 1000)
        return b""

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with (
        scripted({"UID FETCH": flood}) as server,
        source(server.port, seconds=30) as reader,
        pytest.raises(hub.Unreachable, match="lines"),
    ):
        bodies(reader)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000  # kilobytes


def test_an_answer_that_never_ends_is_cut_by_its_bytes(scripted, source):
    def flood(sock, tag, command):
        for _ in range(3000):
            sock.sendall(b"* 1 FETCH (UID 1 X {60000}\r\n" + b"y" * 60000 + b")\r\n")

    with (
        scripted({"UID FETCH": flood}) as server,
        source(server.port, answer=5_000_000) as reader,
        pytest.raises(hub.Unreachable, match="more than it was asked for"),
    ):
        bodies(reader)


@pytest.mark.parametrize("said", [b"1:4294967295", b"1:99999999999999999999", b"5:abc", b"-3", b"9" * 5000])
def test_lies_about_numbers_take_no_memory(scripted, source, said):
    answers = {
        "CAPABILITY": b"* CAPABILITY IMAP4rev1 ESEARCH\r\n",
        "UID SEARCH": b'* ESEARCH (TAG "x") UID ALL ' + said + b"\r\n",
    }
    with scripted(answers) as server, source(server.port) as reader, pytest.raises(hub.Unreachable):
        bodies(reader)


def test_a_boast_about_the_number_of_mails_ends_soon(scripted, source):
    answers = {
        "EXAMINE": b"* 4294967295 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 2] x\r\n",
        "UID SEARCH": b"* SEARCH 1\r\n",
    }
    with scripted(answers) as server, source(server.port, seconds=30) as reader:
        begun = time.monotonic()
        assert len(bodies(reader)) == 1
        assert time.monotonic() - begun < 5


def test_a_lie_about_the_next_uid_loses_no_mail(scripted, source):
    """UIDNEXT far too high, then mails below it: what we have not seen we have not read."""
    state = {"uids": b"1 2", "exists": b"2"}
    answers = {
        "EXAMINE": lambda *_: (
            b"* %s EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 4000000000] x\r\n" % state["exists"]
        ),
        "UID SEARCH": lambda *_: b"* SEARCH " + state["uids"] + b"\r\n",
        "LIST": b'* LIST () "/" INBOX\r\n',
    }
    with scripted(answers) as server, source(server.port) as reader:
        *_, last = reader.pull(STREAM, None)
        state.update(uids=b"1 2 3", exists=b"3")
        (page,) = reader.pull(STREAM, last.cursor)
        assert [raw.external_id for raw in page.raws] == ["7-3"]


def test_the_last_mail_that_comes_back_for_every_question_is_not_new(scripted, source):
    """`UID SEARCH UID 3:*` names the last mail, though its UID is 2 (RFC 3501, 6.4.8)."""
    answers = {"UID SEARCH": b"* SEARCH 2\r\n", "EXAMINE": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n"}
    with scripted(answers) as server, source(server.port) as reader:
        *_, last = reader.pull(STREAM, None)
        (page,) = reader.pull(STREAM, last.cursor)
        assert page.listed == 0


@pytest.mark.parametrize(
    "answer",
    [
        b"* 1 FETCH (UID 1 RFC822.SIZE 9 BODYSTRUCTURE " + b"(" * 5000 + b" BODY[HEADER]<0> {2}\r\nA:)\r\n",
        b"* 1 FETCH (UID 1 BODYSTRUCTURE NIL BODY[HEADER]<0> NIL)\r\n",
        b"* 1 FETCH UID 1\r\n",
        b"* 1 FETCH (UID 99 BODY[HEADER]<0> {2}\r\nA:)\r\n",
        b"* FETCH\r\n* 1\r\n*  \r\n",
        b'* 1 FETCH (UID 1 "\r\n',
    ],
)
def test_a_fetch_that_makes_no_sense_harms_nobody(scripted, source, answer):
    with scripted({"UID FETCH": answer}) as server, source(server.port) as reader:
        for page in reader.pull(STREAM, None):
            for raw in page.raws:
                with contextlib.suppress(FileNotFoundError, OSError):
                    assert isinstance(raw.body(), bytes)


def test_a_structure_that_contradicts_the_mail_is_not_believed(scripted, source):
    """The server speaks of a file that is not there: then the whole mail is fetched and read by us."""
    mail = b"From: petr@romashka.example\r\n\r\nhello\r\n"
    structure = (
        b'(("text" "plain" NIL NIL NIL "7bit" 5 1)("application" "pdf" NIL NIL NIL "base64" 90000) "mixed" NIL NIL NIL)'
    )

    def fetch(sock, tag, command):
        if "BODYSTRUCTURE" in command:
            head = b"From: petr@romashka.example\r\n\r\n"
            return b"* 1 FETCH (UID 1 RFC822.SIZE 37 BODYSTRUCTURE %s BODY[HEADER]<0> {%d}\r\n%s)\r\n" % (
                structure, len(head), head,
            )  # fmt: skip
        if "BODY.PEEK[]" in command:
            return b"* 1 FETCH (UID 1 BODY[]<0> {%d}\r\n%s)\r\n" % (len(mail), mail)
        return b"* 1 FETCH (UID 1 BODY[1] {5}\r\nhello BODY[2.MIME] NIL)\r\n"

    with scripted({"UID FETCH": fetch}) as server, source(server.port) as reader:
        assert bodies(reader) == [mail]


def test_one_mail_that_the_server_cannot_give_takes_no_other_with_it(scripted, source):
    def fetch(sock, tag, command):
        if command.startswith(("UID FETCH 1:3", "UID FETCH 2 ")):
            return sock.sendall(tag + b" NO [SERVERBUG] broken mail\r\n")
        uid = command.split()[2].encode()
        if "BODYSTRUCTURE" in command:
            return b"* 1 FETCH (UID %s RFC822.SIZE 20 BODYSTRUCTURE NIL BODY[HEADER]<0> {10}\r\nFrom: a@b\n)\r\n" % uid
        return b"* 1 FETCH (UID %s BODY[TEXT] {3}\r\nhi\n)\r\n" % uid

    answers = {"UID FETCH": fetch, "UID SEARCH": b"* SEARCH 1 2 3\r\n"}
    with scripted(answers) as server, source(server.port) as reader:
        (page,) = reader.pull(STREAM, None)
        three, two, one = page.raws
        assert b"hi" in one.body()
        assert b"hi" in three.body()
        with pytest.raises(OSError, match="broken mail"):
            two.body()


def test_folders_with_names_that_could_be_commands_are_not_opened(scripted, source):
    listed = (
        b'* LIST () "/" INBOX\r\n* LIST () "/" {14}\r\nx\r\nH9 DELETE y\r\n* LIST () NIL ""\r\n* LIST () "/" "a\\"b"\r\n'
        b'* LIST garbage\r\n* LIST\r\n* LIST (\\Noselect) "/" parent\r\n'
    )
    with scripted({"LIST": listed}) as server, source(server.port) as reader:
        names = [stream.name for stream in reader.streams()]
        assert names == [STREAM, 'a@my.example/a"b']
        list(reader.pull('a@my.example/a"b', None))
        assert 'EXAMINE "a\\"b"' in server.heard


def test_a_goodbye_in_the_middle_is_told_in_the_servers_words(scripted, source):
    answers = {"UID FETCH": b"* BYE Autologout; \x1b[31midle for too long\r\n"}
    with (
        scripted(answers) as server,
        source(server.port) as reader,
        pytest.raises(hub.Unreachable, match=r"Autologout;  \[31midle"),
    ):
        bodies(reader)


def test_a_connection_that_broke_is_made_anew_for_the_next_folder(scripted, source):
    fails = [True]

    def examine(sock, tag, command):
        if fails.pop() if fails else False:
            sock.shutdown(socket.SHUT_RDWR)
            return None
        return b"* 0 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n"

    with scripted({"EXAMINE": examine, "UID SEARCH": b"* SEARCH\r\n"}) as server, source(server.port) as reader:
        reader.streams()
        with pytest.raises(hub.Unreachable):
            list(reader.pull(STREAM, None))
        assert len(list(reader.pull(STREAM, None))) == 1


@pytest.mark.parametrize(
    ("said", "believed"),
    [(b"* VANISHED (EARLIER) 1\r\n", True), (b"* VANISHED (EARLIER) 1:2\r\n", False), (b"", False),
     (b"* VANISHED (EARLIER) 1:4294967295\r\n", False), (b"* VANISHED (EARLIER) x\r\n", False)],
)  # fmt: skip
def test_what_a_server_says_went_is_believed_only_where_it_explains_how_many_are_left(scripted, opened, said, believed):
    state = {"there": (1, 2), "modseq": 5}

    def examined(sock, tag, command):
        there, modseq = len(state["there"]), state["modseq"]
        return b"* %d EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 3] x\r\n* OK [HIGHESTMODSEQ %d] x\r\n" % (
            there,
            modseq,
        )

    def searched(sock, tag, command):
        return b"* SEARCH %s\r\n" % " ".join(map(str, state["there"])).encode()

    answers = {
        "CAPABILITY": b"* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR ENABLE CONDSTORE QRESYNC\r\n", "ENABLE": b"",
        "EXAMINE": examined, "UID SEARCH": searched, "UID FETCH 1:2 (UID) (CHANGEDSINCE 5 VANISHED)": said,
    }  # fmt: skip
    with scripted(answers) as server:
        settings = {
            "host": "127.0.0.1",
            "port": server.port,
            "security": "none",
            "address": "a@my.example",
            "password": "x",
        }
        with opened(**settings) as source:
            [stream] = [one.name for one in source.streams()]
            list(source.pull(stream, None))
            cursor = source.ids(stream).cursor
            state.update(there=(2,), modseq=6)
            list(source.pull(stream, cursor))
            listing = source.ids(stream)
    assert any("VANISHED" in command for command in server.heard)
    found = (False, ["7-1"], 1) if believed else (True, [], None)
    assert (listing.complete, list(listing.gone), listing.total) == found
    assert list(listing.ids) == ([] if believed else ["7-2"])
