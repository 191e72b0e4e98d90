"""The fields that a file of each kind can fill, and the headings they are recognised by.

A heading is compared folded (case, ё, punctuation and space do not matter), then without what stands in brackets or
behind a comma ("Сумма, руб." is "Сумма"), and for fields with several values without its number ("Телефон 2").
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Final

from hub_contacts.text import fold


@dataclass(frozen=True, slots=True)
class Field:
    """`known` are headings, the best first. A field with `many` values takes every column that is known for it."""

    known: tuple[str, ...]
    many: bool = False


def _known(text: str, *, many: bool = False) -> Field:
    return Field(tuple(part.strip() for part in text.split("|")), many)


_EMAIL: Final = _known(
    "E-mail | Почта | Электронная почта | Эл. почта | Email адрес | E-mail адрес | Адрес электронной почты | Эл. адрес"
    " | Рабочий e-mail | Рабочая почта | Личный e-mail | Личная почта | Другой e-mail | Mail | Email address"
    " | Work email | Home email | Other email",
    many=True,
)
_PHONE: Final = _known(
    "Телефон | Телефоны | Тел. | Номер телефона | Контактный телефон | Мобильный | Мобильный телефон | Моб. | Моб. тел. | Моб. телефон"
    " | Сотовый | Сотовый телефон | Рабочий телефон | Раб. тел. | Городской телефон | Домашний телефон | Другой телефон"
    " | Phone | Phone number | Mobile | Mobile phone | Telephone | Tel | Cell | Work phone | Business phone | Home phone",
    many=True,
)
_SITE: Final = _known(
    "Сайт | Веб-сайт | Web-сайт | Корпоративный сайт | Сайты | Интернет-сайт | Домен | Site | Website | Web | URL"
    " | Web page | Domain",
    many=True,
)
_EMPLOYEE: Final = _known(
    "Ответственный | Менеджер | Ответственный менеджер | Куратор | Ответственный сотрудник | Основной менеджер"
    " | Responsible | Manager | Owner | Account manager"
)
_TEXT: Final = _known(
    "Комментарий | Комментарии | Примечание | Примечания | Описание | Заметки | Comment | Comments | Note | Notes"
    " | Description"
)
_COMPANY_KEY: Final = (
    "Код клиента | ID клиента | Ключ клиента | Код компании | ID компании | Код контрагента | ID контрагента"
    " | Client id | Client code | Company id | Customer id | Account id"
)
_COMPANY_NAME: Final = (
    "Клиент | Контрагент | Компания | Организация | Название компании | Наименование компании | Наименование клиента"
    " | Название клиента | Наименование контрагента | Название организации | Наименование организации | Company"
    " | Company name | Client | Client name | Customer | Customer name | Organization | Organisation | Account"
)
_INN: Final = (
    "ИНН | ИНН клиента | ИНН компании | ИНН контрагента | ИНН организации | ИНН плательщика | ИНН/КПП | ИНН / КПП"
    " | INN | TIN | Tax id"
)
_KPP: Final = "КПП | КПП клиента | КПП компании | КПП контрагента | КПП организации | KPP"
_OGRN: Final = "ОГРН | ОГРНИП | ОГРН/ОГРНИП | ОГРН (ОГРНИП) | ОГРН компании | ОГРН контрагента | OGRN"
_CURRENCY: Final = _known("Валюта | Код валюты | Currency")
_STATUS: Final = _known("Статус | Состояние | Status | State")
_DOCUMENT_TYPE: Final = _known("Тип | Тип документа | Вид документа | Вид | Type | Document type")
_CLIENT: Final[Mapping[str, Field]] = {
    "client_key": _known(_COMPANY_KEY),
    "client": _known(_COMPANY_NAME),
    "inn": _known(_INN),
    "ogrn": _known(_OGRN),
    "email": _EMAIL,
    "phone": _PHONE,
}

KINDS: Final[Mapping[str, Mapping[str, Field]]] = MappingProxyType(
    {
        "clients": {
            "name": _known(
                "Название | Наименование | Клиент | Компания | Контрагент | Организация | Название компании"
                " | Наименование компании | Название клиента | Наименование клиента | Наименование контрагента"
                " | Название организации | Наименование организации | Краткое наименование | Полное наименование"
                " | Юр. лицо | Юридическое лицо | Company | Company name | Name | Client | Client name | Customer"
                " | Customer name | Organization | Organisation | Account name"
            ),
            "inn": _known(_INN),
            "kpp": _known(_KPP),
            "ogrn": _known(_OGRN),
            "email": _EMAIL,
            "phone": _PHONE,
            "site": _SITE,
            "employee": _EMPLOYEE,
            "text": _TEXT,
        },
        "people": {
            "name": _known(
                "ФИО | Ф.И.О. | Контактное лицо | Контакт | Имя и фамилия | Фамилия Имя Отчество | Фамилия и имя"
                " | Полное имя | ФИО контакта | ФИО контактного лица | Full name | Name | Display name | Contact"
                " | Contact name | Contact person"
            ),
            "last_name": _known("Фамилия | Last name | Surname | Family name"),
            "first_name": _known("Имя | First name | Given name"),
            "middle_name": _known("Отчество | Middle name | Additional name | Patronymic"),
            "position": _known("Должность | Роль | Position | Job title | Title | Role"),
            "email": _EMAIL,
            "phone": _PHONE,
            "inn": _known("ИНН физлица | ИНН физ. лица | ИНН физического лица | ИНН сотрудника | Личный ИНН"),
            "company_key": _known(_COMPANY_KEY),
            "company": _known(_COMPANY_NAME),
            "company_inn": _known(_INN),
            "company_kpp": _known(_KPP),
            "employee": _EMPLOYEE,
            "text": _TEXT,
        },
        "contracts": {
            "number": _known(
                "Договор № | Номер договора | № договора | Договор | № | Номер | Номер документа | № документа"
                " | Contract number | Contract no | Contract | Number | No"
            ),
            "date": _known(
                "Дата | Дата договора | Дата заключения | Дата подписания | Дата начала | Дата документа | Date"
                " | Contract date | Signed | Start date | Start"
            ),
            "due": _known(
                "Срок | Срок действия | Действует до | Действителен до | Дата окончания | Окончание | Срок до | Дата конца"
                " | Valid until | End date | Expires | Expiry date | Renewal date | Due"
            ),
            "title": _known(
                "Предмет | Предмет договора | Название | Наименование | Название договора | Subject | Title"
            ),
            "amount": _known("Сумма | Сумма договора | Стоимость | Цена | Amount | Total | Sum | Value | Price"),
            "currency": _CURRENCY,
            "type": _DOCUMENT_TYPE,
            "status": _STATUS,
            **_CLIENT,
            "employee": _EMPLOYEE,
            "text": _TEXT,
        },
        "payments": {
            "number": _known(
                "№ | Номер | Номер платежа | № платежа | Платёжное поручение | № п/п | Номер п/п | № документа"
                " | Номер документа | Payment number | Payment no | Number | No"
            ),
            "date": _known(
                "Дата | Дата платежа | Дата оплаты | Дата поступления | Дата документа | Дата операции | Date"
                " | Payment date | Paid"
            ),
            "due": _known("Срок | Срок оплаты | Оплатить до | Due | Due date"),
            "title": _known("Основание | Счёт | Договор | Invoice | Contract | Title"),
            "amount": _known(
                "Сумма | Сумма платежа | Сумма оплаты | Поступление | Приход | Кредит | Amount | Payment amount | Total"
                " | Sum"
            ),
            "currency": _CURRENCY,
            "type": _DOCUMENT_TYPE,
            "status": _STATUS,
            **_CLIENT,
            "client": _known(f"{_COMPANY_NAME} | Плательщик | Payer"),
            "employee": _EMPLOYEE,
            "text": _known(f"Назначение платежа | Назначение | Payment purpose | Purpose | {' | '.join(_TEXT.known)}"),
        },
        "calls": {
            "date": _known(
                "Дата и время | Дата | Дата звонка | Дата/время | Начало | Время начала | Начало звонка | Date"
                " | Date and time | Datetime | Call date | Start | Start time | Started"
            ),
            "time": _known("Время | Время звонка | Time | Call time"),
            "duration": _known(
                "Длительность | Продолжительность | Длительность разговора | Длительность звонка | Время разговора | Секунд"
                " | Duration | Talk time | Billsec | Seconds"
            ),
            "direction": _known("Направление | Тип звонка | Тип вызова | Тип | Direction | Call type | Type"),
            "caller": _known(
                "Кто звонил | Звонивший | Откуда | Вызывающий | Номер А | А-номер | Caller | From | Source | Src"
            ),
            "callee": _known(
                "Кому | Кому звонили | Куда | Вызываемый | Номер Б | Б-номер | Callee | To | Destination | Dst"
            ),
            "own_phone": _known(
                "Наш номер | Внутренний номер | Внутренний | Добавочный | Extension | Own number | Line"
            ),
            "result": _known(
                "Результат | Результат звонка | Итог | Статус | Статус звонка | Result | Status | Disposition"
            ),
            **_CLIENT,
            "phone": Field(
                (*_PHONE.known, "Номер", "Номер клиента", "Телефон клиента", "Client phone", "Number"), many=True
            ),
            "employee": Field(("Сотрудник", "Оператор", *_EMPLOYEE.known, "Employee", "Agent", "Operator", "User")),
            "text": _TEXT,
        },
    }
)

_LONGEST: Final = 200
"""Signs of a heading that can be known."""
_IN_BRACKETS: Final = re.compile(r"\([^()]*\)|\[[^][]*\]")

NEEDED: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = MappingProxyType(
    {
        "clients": (("name", "inn", "ogrn", "email", "phone", "site"),),
        "people": (("name", "last_name", "first_name", "email", "phone"),),
        "contracts": (("date",), ("client_key", "inn", "ogrn", "email", "phone", "client")),
        "payments": (("date",), ("amount",), ("client_key", "inn", "ogrn", "email", "phone", "client")),
        "calls": (("date",), ("phone", "caller", "callee")),
    }
)
"""A file of a kind is of no use without one field of each group."""


def choose(
    kind: str, headings: Sequence[str], wanted: Mapping[str, Sequence[str]], *, with_keys: bool
) -> dict[str, tuple[str, ...]]:
    """Field -> its columns: those that are `wanted` (an empty list: none), the others by their headings.

    Columns that name a client by its key are only recognised `with_keys`, that is when there is a list to look it up.
    """
    chosen = {
        name: tuple(column for one in columns if (column := find(one, headings))) for name, columns in wanted.items()
    }
    taken = {column for columns in chosen.values() for column in columns}
    free = [heading for heading in headings if heading and heading not in taken]
    for name, field in KINDS[kind].items():
        if name not in chosen and (with_keys or not name.endswith("_key")):
            chosen[name] = _recognised(kind, name, field, free)
    return {name: columns for name, columns in chosen.items() if columns}


def _recognised(kind: str, name: str, field: Field, headings: Iterable[str]) -> tuple[str, ...]:
    ranked = [(rank, heading) for heading in headings if (rank := _meanings(kind, heading).get(name)) is not None]
    if field.many:
        return tuple(heading for _, heading in ranked)
    best = min(ranked, key=lambda one: one[0], default=None)
    return (best[1],) if best else ()


@lru_cache(4096)
def _meanings(kind: str, heading: str) -> Mapping[str, int]:
    """The fields that a heading is known for, with its rank among the headings of each."""
    if len(heading) > _LONGEST:
        return {}
    known = _known_forms(kind)
    found: dict[str, int] = {}
    for form in (fold(heading), fold(_IN_BRACKETS.sub(" ", heading)), fold(heading.partition(",")[0])):
        numbered = {
            name: rank for name, rank in known.get(form.rstrip("0123456789"), {}).items() if KINDS[kind][name].many
        }
        found = {**numbered, **known.get(form, {}), **found}
    return found


@cache
def _known_forms(kind: str) -> Mapping[str, Mapping[str, int]]:
    forms: dict[str, dict[str, int]] = {}
    for name, field in KINDS[kind].items():
        for rank, known in enumerate(field.known):
            forms.setdefault(fold(known), {}).setdefault(name, rank)
    return forms


def score(kind: str, cells: Iterable[str], wanted: Iterable[str]) -> int:
    """How much a row looks like the headings: a column that is asked for counts more than one that is known."""
    asked = {fold_heading(column) for column in wanted}
    found = {fold_heading(cell) for cell in cells if cell}
    known = {name for cell in cells if cell for name in _meanings(kind, cell)}
    return 3 * len(asked & found) + len(known)


def find(wanted: str, headings: Iterable[str]) -> str:
    """The heading that is meant: written just so, or but for case and punctuation; "" for none."""
    near = ""
    for heading in headings:
        if heading == wanted:
            return heading
        if wanted and not near and fold_heading(heading) == fold_heading(wanted):
            near = heading
    return near


def fold_heading(heading: str) -> str:
    """A heading as it is compared: punctuation only counts where there is nothing else."""
    return fold(heading) or "".join(heading.casefold().split())
