"""The key in a keyring: made there by the first secret, rotated there, and told of in one sentence where that cannot be."""

import sys

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringLocked

from hub.errors import Misconfigured
from hub.secrets import KEY_FILE, Vault


class Kept(KeyringBackend):
    """A keyring in memory; `left` writes go through before it is locked."""

    priority = 1  # type: ignore[assignment] - the library's own backends do so, too

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}
        self.left = 100

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if not self.left:
            raise KeyringLocked("it was closed")
        self.left -= 1
        self.entries[service, username] = password


@pytest.fixture
def kept():
    before, made = keyring.get_keyring(), Kept()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def test_the_first_secret_makes_the_key_in_the_keyring_and_no_file(kept, tmp_path):
    vault = Vault(tmp_path, {"HUB_KEY": "keyring"})
    vault.put("anna", "password", "1")
    assert Vault(tmp_path, {"HUB_KEY": "keyring"}).get("anna", "password") == "1"
    assert list(kept.entries) == [("interaction-hub", "hub-key")]
    assert not (tmp_path / KEY_FILE).exists()
    assert vault.keys().source == "keyring"


def test_several_hubs_have_entries_of_their_own(kept, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        Vault(tmp_path / name, {"HUB_KEY": f"keyring:{name}"}).put("anna", "password", name)
    assert list(kept.entries) == [("interaction-hub", "a"), ("interaction-hub", "b")]
    assert len(set(kept.entries.values())) == 2
    with pytest.raises(Misconfigured, match="sealed with another key"):
        Vault(tmp_path / "a", {"HUB_KEY": "keyring:b"}).get("anna", "password")


@pytest.mark.parametrize("left", [0, 1])
def test_a_rotation_that_the_keyring_breaks_off_loses_nothing_and_is_gone_on_with(kept, tmp_path, left):
    vault = Vault(tmp_path, {"HUB_KEY": "keyring"})
    vault.put("anna", "password", "1")
    before, kept.left = kept.entries["interaction-hub", "hub-key"], left
    with pytest.raises(Misconfigured, match="KeyringLocked: it was closed"):
        vault.rotate()
    assert vault.get("anna", "password") == "1"
    kept.left = 100
    assert vault.rotate() == 1
    assert vault.get("anna", "password") == "1"
    after = kept.entries["interaction-hub", "hub-key"]
    assert len(after.split()) == 1
    assert before.strip() not in after


def test_an_entry_that_went_is_told_and_no_new_key_takes_its_place(kept, tmp_path):
    vault = Vault(tmp_path, {"HUB_KEY": "keyring"})
    vault.put("anna", "password", "1")
    kept.entries.clear()
    for act in (lambda: vault.get("anna", "password"), lambda: vault.put("anna", "other", "2")):
        with pytest.raises(Misconfigured, match="there is no key to open secrets with") as raised:
            act()
        assert "put the key back" in raised.value.fix
    assert not kept.entries


@pytest.mark.parametrize("backend", [fail.Keyring, null.Keyring])
def test_without_a_keyring_nothing_is_sealed(kept, tmp_path, backend):
    """One says that there is none, the other takes everything and keeps nothing."""
    keyring.set_keyring(backend())
    vault = Vault(tmp_path, {"HUB_KEY": "keyring"})
    with pytest.raises(Misconfigured, match="the keyring cannot be used") as raised:
        vault.put("anna", "password", "1")
    assert raised.value.fix.startswith("unlock it")
    assert not vault.path.exists()


def test_without_the_library_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(Misconfigured, match="there is no library") as raised:
        Vault(tmp_path, {"HUB_KEY": "keyring"}).put("anna", "password", "1")
    assert "interaction-hub[keyring]" in raised.value.fix
