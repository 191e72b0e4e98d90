"""Secrets at rest: sealed, bound to their place, kept whole whatever happens, refused when others can read them."""

import base64
import json
import os
import stat
from pathlib import Path

import pytest

from hub import secrets
from hub.errors import Misconfigured
from hub.secrets import FILE, KEY_FILE, Key, NoSuchSecret, Sealed, Vault

CANARY = "пароль-canary-0f1+zQ=="


@pytest.fixture
def vault(tmp_path):
    return Vault(tmp_path, {})


def rows(vault):
    return json.loads(vault.path.read_text("utf-8"))["secrets"]


def write(vault, found):
    vault.path.write_text(json.dumps({"version": 1, "secrets": found}), "utf-8")
    vault.path.chmod(0o600)


def test_a_secret_comes_back_and_is_in_no_file(vault):
    vault.put("anna", "password", CANARY)
    vault.put("", "database", "x" * 4000)
    assert vault.get("anna", "password") == CANARY
    assert vault.get("", "database") == "x" * 4000
    written = b"".join(path.read_bytes() for path in vault.home.iterdir())
    for form in (CANARY.encode(), base64.b64encode(CANARY.encode())):
        assert form not in written


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_the_files_are_for_their_owner_only(vault, mask):
    before = os.umask(mask)
    try:
        vault.put("anna", "password", "1")
        vault.rotate()
    finally:
        os.umask(before)
    assert {stat.S_IMODE((vault.home / name).stat().st_mode) for name in (FILE, KEY_FILE)} == {0o600}


@pytest.mark.parametrize("name", [FILE, KEY_FILE])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_what_others_can_read_or_write_is_refused(vault, name, mode):
    vault.put("anna", "password", "1")
    (vault.home / name).chmod(mode)
    with pytest.raises(Misconfigured, match="others can read or write") as raised:
        vault.get("anna", "password")
    assert raised.value.fix == f"shut others out: chmod 600 {vault.home / name}"


def test_a_secret_opens_only_where_it_belongs(vault):
    vault.put("anna", "password", "hers")
    vault.put("boris", "password", "his")
    hers, his = rows(vault)
    write(vault, [hers | {"sealed": his["sealed"]}, his | {"sealed": hers["sealed"]}])
    for connection in ("anna", "boris"):
        with pytest.raises(Misconfigured, match="does not open"):
            vault.get(connection, "password")


@pytest.mark.parametrize(
    "spoil", [lambda s: s[:-4], lambda s: ("B" if s[0] == "A" else "A") + s[1:], lambda s: "", lambda s: "no base64"]
)
def test_a_damaged_secret_says_so_and_the_others_open(vault, spoil):
    vault.put("anna", "password", "hers")
    vault.put("boris", "password", "his")
    hers, his = rows(vault)
    write(vault, [hers | {"sealed": spoil(hers["sealed"])}, his])
    with pytest.raises(Misconfigured, match=r"set it anew|does not open"):
        vault.get("anna", "password")
    assert vault.get("boris", "password") == "his"


@pytest.mark.parametrize("said", ["", "{", "[]", '{"secrets": [{"name": 1}]}', '{"secrets": 5}', "\udcff"])
def test_a_damaged_list_is_told_with_the_way_out(vault, said):
    vault.path.write_bytes(said.encode("utf-8", "surrogateescape"))
    vault.path.chmod(0o600)
    with pytest.raises(Misconfigured, match="damaged") as raised:
        vault.get("anna", "password")
    assert "backup" in raised.value.fix


def test_a_lost_key_is_told_and_nothing_is_overwritten(vault):
    vault.put("anna", "password", "hers")
    key = (vault.home / KEY_FILE).read_text()
    (vault.home / KEY_FILE).unlink()
    for act in (lambda: vault.get("anna", "password"), lambda: vault.put("boris", "password", "his"), vault.rotate):
        with pytest.raises(Misconfigured, match="no key"):
            act()
    (vault.home / KEY_FILE).write_text(key)
    (vault.home / KEY_FILE).chmod(0o600)
    assert vault.get("anna", "password") == "hers"


def test_another_key_is_told_by_its_name(vault):
    vault.put("anna", "password", "hers")
    (vault.home / KEY_FILE).write_text(Key(os.urandom(32)).text)
    with pytest.raises(Misconfigured, match=f"another key \\({rows(vault)[0]['key']}\\)"):
        vault.get("anna", "password")


@pytest.mark.parametrize("said", ["", "short", "*" * 43, Key(b"x" * 31).text])
def test_what_is_no_key_is_refused(vault, said):
    (vault.home / KEY_FILE).write_text(said)
    (vault.home / KEY_FILE).chmod(0o600)
    with pytest.raises(Misconfigured, match=r"is no key"):
        vault.put("anna", "password", "1")


def test_the_key_comes_from_systemd_then_the_environment_then_the_file(tmp_path):
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    first, second = Key(b"1" * 32), Key(b"2" * 32)
    (credentials / secrets.CREDENTIAL).write_text(first.text)
    (credentials / secrets.CREDENTIAL).chmod(0o444)  # systemd's own matter: only the service sees the folder
    environ = {"HUB_KEY": second.text}
    assert Vault(tmp_path, environ).keys().source == "environment"
    environ["CREDENTIALS_DIRECTORY"] = str(credentials)
    vault = Vault(tmp_path, environ)
    assert (vault.keys().source, vault.keys().keys) == ("credential", (first,))
    vault.put("anna", "password", "1")
    assert not (tmp_path / KEY_FILE).exists()
    assert rows(vault)[0]["key"] == first.name


def test_a_rotation_seals_everything_anew_and_drops_the_old_key(vault):
    for number in range(5):
        vault.put("anna", f"p{number}", str(number))
    before = {one["key"] for one in rows(vault)}
    assert vault.rotate() == 5
    after = {one["key"] for one in rows(vault)}
    assert len(after) == 1
    assert not before & after
    assert [vault.get("anna", f"p{number}") for number in range(5)] == list("01234")
    assert len((vault.home / KEY_FILE).read_text().split()) == 1


def test_a_rotation_with_a_key_from_outside_seals_with_the_first(tmp_path):
    old, new = Key(b"1" * 32), Key(b"2" * 32)
    Vault(tmp_path, {"HUB_KEY": old.text}).put("anna", "password", "1")
    both = Vault(tmp_path, {"HUB_KEY": f"{new.text} {old.text}"})
    assert both.rotate() == 1
    assert Vault(tmp_path, {"HUB_KEY": new.text}).get("anna", "password") == "1"


def test_a_rotation_where_nothing_was_ever_kept_has_nothing_to_do(vault):
    assert vault.rotate() == 0
    assert not vault.path.exists()


def test_a_rotation_without_the_key_of_what_is_kept_elsewhere_says_how_to_get_it_back(vault):
    def elsewhere(anew):
        anew(Sealed(connection="shop", name="grant", key="lost", sealed="…"))
        return 1

    with pytest.raises(Misconfigured, match="there is no key to open secrets with") as raised:
        vault.rotate(elsewhere)
    assert FILE not in raised.value.fix, "it speaks of a list that is not there"
    assert "hub connect" in raised.value.fix


def test_whoever_dies_in_a_rotation_can_read_everything_and_end_it(vault):
    for number in range(4):
        vault.put("anna", f"p{number}", str(number))
    total = dying(vault, 10**6)
    assert 20 < total < 200
    for step in range(1, total + 1):
        assert dying(vault, step) == 255
        assert [vault.get("anna", f"p{number}") for number in range(4)] == list("0123"), step
        assert vault.rotate() == 4
        assert len((vault.home / KEY_FILE).read_text().split()) == 1


def dying(vault, at):
    """Rotate in another process, which dies in place of call number `at`: 255; otherwise how many calls there were."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    calls = 0

    def counted(call):
        def counting(*arguments, **more):
            nonlocal calls
            calls += 1
            if calls >= at:
                os._exit(255)
            return call(*arguments, **more)

        return counting

    for name in ("open", "fdopen", "fsync", "close"):
        setattr(os, name, counted(getattr(os, name)))
    for name in ("replace", "unlink"):
        setattr(Path, name, counted(getattr(Path, name)))
    vault.rotate()
    os._exit(calls)


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    vault = Vault(tmp_path / "missing", {})
    with pytest.raises(Misconfigured, match="cannot be written"):
        vault.put("anna", "password", "1")


def test_what_is_not_there_is_told_with_the_command(vault):
    with pytest.raises(NoSuchSecret) as raised:
        vault.get("anna", "password")
    assert "hub secret set anna password" in raised.value.fix
    assert not vault.drop("anna", "password")
    vault.put("anna", "password", "1")
    assert vault.drop("anna", "password")
    assert not rows(vault)


def test_nothing_secret_is_shown(vault):
    vault.put("anna", "password", CANARY)
    key = vault.keys().keys[0]
    shown = repr((vault, vault.names(), vault.keys(), key))
    assert key.text not in shown
    assert repr(key.bytes) not in shown
    assert CANARY not in shown
