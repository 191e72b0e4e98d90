"""Whatever a plugin says, the secrets of its settings are not in it."""

import logging
from dataclasses import replace

import pytest
from pydantic import SecretStr

import hub
from hub.engine import doubt
from hub.engine.hush import MASK, Hush
from hub.engine.mapping import Maker
from hub.errors import Unreachable
from tests.engine.notes import HORIZON, PLACE, apart, order, pulled

TOKEN = "t0p/secret"


class Account(hub.Settings):
    password: SecretStr


class Settings(hub.Settings):
    token: SecretStr = SecretStr(TOKEN)
    accounts: tuple[Account, ...] = (Account(password=SecretStr("Пароль-1")),)
    pin: SecretStr = SecretStr("1")


def secretive(**spoil):
    return replace(order(**spoil), settings=Settings())


def raising(error):
    def spoil(*_):
        raise error

    return spoil


def test_secrets_are_found_in_every_corner_of_settings_and_of_what_is_said():
    hush = Hush.of(Settings())
    said = ("GET /?token=t0p%2Fsecret", {"why": f"{TOKEN}, Пароль-1"}, 11)
    assert hush(said) == (f"GET /?token={MASK}", {"why": f"{MASK}, {MASK}"}, 11)


@pytest.mark.parametrize("error", [RuntimeError(f"no {TOKEN}"), Unreachable("no", fix=f"with {TOKEN}")])
def test_an_error_of_a_source_in_another_process_tells_no_secret(error, caplog):
    made = secretive(pull=raising(error))
    with apart(made) as feed, pytest.raises(Exception, match="no") as told:
        pulled(feed, made)
    assert TOKEN not in str(told.value) + getattr(told.value, "fix", "") + caplog.text
    assert MASK in str(told.value) + getattr(told.value, "fix", "")


def test_a_line_of_the_log_tells_no_secret(caplog):
    caplog.set_level(logging.INFO)
    made = secretive(streams=lambda: logging.getLogger("hub.plugin.shop").warning("asked with %s", TOKEN))
    with apart(made) as feed:
        feed.streams()
    assert caplog.messages == [f"asked with {MASK}"]


def test_an_error_of_a_source_in_this_process_tells_no_secret():
    made = secretive(check=raising(Unreachable(f"no {TOKEN}")))
    with (
        pytest.raises(Unreachable) as told,
        doubt.opened(made.connector, made.settings, made.tools(lambda: False, made.desk)) as source,
    ):
        source.check()
    assert str(told.value) == f"no {MASK}"


def test_what_could_not_be_read_tells_no_secret():
    maker = Maker(raising(ValueError(TOKEN)), Settings(), 1, HORIZON, 1_795_000_000_000)
    assert maker.prepare(PLACE, "1", "1", b"{}").unreadable.detail == f"{MASK}\nraise error"
    refused = hub.Unreadable(reason="no", detail=TOKEN)
    maker = replace(maker, map=lambda *_: refused)
    assert maker.prepare(PLACE, "1", "1", b"{}").unreadable.detail == MASK
