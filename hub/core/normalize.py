"""One spelling for everything that points to somebody: addresses, domains, phones, tax numbers, Message-IDs.

Every function takes what a person or a system wrote and returns the one form the hub compares, or None when there is
nothing to compare. Normalising twice gives the same as once; no text raises.
"""

import hashlib
import re
import unicodedata
from contextlib import suppress
from functools import lru_cache
from typing import Final, assert_never

import idna

from hub.core.freemail import is_free_mail, is_service_domain
from hub.core.records import Identifier
from hub.core.roles import is_noreply, is_role

__all__ = [
    "domain",
    "email",
    "extension",
    "identifier",
    "inn",
    "is_free_mail",
    "is_generic",
    "is_noreply",
    "is_role",
    "is_service_domain",
    "kpp",
    "message_id",
    "ogrn",
    "phone",
]

_CACHED: Final = 1_024
_LONGEST_INPUT: Final = 1_000
_LONGEST_EMAIL: Final = 254  # RFC 5321 section 4.5.3.1.3: a path of 256 with its angle brackets
_LONGEST_DOMAIN: Final = 253  # RFC 1035 section 2.3.4, written as text
_LONGEST_PHONE: Final = 100
_LONGEST_MESSAGE_ID: Final = 300

_INVISIBLE: Final = dict.fromkeys(
    (
        *range(0x09),
        *range(0x0E, 0x20),
        *range(0x7F, 0xA0),
        *(0xAD, 0x34F, 0x61C, 0x180E, 0xFEFF),
        *range(0x200B, 0x2010),  # zero width, direction marks
        *range(0x202A, 0x202F),  # direction embeddings
        *range(0x2060, 0x2070),
        *range(0xFE00, 0xFE10),  # variation selectors
        *range(0xFFF9, 0xFFFC),
        *range(0xE0000, 0xE0080),  # tags
    )
)

# --- addresses and domains -------------------------------------------------------------------------------------------

_PLAIN_DOMAIN: Final = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+(?=[a-z0-9-]*[a-z])[a-z0-9-]{2,63}")
_IN_BRACKETS: Final = re.compile(r"<([^<>]*@[^<>]*)>")
_LOCAL: Final = re.compile(r"[^\s<>()\[\]{},;:\\\"@\x00-\x1f\x7f\ud800-\udfff]+")
_AROUND: Final = " \t\r\n\v\f<>()[]{}\"'`«»“”„‘’.,;:"
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*:(?://)?(?=[^\d])")

_ONE_MAILBOX: Final = {
    # "Each mailbox on Yandex Mail has aliases in ... domains. Emails sent to any of these addresses will arrive at the
    # same mailbox": yandex.com/support/domain/additional/mailbox-alias.xml
    **dict.fromkeys(("ya.ru", "yandex.com", "yandex.by", "yandex.kz", "yandex.ua"), "yandex.ru"),
    "googlemail.com": "gmail.com",
}


def email(text: str) -> str | None:
    """The address in `text` as "local@domain", or None.

    The domain becomes its ASCII form (A-labels); names of one provider become one (`ya.ru` is `yandex.ru`). The local
    part is case-folded: RFC 5321 section 2.4 lets a host tell cases apart, but no provider does, and people type
    either. A plus tag stays: at some hosts "sales+north@" is another mailbox, and joining too little can be mended
    where joining two people cannot. Dots and hyphens stay for the same reason.
    """
    if len(text) > _LONGEST_INPUT:
        return None
    text = _visible(text)
    if found := _IN_BRACKETS.search(text):
        text = found[1]
    text = text.strip(_AROUND)
    if text[:7].lower() == "mailto:":
        text = text[7:].strip(_AROUND)
    local, _, host = text.rpartition("@")
    local = _fold(local.rstrip())
    host = _host(host.partition("?")[0].strip(_AROUND)) or ""
    whole = f"{local}@{host}"
    return whole if host and _LOCAL.fullmatch(local) and len(whole) <= _LONGEST_EMAIL else None


def domain(text: str) -> str | None:
    """The host name in `text` (a name, a URL, an address) in ASCII, lower case, without `www.`, port, path; or None.

    It needs a dot and a top level that is not a number: IP addresses and "localhost" are nobody's domain.
    """
    if len(text) > _LONGEST_INPUT:
        return None
    text = _visible(text).strip(_AROUND).lower()
    text = _SCHEME.sub("", text, count=1)
    text = re.split(r"[/?#\\\s]", text, maxsplit=1)[0].rpartition("@")[2]
    host = _host(text.partition(":")[0].strip(_AROUND))
    while host and host.startswith("www.") and "." in host[4:]:
        host = host[4:]
    return host


def _host(text: str) -> str | None:
    text = text.replace("。", ".").rstrip(".").lower()
    if not text.isascii():
        text = _to_ascii(text)
    if len(text) > _LONGEST_DOMAIN or not _PLAIN_DOMAIN.fullmatch(text):
        return None
    return _ONE_MAILBOX.get(text, text)


def _to_ascii(text: str) -> str:
    """IDNA 2008 with the mapping of UTS 46; what it refuses (symbols, emoji) as IDNA 2003 has it, or nothing."""
    if len(text) > _LONGEST_DOMAIN:
        return ""
    with suppress(UnicodeError):  # idna.IDNAError is one
        return idna.encode(text, uts46=True).decode("ascii").lower()
    with suppress(UnicodeError):
        return text.encode("idna").decode("ascii").lower()
    return ""


def in_own_letters(value: str) -> str:
    """A domain, or the address in it, as people write it: xn--80a1acny.xn--p1ai is почта.рф."""
    if "xn--" not in value:
        return value
    local, at, domain = value.rpartition("@")
    with suppress(UnicodeError):
        return f"{local}{at}{idna.decode(domain)}"
    return value


def _visible(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text.translate(_INVISIBLE))


def _fold(text: str) -> str:
    """Case-folded and composed, until nothing changes (a few letters need a second turn)."""
    if text.isascii():
        return text.lower()
    for _ in range(3):
        text, before = unicodedata.normalize("NFKC", text.casefold()), text
        if text == before:
            break
    return text


# --- phones ----------------------------------------------------------------------------------------------------------

_SEPARATED: Final = re.compile(r"\+?[\d\s().\-‐‑‒–—/]{10,}")
_EXTENSION: Final = re.compile(
    r"[\s,;(]*(?:доб(?:авочный)?|доп|вн(?:утр?(?:енний)?)?|ext(?:ension)?|x|х|#|,|;)"
    r"[\s.:=№]*(?:номер)?[\s.:=№]*(?P<digits>\d{1,7})[\s.)]*",
    re.IGNORECASE,
)
_ONLY_EXTENSION: Final = re.compile(
    r"[\s(]*(?:доб(?:авочный)?|доп|вн(?:утр?(?:енний)?)?|ext(?:ension)?|#)?[\s.:=№]*(?P<digits>\d{2,5})[\s.)]*",
    re.IGNORECASE,
)
_NOT_DIGIT: Final = re.compile(r"\D+")
_SEVEN: Final = frozenset({"RU", "KZ"})  # the countries of +7, whose trunk prefix is 8


def phone(text: str, country: str = "RU") -> str | None:
    """The number in E.164, "+74951234567" or "+74951234567;ext=12" (RFC 3966), or None.

    A number without a country code is one of `country` (ISO 3166, two letters). What is too short to be dialled from
    outside is None: see `extension`. Two numbers in one text are None, too.
    """
    if len(text) > _LONGEST_PHONE:
        return None
    text = _visible(text).strip()
    number = _whole_number(text, country)
    if number:
        return number
    for found in _EXTENSION.finditer(text):
        if found.end() == len(text) and (number := _whole_number(text[: found.start()], country)):
            return f"{number};ext={found['digits']}"
    return None


def _whole_number(text: str, country: str) -> str | None:
    text = text.strip(" ,;")
    return _of_seven(text, country) or _of_any_country(text, country)


def _of_seven(text: str, country: str) -> str | None:
    """The usual spellings of +7: 8 or +7 and ten digits, or ten digits. phonenumbers takes 36 µs, this takes one."""
    if not _SEPARATED.fullmatch(text) or not text.isascii():
        return None
    digits = _NOT_DIGIT.sub("", text)
    if text[0] == "+":
        return f"+{digits}" if len(digits) == 11 and digits[0] == "7" else None
    if country not in _SEVEN:
        return None
    if len(digits) == 11 and digits[0] in "78":
        return f"+7{digits[1:]}"
    return f"+7{digits}" if len(digits) == 10 and digits[0] in "34789" else None


def _of_any_country(text: str, country: str) -> str | None:
    if text.startswith("00") and len(text) > 11:
        text = f"+{text[2:]}"
    import phonenumbers  # noqa: PLC0415 - 90 ms that most commands never need

    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    whole = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{whole};ext={number.extension}" if number.extension else whole


def extension(text: str) -> str | None:
    """An internal number of two to five digits ("доб. 123" is "123"), or None. It means something only inside."""
    if len(text) > _LONGEST_PHONE:
        return None
    found = _ONLY_EXTENSION.fullmatch(_visible(text))
    return found["digits"] if found and found["digits"].isascii() else None


# --- registers -------------------------------------------------------------------------------------------------------

_KPP: Final = re.compile(r"\d{4}[0-9A-Z]{2}\d{3}", re.ASCII)
_WORD_BEFORE: Final = re.compile(r"^\s*(?:инн|кпп|огрнип|огрн|inn|kpp|ogrn)(?:\s*/\s*кпп)?[\s:№.]*", re.IGNORECASE)


def inn(text: str) -> str | None:
    """A taxpayer's number of 10 (company) or 12 digits (person) whose check digits are right, or None.

    "ИНН/КПП" written in one cell gives the INN.
    """
    import stdnum.exceptions  # noqa: PLC0415 - 40 ms that most commands never need
    import stdnum.ru.inn  # noqa: PLC0415 - the same

    digits = _register_number(text, 0)
    with suppress(stdnum.exceptions.ValidationError):
        return str(stdnum.ru.inn.validate(digits))
    return None


def ogrn(text: str) -> str | None:
    """A state registration number of 13 (company) or 15 digits (entrepreneur) whose check digit is right, or None.

    The check digit is the last digit of the remainder by 11 or 13. python-stdnum 2.2 compares the whole remainder and
    so refuses three of every thirteen entrepreneurs.
    """
    digits = _register_number(text, 0)
    if not digits.isascii() or not digits.isdigit() or len(digits) not in {13, 15} or digits[0] == "0":
        return None
    right = int(digits[:-1]) % (len(digits) - 2) % 10
    return digits if int(digits[-1]) == right else None


def kpp(text: str) -> str | None:
    """The reason code of a registration, nine signs, the fifth and sixth of which may be letters; or None."""
    code = _register_number(text, -1).upper()
    return code if _KPP.fullmatch(code) else None


def _register_number(text: str, part: int) -> str:
    """The number alone, without its name and separators; `part` of it where two stand with a slash between."""
    if len(text) > _LONGEST_PHONE:
        return ""
    text = _WORD_BEFORE.sub("", _visible(text))
    return re.sub(r"[\s.-]+", "", text.split("/")[part])


# --- all of them -----------------------------------------------------------------------------------------------------

_BRACKETED: Final = re.compile(r"<([^<>]+)>")
_NEVER_IN_IDS: Final = re.compile(r"[\s\x00-\x1f\x7f\ud800-\udfff]+")


def message_id(text: str) -> str:
    """A Message-ID without brackets and white space, its case kept (RFC 5322 section 3.6.4); "" when there is none.

    One longer than 300 characters keeps its first 200 and gets a digest of the whole.
    """
    found = _BRACKETED.search(text)
    value = _NEVER_IN_IDS.sub("", found[1] if found else text).strip("<>")
    if len(value) <= _LONGEST_MESSAGE_ID:
        return value
    return f"{value[:200]}~{hashlib.sha256(value.encode()).hexdigest()[:32]}"


@lru_cache(_CACHED)
def identifier(given: Identifier, country: str = "RU") -> Identifier | None:
    """The identifier in its one form, or None when its value is rubbish.

    A phone may be an internal extension: it tells our employees apart and is generic otherwise. A `ref` and a `user`
    pass as they are but for the space around them.
    """
    value = _value(given, country)
    if not value:
        return None
    return given if value == given.value else Identifier(given.kind, value)


def _value(given: Identifier, country: str) -> str | None:
    match given.kind:
        case "email":
            return email(given.value)
        case "phone":
            return phone(given.value, country) or extension(given.value)
        case "domain":
            return domain(given.value)
        case "inn":
            return inn(given.value)
        case "ogrn":
            return ogrn(given.value)
        case "ref" | "user":
            return given.value.strip()
        case _:
            assert_never(given.kind)


def is_generic(given: Identifier, free_mail: frozenset[str] = frozenset()) -> bool:
    """Whether a normalised identifier may stand for many: it never makes a client and never joins two.

    Role addresses and addresses of services; domains of free mail and of services; extensions, numbers and codes that
    people invent to fill a field. An 8-800 number is a company's, and so not generic; a person's address at a free
    provider is that person's.
    """
    match given.kind:
        case "email":
            return is_role(given.value) or is_service_domain(given.value.rpartition("@")[2])
        case "domain":
            return is_free_mail(given.value, free_mail) or is_service_domain(given.value)
        case "phone":
            return _is_invented_phone(given.value)
        case "inn" | "ogrn":
            return len(set(given.value)) == 1
        case "ref" | "user":
            return False
        case _:
            assert_never(given.kind)


def _is_invented_phone(number: str) -> bool:
    national = number.partition(";")[0].lstrip("+")[-10:]
    if len(national) < 6:
        return True
    return len(set(national)) == 1 or national in "01234567890123456789" or national.endswith("0000000")
