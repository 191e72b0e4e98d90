"""Who there is to read in an organisation: its employees, and the mailboxes that are nobody's own.

Employees: https://yandex.ru/dev/api360/doc/ru/directory/get-users (`limit`, `offset` in multiples of it, `total`; fields
`email`, `is_enabled`, `is_dismissed`, `is_robot`). The older list at api360.yandex.net is no longer supported:
https://yandex.ru/dev/api360/doc/ru/ref/UserService/UserService_List.

Shared mailboxes: https://yandex.ru/dev/api360/doc/ru/ref/MailboxService/MailboxService_ListShared (`page`, `perPage`,
`total`; only numbers) and `MailboxService_GetShared` (the address).

Both want the token of an administrator (https://yandex.ru/dev/api360/doc/ru/access).

Assumptions: neither is open to a service application (the rights listed at
https://yandex.ru/dev/api360/doc/ru/ref/ServiceApplicationsService/ServiceApplicationsService_Create are those of mail, calendars,
disks and the like, and public programs take an administrator's token); a page of 1,000 employees is given, or a shorter one that says so in `limit`; a page of 100 shared mailboxes
likewise; a token for a shared mailbox is got by its address, as for an employee; what is in both lists is shared.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from functools import partial
from typing import TYPE_CHECKING

from hub.accounts import Account, is_address
from hub.connectors import Tools
from hub.errors import AuthFailed, Misconfigured, Unreachable
from hub.i18n import sentence
from hub.yandex360.answers import Object, number, object_of, objects, text, undocumented
from hub.yandex360.settings import Yandex360
from hub.yandex360.tokens import AN_HOUR, Tokens

if TYPE_CHECKING:
    from hub.http.kinds import HttpClient, HttpResponse

_PAGE = 1000
_SHARED_PAGE = 100
_MOST_PAGES = 1000
_MOST_BYTES = 30_000_000
_KNOWN_FOR = timedelta(minutes=10)
_MAILBOXES = "ya360_admin:mail_read_shared_mailbox_inventory"


@dataclass(slots=True)
class Yandex360Staff:
    """The accounts of an organisation, each with a token of its own; with `shared`, its shared mailboxes too.

    Whoever is blocked, dismissed or a robot is not among them. `close` it.
    """

    settings: Yandex360
    tools: Tools
    shared: bool = False
    tokens: Tokens = field(init=False, repr=False)
    _known: Sequence[Account] = field(default=(), init=False, repr=False)
    _since: datetime | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self.tokens = Tokens(self.settings, self.tools)

    def close(self) -> None:
        self.tokens.close()

    def accounts(self) -> Sequence[Account]:
        """Everybody there is now; asked again after ten minutes.

        Raises `AuthFailed`, `Misconfigured` or `Unreachable` when the directory does not tell, or not all of it, and
        `Misconfigured` when there is nobody, or the service application is unknown.
        """
        now = self.tools.clock()
        if self._since is None or now - self._since >= _KNOWN_FOR:
            found = list(self._asked())
            self._prove(found)
            self._known, self._since = _in_turn(found, now), now
        return self._known

    def _asked(self) -> Iterator[Account]:
        shared = self._addresses_of_shared() if self.shared and self.settings.shared_mailboxes else {}
        people = self._addresses_of_people(set(shared))
        every = {**dict.fromkeys(people, False), **dict.fromkeys(shared.values(), True)}
        wanted = {address: is_shared for address, is_shared in every.items() if not self._is_left_out(address)}
        if not wanted:
            fix = sentence("see that it is the right organisation, and what `yandex360.leave_out` says")
            raise Misconfigured(sentence("the directory names nobody to read"), setting="yandex360", fix=fix)
        self.tools.log.info("yandex360: %d of %d accounts, %d shared", len(wanted), len(every), len(shared))
        for address, is_shared in sorted(wanted.items()):
            yield Account(address=address, user=address, secret=partial(self.tokens.of, address), shared=is_shared)

    def _is_left_out(self, address: str) -> bool:
        return any(fnmatchcase(address, pattern.lower()) for pattern in self.settings.leave_out)

    def _prove(self, accounts: Sequence[Account]) -> None:
        """Get one token at once: where the application is unknown, that is told of the connection and not of everybody."""
        for account in accounts[:1]:
            try:
                account.credential()
            except (AuthFailed, Unreachable):
                return  # told where this one is read

    # --- the lists ---

    def _addresses_of_people(self, but: set[str]) -> list[str]:
        """The addresses of those whom the directory has, in its order; ids in `but` are passed over."""
        url = f"/v1/directory/organizations/{self.settings.organisation}/users"
        seen: dict[str, str] = {}
        with closing(self._client(self.settings.directory_url)) as client:
            limit, offset, total = _PAGE, 0, 0
            for _page in range(_MOST_PAGES):
                asked = {"limit": limit, "offset": offset}
                page = _told(client.get(url, params=asked), "directory:read_users")
                users = {text(user, "id"): user for user in objects(page, "items")}
                seen |= {key: _address(user) for key, user in users.items()}
                limit = min(limit, number(page, "limit", limit) or limit)
                offset, total = offset + limit, number(page, "total", 0)
                if not users or offset >= total:
                    break
        _check_all(len(seen), total, self.settings.directory_url)
        return [address for key, address in seen.items() if address and key not in but]

    def _addresses_of_shared(self) -> dict[str, str]:
        """Id -> address."""
        url = f"/admin/v1/org/{self.settings.organisation}/mailboxes/shared"
        found: dict[str, str] = {}
        with closing(self._client(self.settings.admin_url)) as client:
            total = 0
            for page_number in range(1, _MOST_PAGES):
                asked = {"page": page_number, "perPage": _SHARED_PAGE}
                page = _told(client.get(url, params=asked), _MAILBOXES)
                ids = [text(one, "resourceId") for one in objects(page, "resources")]
                found |= {key: _address_at(client, f"{url}/{key}") for key in ids if key.isdigit() and key not in found}
                total = number(page, "total", 0)
                if not ids or len(found) >= total:
                    break
        _check_all(len(found), total, self.settings.admin_url)
        return {key: address for key, address in found.items() if address}

    def _client(self, url: str) -> "HttpClient":
        headers = {"Authorization": f"OAuth {self.settings.directory_token.get_secret_value()}"}
        return self.tools.network.client(url, headers=headers, most=_MOST_BYTES, expect=(401,))


def _in_turn(accounts: Sequence[Account], now: datetime) -> Sequence[Account]:
    """Of more accounts than an hour has tokens, in each hour the next ones first, so that everybody's turn comes."""
    if len(accounts) <= AN_HOUR:
        return accounts
    start = int(now.timestamp() // 3600) * AN_HOUR % len(accounts)
    return [*accounts[start:], *accounts[:start]]


def _address(user: Object) -> str:
    """The address of somebody whose mailbox is read, else ""."""
    address = text(user, "email").strip().lower()
    works = user.get("is_enabled", True) and not user.get("is_dismissed") and not user.get("is_robot")
    return address if works and is_address(address) else ""


def _address_at(client: "HttpClient", url: str) -> str:
    """The address of a shared mailbox; "" when it is gone by now."""
    response = client.get(url)
    if response.status_code == 404:
        return ""
    address = text(_told(response, _MAILBOXES), "email").strip().lower()
    return address if is_address(address) else ""


def _told(response: "HttpResponse", right: str) -> Object:
    """What an answer says, or the reason why it says nothing; `right` is what the token needs for it."""
    match response.status_code:
        case 200:
            return object_of(response)
        case 401:
            said = sentence("Yandex does not accept the token for the directory")
            fix = sentence(
                "get a new one for `yandex360.directory_token`: a token ends in time, and with a change of the password"
            )
            raise AuthFailed(said, fix=fix)
        case 403:
            raise _without(right)
        case 404:
            fix = sentence("correct `yandex360.organisation`: its number stands at admin.yandex.ru, below its name")
            said = sentence("Yandex knows no such organisation")
            raise Misconfigured(said, setting="yandex360.organisation", fix=fix)
        case _:
            raise undocumented(response)


def _without(right: str) -> Misconfigured:
    said = sentence("the token for the directory does not have the right {right}").format(right=right)
    fix = sentence("give its application this right, and get a new token as an administrator of the organisation")
    if right == _MAILBOXES:
        fix = sentence(
            "give its application this right, and get a new token as an administrator of the organisation; or set "
            "`shared_mailboxes = false`"
        )
    return Misconfigured(said, setting="yandex360.directory_token", fix=fix)


def _check_all(seen: int, total: int, origin: str) -> None:
    """Refuse a list that is shorter than it says: who is missing in it would not be read, and nobody would know."""
    if seen < total:
        said = sentence("{who} names {seen} of {total} accounts").format(who=origin, seen=seen, total=total)
        raise Unreachable(said, fix=sentence("the hub tries again by itself"))
