"""The door: every name a plugin author may use.

    import hub

    @hub.hookimpl
    def register_connectors():
        return [hub.Connector(name="notes.files", title="Notes", settings=Settings, open=open_notes, map=map_note)]

Everything else under `hub.` may change without notice. Names are imported when they are first used, so that
`hub --help` does not wait for what it does not need.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hub.accounts import Account, AccountSettings, Address, accounts_in, each_once, is_address
    from hub.connectors import (
        API,
        Assumption,
        Connector,
        Covers,
        Current,
        Fetches,
        Known,
        Listing,
        Lists,
        Mapped,
        MapResult,
        Page,
        Quiet,
        Raw,
        Receipt,
        Ring,
        Settings,
        Size,
        Sizes,
        Source,
        Stays,
        Stream,
        Target,
        Tools,
        Waits,
        Window,
        WriteBack,
        Writer,
    )
    from hub.core.pace import Rate
    from hub.core.records import (
        Attachment,
        Call,
        Company,
        Contact,
        Deal,
        Document,
        Email,
        Gone,
        Identifier,
        Meeting,
        Message,
        Moment,
        Note,
        Participant,
        Record,
        StageChange,
        Task,
        Ticket,
        Unreadable,
        User,
        moment,
    )
    from hub.errors import (
        AskedToWait,
        AuthFailed,
        CursorLost,
        HubError,
        Misconfigured,
        Refused,
        SuddenlyEmpty,
        TooLarge,
        Unreachable,
    )
    from hub.fields import Paths, Timezone
    from hub.grants import Grant, Redirect, SignIn, Tokens
    from hub.hookspecs import hookimpl
    from hub.http.kinds import HttpClient, HttpResponse
    from hub.i18n import sentence, sentences
    from hub.network import Limit, Network
    from hub.windows import Habit, Place, Span, Spans
    from hub.yandex360.settings import Yandex360
    from hub.yandex360.staff import Yandex360Staff

__all__ = [
    "API",
    "Account",
    "AccountSettings",
    "Address",
    "AskedToWait",
    "Assumption",
    "Attachment",
    "AuthFailed",
    "Call",
    "Company",
    "Connector",
    "Contact",
    "Covers",
    "Current",
    "CursorLost",
    "Deal",
    "Document",
    "Email",
    "Fetches",
    "Gone",
    "Grant",
    "Habit",
    "HttpClient",
    "HttpResponse",
    "HubError",
    "Identifier",
    "Known",
    "Limit",
    "Listing",
    "Lists",
    "MapResult",
    "Mapped",
    "Meeting",
    "Message",
    "Misconfigured",
    "Moment",
    "Network",
    "Note",
    "Page",
    "Participant",
    "Paths",
    "Place",
    "Quiet",
    "Rate",
    "Raw",
    "Receipt",
    "Record",
    "Redirect",
    "Refused",
    "Ring",
    "Settings",
    "SignIn",
    "Size",
    "Sizes",
    "Source",
    "Span",
    "Spans",
    "StageChange",
    "Stays",
    "Stream",
    "SuddenlyEmpty",
    "Target",
    "Task",
    "Ticket",
    "Timezone",
    "Tokens",
    "TooLarge",
    "Tools",
    "Unreachable",
    "Unreadable",
    "User",
    "Waits",
    "Window",
    "WriteBack",
    "Writer",
    "Yandex360",
    "Yandex360Staff",
    "accounts_in",
    "each_once",
    "hookimpl",
    "is_address",
    "moment",
    "sentence",
    "sentences",
]

_MODULES = (
    "hub.errors",
    "hub.core.records",
    "hub.core.pace",
    "hub.network",
    "hub.grants",
    "hub.hookspecs",
    "hub.i18n",
    "hub.connectors",
    "hub.windows",
    "hub.fields",
    "hub.accounts",
    "hub.yandex360.settings",
    "hub.yandex360.staff",
    "hub.http.kinds",
)


if not TYPE_CHECKING:  # a type checker would take any name for one that is there

    def __getattr__(name: str) -> Any:
        if name in __all__:
            for module in map(import_module, _MODULES):
                if hasattr(module, name):
                    globals()[name] = value = getattr(module, name)
                    return value
        raise AttributeError(f"module 'hub' has no attribute {name!r}")
