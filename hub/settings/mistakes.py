"""A mistake in the configuration: what is wrong, where, what was meant, how to put it right.

    config/hub.toml:14:1: HUB104 [connections.sales] has no key `nmae`. Did you mean `name`? Fix: …

Codes are permanent: a code is never given another meaning.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from hub.errors import Misconfigured
from hub.i18n import N_, _
from hub.settings.places import Key, Place

CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "HUB100": N_("The file cannot be read"),
        "HUB101": N_("The file is not valid TOML"),
        "HUB102": N_("A key is given twice"),
        "HUB103": N_("A secret stands in the file in plain text"),
        "HUB104": N_("There is no such key"),
        "HUB105": N_("A key is missing"),
        "HUB106": N_("The value is of another type"),
        "HUB107": N_("The value is out of bounds"),
        "HUB108": N_("The value is not one of those allowed"),
        "HUB109": N_("The value does not fit"),
        "HUB110": N_("The file is written for a newer hub"),
        "HUB111": N_("An environment variable is not set"),
        "HUB112": N_("The file named in ${file:…} cannot be used"),
        "HUB113": N_("A secret that is not there, or does not open"),
        "HUB114": N_("A ${…} is not understood"),
        "HUB115": N_("Others can read the file of a secret"),
        "HUB116": N_("A variable HUB__… sets nothing"),
        "HUB120": N_("There is no such connector"),
        "HUB121": N_("A plugin is broken"),
        "HUB122": N_("Two connections have the same id"),
        "HUB123": N_("Two connections read the same"),
        "HUB124": N_("The name cannot be used"),
        "HUB125": N_("The path does not exist"),
        "HUB126": N_("Nobody has signed in yet"),
        "HUB130": N_("There is no such time zone"),
        "HUB131": N_("It is not a domain"),
        "HUB132": N_("An own domain is free mail"),
        "HUB133": N_("It is not a mail address"),
        "HUB134": N_("It is not a telephone number"),
        "HUB135": N_("An employee has no address"),
        "HUB136": N_("There is no such employee"),
        "HUB137": N_("Two employees are the same"),
        "HUB138": N_("An absence ends before it begins"),
        "HUB139": N_("Nobody is ours"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One thing to put right. `key` is where it is in the configuration, `place` where it stands in a file.

    `meant` is the name that was probably meant; a `warning` stops nothing. No field ever holds a secret.
    """

    code: str
    place: Place
    message: str
    key: Key = ()
    meant: str = ""
    fix: str = ""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        head = f"{self.place}: {self.code} "
        if self.severity == "warning":
            head += _("warning: ")
        said = [head + self.message + ("" if self.message.endswith((".", "!", "?")) else ".")]
        if self.meant:
            said.append(_("Did you mean {name}?").format(name=f"`{self.meant}`"))
        if self.fix:
            said.append(_("Fix: {fix}").format(fix=self.fix))
        return " ".join(said)


class InvalidConfiguration(Misconfigured):
    """The configuration has mistakes: `mistakes` are all of them, the message one line for each."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        lines = [_("the configuration has mistakes"), *(f"  {mistake}" for mistake in self.mistakes)]
        super().__init__("\n".join(lines), fix=_("put them right; `hub config check` looks again"))


def dotted(key: Key) -> str:
    """A key as people write it: company.employees[1].name; a part that is no bare key is quoted."""
    text = ""
    for part in key:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            bare = part.replace("_", "").replace("-", "")
            name = part if bare.isascii() and bare.isalnum() else f'"{part}"'
            text += f".{name}" if text else name
    return text
