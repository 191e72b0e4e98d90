"""One connection, many mailboxes: a list, a CSV file, shared ones, dead ones, people who leave."""

import logging
import socket

import pytest

import hub


@pytest.fixture
def staff(dovecot, address, letter):
    """Three mailboxes with a mail each."""
    names = [address, address.replace("anna", "boris"), address.replace("anna", "sales")]
    for name in names:
        dovecot.deliver(name, "INBOX", letter(name.partition("@")[0]))
    return names


def test_a_list_in_the_settings_makes_a_stream_of_every_folder(dovecot, staff, world):
    shared = {"address": staff[2], "shared": True}
    office = world(dovecot, mailboxes=[{"address": staff[0]}, {"address": staff[1]}, shared])
    assert office.good_sync().stored == 3
    with office.open() as opened, opened.store.read() as tx:
        from hub.store import pulls

        found = {row.name: row.custodian for row in pulls.streams(tx) if "INBOX" in row.name}
    assert found == {f"{staff[0]}/INBOX": staff[0], f"{staff[1]}/INBOX": staff[1], f"{staff[2]}/INBOX": ""}


def test_a_dead_mailbox_stops_no_other(dovecot, staff, world, caplog):
    caplog.set_level(logging.WARNING)
    listed = [{"address": staff[0]}, {"address": staff[1], "password": "falsch"}, {"address": staff[2]}]
    office = world(dovecot, mailboxes=listed)
    reports = {report.stream: report for report in office.sync()}
    assert reports[f"{staff[0]}/INBOX"].state == "ok"
    assert reports[f"{staff[2]}/INBOX"].state == "ok"
    dead = reports[f"{staff[1]}/INBOX"]
    assert dead.state == "failed"
    assert isinstance(dead.error, hub.AuthFailed)
    assert [record.args[0] for record in caplog.records if record.msg.startswith("mailbox")] == [staff[1]]


def test_only_where_all_are_dead_the_connection_is(dovecot, staff, world):
    office = world(dovecot, password="falsch", mailboxes=[{"address": name} for name in staff])
    (report,) = office.sync()
    assert report.stream == ""
    assert isinstance(report.error, hub.AuthFailed)


def test_a_csv_file_names_mailboxes_users_and_where_passwords_are(dovecot, staff, world, tmp_path, monkeypatch):
    monkeypatch.setenv("ANNA", dovecot.password)
    (tmp_path / "boris.txt").write_text(dovecot.password + "\n")
    listing = tmp_path / "mailboxes.csv"
    listing.write_text(
        "Адрес;Логин;Пароль;Общий\n"
        f"{staff[0]};;${{env:ANNA}};\n"
        f"{staff[1].upper()};{staff[1]};${{file:boris.txt}};нет\n"
        "\n"
        f"{staff[2]};{staff[2]}*master;{dovecot.master};да\n",
        encoding="utf-8-sig",
    )
    listing.chmod(0o600)
    office = world(dovecot, password=None, mailboxes_file=str(listing))
    assert office.good_sync().stored == 3
    assert f"{staff[1]}/INBOX" in office.states()


@pytest.mark.parametrize(
    ("content", "mode", "why"),
    [
        ("name,password\nx,y\n", 0o600, "line 1: the first line names no column"),
        ("address,password\nАнна,x\n", 0o600, "line 2"),
        ("address,password\na@my.example,\n", 0o600, "a@my.example has no password"),
        ("address,password\na@my.example,${env:NO_SUCH_VARIABLE}\n", 0o600, "NO_SUCH_VARIABLE is not set"),
        ("address,password\na@my.example,${file:nowhere}\n", 0o600, "nowhere cannot be read"),
        ("address,password\na@my.example,geheim\n", 0o644, "can be read by others"),
        ("address,password\na@my.example,x\na@my.example,x\n", 0o600, "a@my.example is named twice"),
        ("address,password\n", 0o600, "no mailbox is named"),
        ("", 0o600, "the first line names no column"),
    ],
)
def test_a_csv_file_that_cannot_be_used_is_told_by_its_line(content, mode, why, opened, tmp_path):
    listing = tmp_path / "mailboxes.csv"
    listing.write_text(content)
    listing.chmod(mode)
    settings = {"host": "localhost", "mailboxes_file": str(listing)}
    with opened(**settings) as source, pytest.raises(hub.Misconfigured, match=why) as refused:
        source.check()
    assert refused.value.fix
    assert "geheim" not in str(refused.value)


def test_who_leaves_keeps_the_history_and_troubles_nobody(dovecot, staff, world):
    office = world(dovecot, mailboxes=[{"address": name} for name in staff])
    office.good_sync()
    before = sorted(office.history())
    office.settings["mailboxes"] = [{"address": name} for name in staff[1:]]
    office.good_sync()
    assert sorted(office.history()) == before
    assert office.removed() == []


def test_a_mailbox_that_is_dead_for_a_while_is_not_taken_for_emptied(dovecot, staff, world, letter):
    office = world(dovecot, mailboxes=[{"address": name} for name in staff])
    dovecot.deliver(staff[0], "Sent", letter("sent"))
    office.good_sync()
    office.settings["mailboxes"] = [{"address": staff[0], "password": "falsch"}, *office.settings["mailboxes"][1:]]
    bad = [report for report in office.sync() if report.state != "ok"]
    assert [report.stream for report in bad] == [f"{staff[0]}/INBOX"]
    assert "accept-empty" not in bad[0].error.fix
    office.settings["mailboxes"] = [{"address": name} for name in staff]
    assert office.good_sync().listed == 0


def test_only_the_last_few_connections_stay_open(dovecot, staff, opened):
    settings = {
        "host": "127.0.0.1", "port": dovecot.port, "security": "none", "password": dovecot.password,
        "mailboxes": [{"address": name} for name in staff],
    }  # fmt: skip
    with opened(**settings) as source:
        source._sessions.at_once = 2
        for stream in source.streams():
            list(source.pull(stream.name, None))
            assert len(source._sessions.wires) <= 2


def test_a_mailbox_that_is_down_for_a_while_stops_no_other(scripted, opened):
    def log_in(sock, tag, command):
        down = "boris" in command
        sock.sendall(tag + (b" NO [UNAVAILABLE] this one is being moved\r\n" if down else b" OK in\r\n"))

    with scripted({"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n", "LOGIN": log_in}) as server:
        settings = {
            "host": "127.0.0.1", "port": server.port, "security": "none", "password": "x",
            "mailboxes": [{"address": f"{name}@my.example"} for name in ("boris", "anna", "clara")],
        }  # fmt: skip
        with opened(**settings) as source:
            source.check()
            names = [stream.name for stream in source.streams()]
            assert names == [f"{name}@my.example/INBOX" for name in ("boris", "anna", "clara")]
            assert len(list(source.pull("anna@my.example/INBOX", None))) == 1
            with pytest.raises(hub.Unreachable, match="being moved"):
                list(source.pull("boris@my.example/INBOX", None))


def test_a_server_that_is_gone_is_not_called_for_every_mailbox(scripted, opened):
    """It answers the first mailbox, and then nobody."""
    calls = []

    def capability(sock, tag, command):
        calls.append(command)
        if len(calls) > 3:
            sock.shutdown(socket.SHUT_RDWR)
            return None
        return b"* CAPABILITY IMAP4rev1\r\n"

    with scripted({"CAPABILITY": capability}) as server:
        settings = {
            "host": "127.0.0.1", "port": server.port, "security": "none", "password": "x",
            "mailboxes": [{"address": f"user{number}@my.example"} for number in range(20)],
        }  # fmt: skip
        with opened(**settings) as source:
            assert len(list(source.streams())) == 20
            assert len(calls) < 10


def test_a_server_that_boasts_of_what_it_cannot_list_is_asked_for_less(scripted, opened):
    def listing(sock, tag, command):
        if "RETURN" in command:
            return sock.sendall(tag + b" BAD what is RETURN?\r\n")
        return b'* LIST () "/" INBOX\r\n'

    features = b"* CAPABILITY IMAP4rev1 LIST-STATUS LIST-EXTENDED SPECIAL-USE\r\n"
    for answer, found in ((listing, 1), (lambda sock, tag, command: sock.sendall(tag + b" NO not now\r\n"), 0)):
        with scripted({"CAPABILITY": features, "LIST": answer}) as server:
            settings = {
                "host": "127.0.0.1", "port": server.port, "security": "none", "password": "x",
                "address": "anna@my.example",
            }  # fmt: skip
            with opened(**settings) as source:
                (stream,) = source.streams()
                if found:
                    assert len(list(source.pull(stream.name, None))) == 1
                else:
                    with pytest.raises(hub.Unreachable, match="not now"):
                        list(source.pull(stream.name, None))
