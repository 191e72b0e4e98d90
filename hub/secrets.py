"""Passwords and tokens, encrypted at rest: `${secret:NAME}` in the table of a connection.

    secrets.json   beside hub.toml (in the home): connection, name, which key, and the secret under AES-256-GCM
    the key        32 random bytes in base64url: the systemd credential `hub-key`, else the variable HUB_KEY (or the
                   entry of the keyring that it names), else the file secrets.key in the home; `hub secret set` makes
                   it where it is to be ours

A secret is bound to its connection (by permanent id) and name: moved to another place in the file it does not open.
Several keys may stand one after another, with spaces between; the first seals, all open. So a rotation is: a new key in
front, everything sealed anew, the old keys dropped; who dies in between reads everything, and the next rotation ends it.
Whatever others than the owner can read or write is refused, as ssh does.
"""

import base64
import binascii
import fcntl
import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from hub import keyring
from hub.errors import Misconfigured
from hub.i18n import sentence

FILE: Final = "secrets.json"
KEY_FILE: Final = "secrets.key"
CREDENTIAL: Final = "hub-key"
VARIABLE: Final = "HUB_KEY"
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_MOST_BYTES: Final = 1 << 20


class NoSuchSecret(Misconfigured):
    """The secret is not there."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key and what it is called in the file; never shown."""

    bytes: bytes = field(repr=False)

    @property
    def name(self) -> str:
        return hashlib.sha256(b"interaction-hub key\0" + self.bytes).hexdigest()[:12]

    @property
    def text(self) -> str:
        return base64.urlsafe_b64encode(self.bytes).decode("ascii").rstrip("=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A secret as it lies in the file; `connection` is a permanent id, "" for what belongs to none."""

    connection: str
    name: str
    key: str
    sealed: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The keys, the sealing one first, where they come from, and how others are kept there where that is ours to do."""

    keys: tuple[Key, ...]
    source: str
    keep: Callable[[str], None] | None = None


@dataclass(frozen=True, slots=True)
class Vault:
    """The secrets of an installation. Reads the files anew each time: nothing is kept in memory."""

    home: Path
    environ: Mapping[str, str]

    @property
    def path(self) -> Path:
        return self.home / FILE

    def get(self, connection: str, name: str) -> str:
        """A secret. Raises `NoSuchSecret`, or `Misconfigured` when it does not open."""
        found = self._read()
        one = next((one for one in found if (one.connection, one.name) == (connection, name)), None)
        if one is None:
            raise NoSuchSecret(
                sentence("there is no secret {name}").format(name=name),
                fix=sentence("`hub secret set {words}` asks for it").format(words=f"{connection} {name}".strip()),
            )
        return _opened(one, self.keys())

    def names(self) -> Sequence[Sealed]:
        """What there is, by connection and name."""
        return self._read()

    def put(self, connection: str, name: str, secret: str) -> None:
        """Keep a secret in the place of the one before; the first makes a key."""
        with self._locked():
            keys = self._made_keys()
            others = [one for one in self._read() if (one.connection, one.name) != (connection, name)]
            self._write([*others, _sealed(connection, name, secret, keys.keys[0])])

    def drop(self, connection: str, name: str) -> bool:
        """Forget a secret. Returns whether there was one."""
        with self._locked():
            found = self._read()
            left = [one for one in found if (one.connection, one.name) != (connection, name)]
            if len(left) < len(found):
                self._write(left)
            return len(left) < len(found)

    @contextmanager
    def sealing(self) -> Iterator[Callable[[str, str, str], Sealed]]:
        """What seals a secret that is kept elsewhere: (connection, name, secret). No rotation ends inside the block, so
        that the key is not gone before what it sealed is where the next rotation finds it.
        """
        with self._locked():
            keys = self._made_keys()
            yield lambda connection, name, secret: _sealed(connection, name, secret, keys.keys[0])

    def opened(self, one: Sealed) -> str:
        """A secret that is kept elsewhere. Raises `Misconfigured` when it does not open."""
        return _opened(one, self.keys())

    def rotate(self, elsewhere: Callable[[Callable[[Sealed], Sealed]], int] = lambda _anew: 0) -> int:
        """Seal everything with a new key, or go on with a rotation that was broken off. Returns how many secrets.

        `elsewhere` is given what seals one anew, does so with all that is kept elsewhere, and says how many that were. Keys that are given from outside are not ours to change: there the new one is put in front by whoever gives them.
        """
        with self._locked():
            if self._found_keys() is None and not self._read():
                return elsewhere(self._without_key)
            keys = self.keys()
            keep = keys.keep
            if keep is not None and len(keys.keys) == 1:
                keys = replace(keys, keys=(Key(os.urandom(_KEY_BYTES)), *keys.keys))
                keep(_as_text(keys.keys))
            first = keys.keys[0]
            found = [(one, _opened(one, keys)) for one in self._read()]
            self._write([
                one if one.key == first.name else _sealed(one.connection, one.name, secret, first)
                for one, secret in found
            ])  # fmt: skip
            others = elsewhere(lambda one: _sealed(one.connection, one.name, _opened(one, keys), first))
            if keep is not None:
                keep(_as_text((first,)))
            return len(found) + others

    # --- keys

    def keys(self) -> Keys:
        """The keys that open and seal. Raises `Misconfigured` where there is none."""
        found = self._found_keys()
        if found is None:
            raise self._no_key()
        return found

    def _no_key(self) -> Misconfigured:
        fix = sentence("put the key back where it was; without it, sign in anew: hub connect")
        if self.path.exists():
            fix = sentence("put the key back where it was; without it, set every secret anew after removing {file}")
        text = sentence(
            "there is no key to open secrets with: neither the credential {credential}, nor {variable}, nor {file}"
        )
        return Misconfigured(
            text.format(credential=CREDENTIAL, variable=VARIABLE, file=self.home / KEY_FILE),
            fix=fix.format(file=self.path),
        )

    def _without_key(self, _one: Sealed) -> Sealed:
        raise self._no_key()

    def _found_keys(self) -> Keys | None:
        folder = self.environ.get("CREDENTIALS_DIRECTORY")
        if folder and (path := Path(folder) / CREDENTIAL).exists():
            return Keys(keys=_keys(_content(path, ours=False), str(path)), source="credential")
        if text := self.environ.get(VARIABLE):
            if lies := keyring.entry(text):
                kept = lies.get()
                return Keys(keys=_keys(kept, text), source="keyring", keep=lies.put) if kept else None
            return Keys(keys=_keys(text, VARIABLE), source="environment")
        path = self.home / KEY_FILE
        if path.exists():
            return Keys(keys=_keys(_content(path), str(path)), source="file", keep=partial(_replace, path))
        return None

    def _made_keys(self) -> Keys:
        found = self._found_keys()
        if found is not None:
            return found
        if self._read():
            return self.keys()  # a new key would not open what there is: say so
        lies = keyring.entry(self.environ.get(VARIABLE, ""))
        keep = lies.put if lies else partial(_replace, self.home / KEY_FILE)
        made = Keys(keys=(Key(os.urandom(_KEY_BYTES)),), source="keyring" if lies else "file", keep=keep)
        keep(_as_text(made.keys))
        return made

    # --- the file

    def _read(self) -> Sequence[Sealed]:
        if not self.path.exists():
            return ()
        try:
            said = json.loads(_content(self.path))
            found = [Sealed(**one) for one in said["secrets"]]
        except (ValueError, TypeError, KeyError) as error:
            text = sentence("{file} is not the hub's list of secrets, or damaged").format(file=self.path)
            raise Misconfigured(
                text, fix=sentence("restore it from a backup, or remove it and set them anew")
            ) from error
        return sorted(found, key=lambda one: (one.connection, one.name))

    def _write(self, secrets: Sequence[Sealed]) -> None:
        listed = sorted(secrets, key=lambda one: (one.connection, one.name))
        rows = [
            {"connection": one.connection, "name": one.name, "key": one.key, "sealed": one.sealed} for one in listed
        ]
        _replace(self.path, json.dumps({"version": 1, "secrets": rows}, ensure_ascii=False, indent=1) + "\n")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One change at a time."""
        try:
            descriptor = os.open(self.home / f".{FILE}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise _unwritable(self.home, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


# --- sealing ---------------------------------------------------------------------------------------------------------


def _sealed(connection: str, name: str, secret: str, key: Key) -> Sealed:
    nonce = os.urandom(_NONCE_BYTES)
    body = _cipher(key).encrypt(nonce, secret.encode("utf-8", "surrogatepass"), _place(connection, name))
    return Sealed(connection=connection, name=name, key=key.name, sealed=base64.b64encode(nonce + body).decode("ascii"))


def _opened(one: Sealed, keys: Keys) -> str:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - only where there are secrets

    key = next((key for key in keys.keys if key.name == one.key), None)
    if key is None:
        text = sentence("the secret {name} was sealed with another key ({key})").format(name=one.name, key=one.key)
        raise Misconfigured(text, fix=sentence("put that key back, or set the secret anew"))
    try:
        body = base64.b64decode(one.sealed, validate=True)
        opened = _cipher(key).decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], _place(one.connection, one.name))
    except (InvalidTag, binascii.Error, ValueError) as error:
        text = sentence("the secret {name} does not open: it is damaged, or was made for another connection or name")
        raise Misconfigured(text.format(name=one.name), fix=sentence("set it anew")) from error
    return str(opened, "utf-8", "surrogatepass")


def _place(connection: str, name: str) -> bytes:
    """What a secret is bound to."""
    return json.dumps([connection, name], ensure_ascii=True).encode("ascii")


def _cipher(key: Key) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - only where there are secrets

    return AESGCM(key.bytes)


# --- files -----------------------------------------------------------------------------------------------------------


def _keys(text: str, source: str) -> tuple[Key, ...]:
    found = []
    for word in text.split():
        try:
            decoded = base64.urlsafe_b64decode(word + "=" * (-len(word) % 4))
        except (binascii.Error, ValueError):
            decoded = b""
        if len(decoded) != _KEY_BYTES:
            wrong = sentence("{source} is no key: 32 bytes in base64url").format(source=source)
            raise Misconfigured(wrong, fix=sentence("see whether it was cut or changed on its way"))
        found.append(Key(decoded))
    if not found:
        raise Misconfigured(
            sentence("there is no key in {source}").format(source=source), fix=sentence("put the key there")
        )
    return tuple(found)


def _as_text(keys: Sequence[Key]) -> str:
    return " ".join(key.text for key in keys) + "\n"


def _content(path: Path, *, ours: bool = True) -> str:
    """What a file says that only its owner may read; `ours`: that is ours to see to."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            raw = file.read(_MOST_BYTES)
    except OSError as error:
        text = sentence("{file} cannot be read: {why}").format(file=path, why=error.strerror or str(error))
        raise Misconfigured(text, fix=sentence("check its owner and rights")) from error
    if ours and stat.S_IMODE(mode) & 0o077:
        text = sentence("others can read or write {file}").format(file=path)
        raise Misconfigured(text, fix=sentence("shut others out: chmod 600 {file}").format(file=path))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        text = sentence("{file} is not the hub's list of secrets, or damaged").format(file=path)
        raise Misconfigured(text, fix=sentence("restore it from a backup, or remove it and set them anew")) from error


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all, for its owner only."""
    draft = path.with_name(f".{path.name}.new")
    try:
        with suppress(FileNotFoundError):
            draft.unlink()
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> Misconfigured:
    text = sentence("{file} cannot be written: {why}").format(file=path, why=error.strerror or str(error))
    return Misconfigured(text, fix=sentence("check the owner and rights of its folder"))
