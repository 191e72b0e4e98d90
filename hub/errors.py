"""Errors, named by what to do next.

    HubError
    ├── Misconfigured      edit the configuration
    ├── AuthFailed         sign in again
    ├── Unreachable        back off and try again
    │   ├── AskedToWait    ... not before `until`
    │   └── TooLarge       ... and leave out the item that was so large, where it is one item
    ├── CursorLost         read this stream from the start; nothing is lost or doubled
    ├── SuddenlyEmpty      a person confirms that the stream is really empty
    ├── Refused            a person decides, with the other system's own words
    ├── Inconsistent       a defect, of the hub or of a plugin: report it
    └── StoreUnusable      free the disk, unlock or upgrade the database

A connector raises the first six; an exception of any other kind that leaves a connector counts as a defect of the
plugin and ends the run of that stream at its last committed cursor. No message carries a secret.
"""

from datetime import datetime


class HubError(Exception):
    """The root. `str(error)` is one sentence for a person; `fix` says what the person can do."""

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix


class Misconfigured(HubError):
    """The configuration cannot work: edit it. `setting` is the dotted name of the culprit, where there is one."""

    def __init__(self, message: str, *, setting: str = "", fix: str = "") -> None:
        super().__init__(message, fix=fix)
        self.setting = setting


class AuthFailed(HubError):
    """The system does not accept the credentials: sign in again. Never retried by itself."""


class Unreachable(HubError):
    """The system does not answer, or answers that it cannot: the host backs off and tries again."""


class AskedToWait(Unreachable):
    """The system said when to come back. `until` is aware."""

    def __init__(self, message: str, *, until: datetime, fix: str = "") -> None:
        super().__init__(message, fix=fix)
        self.until = until


class TooLarge(Unreachable):
    """What the system sent was cut off at a cap: an item too large to keep, or an answer without an end."""


class CursorLost(HubError):
    """The system no longer knows the cursor: the stream is read from the start, losing and doubling nothing."""


class SuddenlyEmpty(HubError):
    """A stream that had items lists none, or far fewer: refused until a person accepts it."""


class Refused(HubError):
    """The other system said no to something we wrote: held for a person, in its own words."""


class Inconsistent(HubError):
    """What came back contradicts itself (counts, repeated cursors, wrong types): a defect to report."""


class StoreUnusable(HubError):
    """The database cannot be used: disk full, locked, read-only, of a newer version, damaged."""
