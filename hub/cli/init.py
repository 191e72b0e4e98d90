"""`hub init`: a first configuration from a few answers, or from options where nobody can be asked."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

import typer

from hub import i18n
from hub.cli.invocation import Invocation, invocation
from hub.cli.output import Output
from hub.core import normalize
from hub.core.freemail import is_free_mail
from hub.errors import Misconfigured
from hub.i18n import N_, _
from hub.secrets import Vault
from hub.settings import check, home_of
from hub.settings.schema import FILE_NAME, json_schema
from hub.settings.template import Beginning, Crm, first_config, person
from hub.settings.words import closest_zone

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("init", help=N_("Answer a few questions and get a configuration"))
def init(
    context: typer.Context,
    *,
    language: Annotated[str, typer.Option(metavar="ru|en", help=N_("Language of the hub and of the file"))] = "",
    company: Annotated[str, typer.Option(metavar="NAME", help=N_("Name of your company"))] = "",
    timezone: Annotated[str, typer.Option(metavar="ZONE", help=N_("Time zone, such as Europe/Moscow"))] = "",
    domain: Annotated[list[str] | None, typer.Option(metavar="DOMAIN", help=N_("Own mail domain; repeat it"))] = None,
    employee: Annotated[
        list[str] | None, typer.Option(metavar="'NAME <ADDRESS>'", help=N_("One of your people; repeat it"))
    ] = None,
    mail: Annotated[list[str] | None, typer.Option(metavar="FOLDER", help=N_("Folder of mail; repeat it"))] = None,
    calendar: Annotated[
        list[str] | None, typer.Option(metavar="PATH", help=N_("Calendar file or folder; repeat it"))
    ] = None,
    clients: Annotated[str, typer.Option(metavar="FILE", help=N_("List of clients, CSV or XLSX"))] = "",
    amocrm: Annotated[str, typer.Option(metavar="ADDRESS", help=N_("Your amoCRM, such as my.amocrm.ru"))] = "",
    amocrm_client_id: Annotated[
        str, typer.Option(metavar="ID", help=N_("Integration of your own in it, instead of a long-lived token"))
    ] = "",
    bitrix24: Annotated[str, typer.Option(metavar="ADDRESS", help=N_("Your Bitrix24, such as my.bitrix24.ru"))] = "",
    bitrix24_client_id: Annotated[
        str, typer.Option(metavar="ID", help=N_("Application of your own in it, instead of an inbound webhook"))
    ] = "",
    force: Annotated[bool, typer.Option("--force", help=N_("Replace a configuration that is there"))] = False,
) -> None:
    called = invocation(context)
    if called.config.exists() and not force:
        fix = _("--force replaces it, --config FILE writes another one")
        raise Misconfigured(_("{file} is there already").format(file=called.config), fix=fix)
    given = {
        "language": [language] if language else [],
        "company": [company] if company else [],
        "timezone": [timezone] if timezone else [],
        "domain": domain or [],
        "employee": employee or [],
        "mail": mail or [],
        "calendar": calendar or [],
        "clients": [clients] if clients else [],
        "amocrm": [amocrm] if amocrm else [],
        "amocrm-client-id": [amocrm_client_id] if amocrm_client_id else [],
        "bitrix24": [bitrix24] if bitrix24 else [],
        "bitrix24-client-id": [bitrix24_client_id] if bitrix24_client_id else [],
    }
    stated = _checked(given)
    somebody = sys.stdin.isatty() and sys.stdout.isatty()
    answers = _asked(stated, called.output) if somebody else _complete(stated)
    beginning = _beginning(answers, home_of(called.config))
    secrets = dict(_secrets(beginning.crms)) if somebody else {}
    _write(beginning, secrets, called)


# --- questions -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked, where that of `after` has an answer. `check` gives an answer its final form, or raises `ValueError` with
    what is wrong.
    """

    option: str
    text: str
    check: Callable[[str], str] = str.strip
    many: bool = False
    needed: bool = False
    default: Callable[[], str] = str
    after: str = ""


def _language(text: str) -> str:
    if not (found := i18n.spoken(text)):
        raise ValueError(_("write ru or en"))
    return found


def _zone(text: str) -> str:
    try:
        return ZoneInfo(text.strip()).key
    except (KeyError, ValueError, OSError):
        near = closest_zone(text)
        meant = " " + _("Did you mean {name}?").format(name=near) if near else ""
        raise ValueError(_("there is no time zone {given}").format(given=text) + "." + meant) from None


def _domain(text: str) -> str:
    found = normalize.domain(text.strip().removeprefix("@"))
    if found is None or "." not in found:
        raise ValueError(_("{given} is not a domain").format(given=text))
    if is_free_mail(found):
        raise ValueError(_("{domain} is free mail: name your people instead").format(domain=found))
    return found


def _employee(text: str) -> str:
    name, address = person(text)
    if not name or normalize.email(address) is None:
        raise ValueError(_("write it as {example}").format(example="Анна Смирнова <anna@my.example>"))
    return f"{name} <{address}>"


def _address(text: str) -> str:
    found = text.strip().rstrip("/")
    if "." not in found or " " in found:
        raise ValueError(_("{given} is not an address").format(given=text))
    return found


def _machine_zone() -> str:
    """The time zone of this machine, where it says one."""
    name = os.environ.get("TZ", "").removeprefix(":")
    target = str(Path("/etc/localtime").resolve())
    name = name or target.partition("/zoneinfo/")[2]
    try:
        return ZoneInfo(name).key if "/" in name else ""
    except (KeyError, ValueError, OSError):
        return ""


QUESTIONS: Final = (
    Question(option="language", text=N_("Language, ru or en"), check=_language, needed=True, default=i18n.language),
    Question(option="company", text=N_("Name of your company"), needed=True),
    Question(
        option="timezone", text=N_("Time zone, such as Europe/Moscow"), check=_zone, needed=True, default=_machine_zone
    ),
    Question(option="domain", text=N_("Own mail domain, such as my.example"), check=_domain, many=True),
    Question(option="employee", text=N_("One of your people: name <address>"), check=_employee, many=True),
    Question(option="mail", text=N_("Folder of mail (.eml, mbox, Maildir)"), many=True),
    Question(option="calendar", text=N_("File or folder of calendars (.ics)"), many=True),
    Question(option="clients", text=N_("File with the list of clients (CSV, XLSX)")),
    Question(option="amocrm", text=N_("Address of your amoCRM, such as my.amocrm.ru"), check=_address),
    Question(
        option="amocrm-client-id", text=N_("Id of an integration of your own, if no long-lived token"), after="amocrm"
    ),
    Question(option="bitrix24", text=N_("Address of your Bitrix24, such as my.bitrix24.ru"), check=_address),
    Question(
        option="bitrix24-client-id",
        text=N_("Id of an application of your own, if no inbound webhook"),
        after="bitrix24",
    ),
)
SECRETS: Final = {
    "token": N_("Long-lived token"),
    "webhook": N_("Inbound webhook, its whole URL"),
    "client_secret": N_("Its key (client_secret)"),
}
"""What lets the hub into a CRM, by what it is called in the configuration."""
Answers = Mapping[str, Sequence[str]]


def _checked(given: Answers) -> Answers:
    """The answers in their final form. Raises `Misconfigured` with everything that is wrong with them."""
    checked: dict[str, list[str]] = {}
    wrong: list[str] = []
    for question in QUESTIONS:
        checked[question.option] = []
        for text in given[question.option]:
            try:
                checked[question.option].append(question.check(text))
            except ValueError as error:
                wrong.append(f"--{question.option}: {error}")
        if given[question.option] and question.after and not given[question.after]:
            wrong.append(f"--{question.option}: " + _("{option} is missing").format(option=f"--{question.after}"))
    if wrong:
        raise Misconfigured("\n".join(wrong))
    return checked


def _complete(answers: Answers) -> Answers:
    """The answers, defaults added. Raises `Misconfigured` when something is missing and nobody can be asked."""
    found = dict(answers)
    for question in QUESTIONS:
        if question.needed and not found[question.option] and question.option != "timezone":
            found[question.option] = [question.default()] if question.default() else []
    i18n.use(found["language"][0])
    missing = [f"--{question.option}" for question in QUESTIONS if question.needed and not found[question.option]]
    if not (found["domain"] or found["employee"]):
        missing.append(_("--domain or --employee"))
    if missing:
        message = _("this is no terminal to ask in, and these options are missing: {options}")
        raise Misconfigured(message.format(options=", ".join(missing)), fix=_("hub init --help tells of each"))
    return found


def _asked(answers: Answers, output: Output) -> Answers:
    """The answers, asked for where they are not given; in the language that is answered first."""
    found = dict(answers)
    for question in QUESTIONS:
        if not found[question.option] and (not question.after or found[question.after]):
            found[question.option] = list(_ask(question, output))
        if question.option == "language":
            i18n.use(found["language"][0])
        if question.option == "employee" and not (found["domain"] or found["employee"]):
            output.say(_("Without a domain or a person the hub cannot tell who is yours."))
            found["employee"] = [_ask_once(question, output, needed=True)]
    return found


def _ask(question: Question, output: Output) -> Iterator[str]:
    """One answer, or answers until an empty one."""
    answer = _ask_once(question, output, needed=question.needed)
    while answer:
        yield answer
        answer = _ask_once(question, output, needed=False) if question.many else ""


def _ask_once(question: Question, output: Output, *, needed: bool) -> str:
    hint = "" if needed else " " + (_("(Enter: no more)") if question.many else _("(Enter: none)"))
    default = question.default()
    while True:
        text = typer.prompt(_(question.text) + hint, default=default, show_default=bool(default)).strip()
        try:
            if text or not needed:
                return question.check(text) if text else ""
        except ValueError as error:
            output.say(f"  {error}")


def _secrets(crms: Sequence[Crm]) -> Iterator[tuple[Crm, str]]:
    """The secrets that are known already; nothing of them is shown."""
    for crm in crms:
        hint = " " + _("(Enter: later)")
        question = _(SECRETS[crm.secret])
        text = f"{crm.address}: {question}{hint}"
        if said := typer.prompt(text, default="", show_default=False, hide_input=True).strip():
            yield crm, said


# --- the file --------------------------------------------------------------------------------------------------------


def _beginning(answers: Answers, home: Path) -> Beginning:
    return Beginning(
        company=answers["company"][0],
        timezone=answers["timezone"][0],
        language=answers["language"][0],
        domains=tuple(answers["domain"]),
        employees=tuple(map(person, answers["employee"])),
        mail=tuple(_from_home(path, home) for path in answers["mail"]),
        calendars=tuple(_from_home(path, home) for path in answers["calendar"]),
        clients=next((_from_home(path, home) for path in answers["clients"]), ""),
        crms=tuple(_crms(answers)),
    )


def _crms(answers: Answers) -> Iterator[Crm]:
    vendors: tuple[Literal["amocrm", "bitrix24"], ...] = ("amocrm", "bitrix24")
    for vendor in vendors:
        for address in answers[vendor]:
            yield Crm(vendor=vendor, address=address, client_id="".join(answers[f"{vendor}-client-id"]))


def _from_home(path: str, home: Path) -> str:
    """A path that was given from the working directory, as the configuration has to say it."""
    whole = Path(path).expanduser().absolute()
    return str(whole.relative_to(home)) if whole.is_relative_to(home) else str(whole)


def _write(beginning: Beginning, secrets: Mapping[Crm, str], called: Invocation) -> None:
    """The file and its schema; a file that the hub itself would refuse is not left behind, but for secrets that are missing."""
    called.config.parent.mkdir(parents=True, exist_ok=True)
    fresh = called.config.with_name(called.config.name + ".new")
    fresh.write_text(first_config(beginning), encoding="utf-8")
    checked = check(fresh)
    wrong = [one for one in checked.errors if one.code not in ("HUB113", "HUB121")]
    if wrong:
        fresh.unlink()
        raise Misconfigured("\n".join(str(one).replace(fresh.name, called.config.name) for one in wrong))
    fresh.replace(called.config)
    schema = json.dumps(json_schema(), ensure_ascii=False, indent=2)
    called.config.with_name(FILE_NAME).write_text(schema + "\n", encoding="utf-8")
    vault = Vault(home_of(called.config), os.environ)
    for crm, secret in secrets.items():
        vault.put(crm.name, crm.secret, secret)
    for one in check(called.config).mistakes:
        if one.code != "HUB113":  # the next steps name those
            called.output.say(str(one))
    called.output.say(_("{file} is written. Look it through, then:").format(file=called.config))
    called.output.say("\n".join(f"  {step}" for step in _next_steps(beginning, secrets)))


def _next_steps(beginning: Beginning, secrets: Mapping[Crm, str]) -> Iterator[str]:
    for crm in beginning.crms:
        if crm not in secrets:
            yield f"hub secret set {crm.name} {crm.secret}"
    yield "hub config check"
    yield from (f"hub connect {crm.name}" for crm in beginning.crms if crm.client_id)
    yield "hub sync"
