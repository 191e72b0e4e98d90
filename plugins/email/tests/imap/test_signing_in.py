"""Getting in: TLS, passwords, tokens, and what people are told when it does not work."""

import pytest
from pydantic import ValidationError

import hub


@pytest.fixture
def settings(dovecot, address):
    return {
        "host": "127.0.0.1", "port": dovecot.port, "security": "none", "address": address, "password": dovecot.password,
    }  # fmt: skip


def test_tls_is_verified(dovecot, settings, opened):
    secure = {**settings, "host": "localhost", "port": dovecot.tls_port, "security": "tls"}
    with opened(**secure, ca_file=dovecot.certificate) as source:
        source.check()
    with opened(**secure) as source, pytest.raises(hub.Unreachable, match="vouches for the certificate"):
        source.check()


def test_starttls_protects_the_password(dovecot, settings, opened):
    secure = {**settings, "host": "localhost", "security": "starttls"}
    with opened(**secure, ca_file=dovecot.certificate) as source:
        source.check()
        assert [stream.title for stream in source.streams()]
    with opened(**secure) as source, pytest.raises(hub.Unreachable, match="certificate"):
        source.check()


def test_nothing_is_said_to_a_server_without_starttls(scripted, opened):
    with scripted({}) as server:
        settings = {
            "host": "127.0.0.1", "port": server.port, "security": "starttls", "address": "a@my.example",
            "password": "geheim",
        }  # fmt: skip
        with opened(**settings) as source, pytest.raises(hub.Unreachable, match="offers no TLS"):
            source.check()
        assert set(server.heard) == {"CAPABILITY"}


def test_what_a_meddler_says_before_tls_ends_the_connection(scripted, opened, dovecot):
    """The answer to STARTTLS and more in one packet: the rest would be taken for the server's word (CVE-2011-0411)."""

    def inject(sock, tag, command):
        sock.sendall(tag + b" OK go\r\n* CAPABILITY IMAP4rev1 INJECTED\r\nX1 OK done\r\n")

    answers = {"CAPABILITY": b"* CAPABILITY IMAP4rev1 STARTTLS\r\n", "STARTTLS": inject}
    with scripted(answers) as server:
        settings = {
            "host": "localhost", "port": server.port, "security": "starttls", "address": "a@my.example",
            "password": "geheim",
        }  # fmt: skip
        with (
            opened(**settings, ca_file=dovecot.certificate) as source,
            pytest.raises(hub.Unreachable, match="before TLS"),
        ):
            source.check()
        assert not [line for line in server.heard if "LOGIN" in line or "AUTH" in line]


def test_plain_text_goes_to_this_machine_only_unless_it_is_meant(opened, settings):
    plain = {**settings, "host": "mail.example"}
    with pytest.raises(ValidationError, match="everybody on the way"), opened(**plain):
        pass
    with opened(**{**plain, "plain_text": True}):
        pass
    for host in ("localhost", "127.0.0.1", "::1"):
        with opened(**{**settings, "host": host}):
            pass


def test_a_wrong_password_is_told_with_the_mailbox_and_what_to_do(settings, opened):
    with opened(**{**settings, "password": "falsch"}) as source, pytest.raises(hub.AuthFailed) as refused:
        source.check()
    assert settings["address"] in str(refused.value)
    assert "AUTHENTICATIONFAILED" in str(refused.value)
    assert "falsch" not in str(refused.value) + str(refused.value.__cause__) + str(refused.value.__context__)
    assert refused.value.fix


def test_a_refusal_that_passes_is_no_wrong_password(scripted, opened):
    answers = {
        "CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n",
        "LOGIN": lambda sock, tag, command: sock.sendall(tag + b" NO [UNAVAILABLE] the store is down\r\n"),
    }
    with scripted(answers) as server:
        settings = {
            "host": "127.0.0.1", "port": server.port, "security": "none", "address": "a@my.example", "password": "x",
        }  # fmt: skip
        with opened(**settings) as source, pytest.raises(hub.Unreachable, match="the store is down"):
            source.check()


@pytest.mark.parametrize("secret", ['with "quotes" and \\', "пароль", "zwei Wörter", "(paren) {5}"])
def test_passwords_of_all_letters_go_through(secret, scripted, opened):
    for features in (b"IMAP4rev1", b"IMAP4rev1 AUTH=PLAIN"):
        with scripted({"CAPABILITY": b"* CAPABILITY " + features + b"\r\n"}) as server:
            settings = {
                "host": "127.0.0.1", "port": server.port, "security": "none", "address": "a@my.example",
                "password": secret,
            }  # fmt: skip
            with opened(**settings) as source:
                source.check()
            quoted = secret.replace("\\", "\\\\").replace('"', '\\"')
            assert any("AUTHENTICATE PLAIN" in line or f'"{quoted}"' in line for line in server.heard)


def test_a_token_opens_the_mailbox_it_is_for(dovecot, settings, opened):
    dovecot.tokens["valid"] = settings["address"]
    with opened(**{**settings, "sign_in": "xoauth2", "password": "valid"}) as source:
        source.check()
    with (
        opened(**{**settings, "sign_in": "xoauth2", "password": "expired-token"}) as source,
        pytest.raises(hub.AuthFailed) as refused,
    ):
        source.check()
    assert "expired-token" not in str(refused.value)


def test_a_master_user_reads_every_mailbox(dovecot, settings, opened, letter):
    dovecot.deliver(settings["address"], "INBOX", letter("mail"))
    master = {**settings, "user": "{address}*master", "password": dovecot.master}
    with opened(**master) as source:
        (page,) = source.pull(f"{settings['address']}/INBOX", None)
        assert page.listed == 1


def test_a_server_without_tls_on_its_tls_port_is_told(dovecot, settings, opened):
    with (
        opened(**{**settings, "security": "tls"}) as source,
        pytest.raises(hub.Unreachable, match="TLS"),
    ):
        source.check()
