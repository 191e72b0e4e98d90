"""The key of the secrets in the keyring of whoever is signed in: GNOME's or KDE's, the macOS keychain.

HUB_KEY=keyring           the entry `hub-key` of the service `interaction-hub`
HUB_KEY=keyring:NAME      another entry, where one person keeps several hubs
"""

from dataclasses import dataclass
from typing import Any, Final

from hub.errors import Misconfigured
from hub.i18n import sentence

SERVICE: Final = "interaction-hub"
_SCHEME: Final = "keyring"
_ENTRY: Final = "hub-key"


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a key lies, or is to lie."""

    name: str

    def get(self) -> str:
        """The text that lies there, "" for none. Raises `Misconfigured` where the keyring cannot be asked."""
        return self._asked("get_password", SERVICE, self.name) or ""

    def put(self, text: str) -> None:
        """Keep a text there. Raises `Misconfigured` where the keyring does not: some only look as if they did."""
        self._asked("set_password", SERVICE, self.name, text)
        if self.get() != text:
            raise _unusable(sentence("it does not keep what it is given"))

    def _asked(self, what: str, *words: str) -> Any:
        try:
            import keyring  # noqa: PLC0415 - an extra, and only for who keeps his key there
        except ImportError as error:
            text = sentence("HUB_KEY names the keyring, and there is no library for it")
            raise Misconfigured(
                text, fix=sentence("install interaction-hub[keyring], or give the key in another way")
            ) from error
        try:
            return getattr(keyring, what)(*words)
        except Exception as error:  # what a backend raises is its own affair
            raise _unusable(f"{type(error).__name__}: {error}".splitlines()[0]) from error


def entry(said: str) -> Entry | None:
    """The entry that HUB_KEY names; None where it is a key itself."""
    scheme, _, name = said.strip().partition(":")
    return Entry(name or _ENTRY) if scheme == _SCHEME else None


def _unusable(why: str) -> Misconfigured:
    return Misconfigured(
        sentence("the keyring cannot be used: {why}").format(why=why),
        fix=sentence("unlock it, or give the key in another way: a file, a credential of systemd, HUB_KEY"),
    )
