"""Where somebody else's words begin in a mail, and where a signature does: the marks that mail programs leave.

Russian and English programs: Gmail, Outlook, Yandex, Mail.ru, Thunderbird, The Bat!, Apple and Android mail, mailing
lists. Every test looks at one line, or at a bounded number of lines, each cut at a bounded length: time is linear.
"""

import re
from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

_LONGEST_LINE: Final = 400
_LONGEST_CLOSING: Final = 120
_WRAPPED_OVER: Final = 3
_HEADERS_WITHIN: Final = 8
_LONGEST_HEADER: Final = 24

# --- attributions: "16.11.2026, 10:05, Пётр Петров <p@x.ru> пишет:" --------------------------------------------------

_MONTH: Final = (
    r"(?:янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек"
    r"|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[а-яa-z]*\.?"
)
_DATE: Final = re.compile(
    rf"\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{2,4}}|\d{{1,2}}[ \u00a0]{_MONTH}|{_MONTH}[ \u00a0]\d{{1,2}}", re.IGNORECASE
)
_OPENING: Final = re.compile(
    r"\s*(?:on\b|\d|(?:пн|вт|ср|чт|пт|сб|вс|пон|втор|сред|четв|пят|суб|воск|mon|tue|wed|thu|fri|sat|sun)\w*\b).*[^.!?\s]\s*$",
    re.IGNORECASE,
)
_TIME: Final = re.compile(r"\d{1,2}[:.]\d{2}")
_TIME_LAST: Final = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?(?: [+(]?[\w:+]{2,9}\)?)?\s*:\s*$")
_ADDRESS: Final = re.compile(r"<[^\s<>@]+@[^\s<>@]+>")
_ADDRESS_LAST: Final = re.compile(r"[^\s<>@]@[^\s<>@]+[>)\"]?[\s)]*:\s*$")
_VERB: Final = re.compile(
    r"(?<!\w)(?:пишет|пишут|писали?|написали?|н?а?писала|н?а?писал\(-?а\)|wrote|writes|schrieb)(?!\w)", re.IGNORECASE
)
_VERB_LAST: Final = re.compile(rf"{_VERB.pattern}\s*:\s*$", re.IGNORECASE)


def attribution(lines: Sequence[str], last: int) -> int:
    """How many lines, the one at `last` being the last, say "then, so-and-so wrote:"; 0 when they do not.

    Programs wrap them, so up to three lines are looked at.
    """
    found = 0
    for count in range(1, _WRAPPED_OVER + 1):
        first = lines[last - count + 1] if count <= last + 1 else ""
        if not first or first.isspace() or len(first) > _LONGEST_LINE or first.lstrip()[0] == ">":
            break
        if count > 1 and not _may_open(first, opened=found > 0):
            continue
        if _attributes(" ".join(lines[last - count + 1 : last + 1])):
            found = count
    return found


def _may_open(line: str, *, opened: bool) -> bool:
    """Whether an attribution may begin on `line` and go on below, where one may have begun already."""
    if opened:
        return _OPENING.match(line) is not None and _DATE.search(line) is not None
    return _DATE.search(line) is not None or _ADDRESS.search(line) is not None


def _attributes(line: str) -> bool:
    dated = _DATE.search(line) is not None and _TIME.search(line) is not None
    if dated and (_ADDRESS_LAST.search(line) or (_VERB.search(line) and _TIME_LAST.search(line))):
        return True
    if _VERB_LAST.search(line):
        return dated or _ADDRESS.search(line) is not None or _opens_with_on(line)
    return False


def _opens_with_on(line: str) -> bool:
    return line.lstrip()[:3].lower() == "on " and any(map(str.isdigit, line))


# --- separators: "-------- Исходное сообщение --------" --------------------------------------------------------------

_DASHES: Final = frozenset("-_=*—")
_SEPARATOR: Final = re.compile(
    r"[-_=*—]{2,}\s*"
    r"(?:original (?:message|appointment)|forwarded (?:message|by)|reply message|ursprüngliche nachricht"
    r"|(?:исходн|пересылаем|пересланн|перенаправленн|переадресованн|оригинальн|первоначальн)\w{1,4}\s+"
    r"(?:сообщение|письмо|встреча))\b",
    re.IGNORECASE,
)
_FORWARDED: Final = re.compile(
    r"(?:begin forwarded message|начало (?:переадресованного|пересылаемого) сообщения"
    r"|пересылаемое сообщение|пересланное сообщение)\s*:\s*$",
    re.IGNORECASE,
)
_HEADERS: Final = {
    "from": "from от von від отправитель",
    "date": "sent date отправлено дата gesendet",
    "to": "to кому an",
    "subject": "subject тема betreff",
    "more": "cc копия importance важность",
}
_HEADER_OF: Final = {name: header for header, names in _HEADERS.items() for name in names.split()}
_HEADER: Final = re.compile(r"\s*\*{0,2}([A-Za-zА-Яа-яЁёі]{2,11})\s*:\*{0,2}(?=\s|$|\S)")


def separator(line: str) -> bool:
    """Whether `line` announces another message: everything below is not the writer's."""
    head = line[:_LONGEST_LINE].lstrip()
    return (head[:1] in _DASHES and _SEPARATOR.match(head) is not None) or _FORWARDED.match(head) is not None


def headers(lines: Sequence[str], start: int) -> bool:
    """Whether an Outlook-like block begins at `start`: От, Отправлено, Кому, Тема."""
    if ":" not in lines[start][:_LONGEST_HEADER] or header(lines[start]) is None:
        return False
    found = {header(line) for line in lines[start : start + _HEADERS_WITHIN]}
    return "from" in found and len(found & {"date", "to", "subject"}) >= 2


def header(line: str) -> str | None:
    found = _HEADER.match(line[:_LONGEST_HEADER])
    return _HEADER_OF.get(found[1].lower()) if found else None


# --- signatures and footers ------------------------------------------------------------------------------------------

_CLOSING: Final = re.compile(
    r"\s*(?:[-—–]{1,3}\s*)?(?:"
    r"(?i:[сc] (?:(?:глубоким|искренним|огромным|большим|неизменным) )?уважением)"
    r"|(?i:[сc] наилучшими пожеланиями|[сc] благодарностью|искренне ваш[аи]?|всего (?:доброго|наилучшего))"
    r"|(?i:(?:хорошего|удачного) дня|best(?=\s*[,!]|\s*$)|cheers|sincerely(?: yours)?|yours (?:sincerely|faithfully|truly))"
    r"|(?i:(?:(?:with )?(?:best|kind|warm|kindest|warmest) )?(?:regards|wishes)|mit freundlichen grüßen)"
    r")(?:\s*[,.!–—-].{0,80}|\s+(?i:к вам)\b.{0,60}|(?:\s+[А-ЯЁA-Z][\w.-]{0,30}){1,4},?|)\s*$"
)
_SENT_FROM: Final = re.compile(
    r"\s*[-—–]*\s*(?:"
    r"(?:отправлено|послано) (?:со? |из |через |при помощи |с помощью ).{0,50}(?:iphone|ipad|samsung|galaxy|huawei|honor|xiaomi"
    r"|redmi|poco|android|nokia|телефона|смартфона|планшета|устройства|мобильно|outlook|mail|яндекс|gmail|windows|spark)"
    r"[^?]{0,60}"
    r"|написано с .{0,20}(?:телефона|устройства|смартфона).{0,20}"
    r"|sent (?:from|via|with|using) .{0,40}\b(?:iphone|ipad|android|samsung|galaxy|huawei|xiaomi|mobile|phone|blackberry"
    r"|nokia|outlook|yahoo|mail|mailbird|spark|device|app)\b.{0,60}"
    r"|(?:get|скачать|загрузить) outlook (?:for|для) .{2,60}"
    r")\s*$",
    re.IGNORECASE,
)
_BANNER: Final = re.compile(
    r"[\s*\[!]*(?:внимание|осторожно|warning|caution|external)\b.{0,160}?"
    r"(?:внешн(?:его|ий|ей) (?:отправител|адрес|источник|почт)|external (?:sender|e-?mail|source)"
    r"|outside (?:of )?(?:the|your|our) organi[sz]ation)",
    re.IGNORECASE,
)
_FOOTER: Final = re.compile(
    r"[\s*_|-]*(?:"
    r"(?:это|данное|настоящее)(?: электронное)? (?:письмо|сообщение|послание)\b.{0,200}?"
    r"(?:конфиденциальн|предназначен|автоматическ|не отвечайте|не является (?:публичн|оферт)|проверено на (?:вирус|наличие)"
    r"|отправлено (?:роботом|вам,? (?:потому|так как|поскольку)))"
    r"|(?:содержание|информация, содержащаяся)\b.{0,120}?(?:конфиденциальн|предназначен)"
    r"|уведомление о конфиденциальности|отказ от ответственности|пожалуйста,? (?:не отвечайте на это|подумайте о[бм]? )"
    r"|this (?:e-?mail|message|communication)\b.{0,200}?(?:confidential|intended|privileged|automatic|scanned"
    r"|checked for viruses)|the (?:information|contents?)\b.{0,120}?(?:confidential|intended|privileged)"
    r"|(?:confidentiality|legal|privacy) notice\b|disclaimer\b|please (?:consider the environment|do not reply)"
    r"|вы получили (?:это|данное) (?:письмо|сообщение),? (?:потому|так как|поскольку|т\. ?к)|вы (?:подписаны|подписались) на"
    r"|чтобы отписаться|для отписки|(?:отписаться|отказаться) от (?:рассыл|подписк|получения)"
    r"|если вы (?:больше )?не хотите получать (?:рассыл|письм|уведомл|наш|так)"
    r"|you (?:received|are receiving|got) this (?:e-?mail|message) because|to unsubscribe|unsubscribe\b.{0,60}$"
    r"|\S{1,60} mailing list\s*$|список рассылки \S+\s*$|не содержит вирусов|virus-free|без вирусов\b"
    r")",
    re.IGNORECASE,
)
_RULE: Final = re.compile(r"[\s\-_=*~—–─#.]+$")


_WORDS_OF_MARKS: Final = (
    "с c искренне всего хорошего удачного best cheers sincerely yours with kind warm kindest warmest regards wishes mit"
    " отправлено послано написано sent get скачать загрузить"
    " внимание осторожно warning caution external"
    " это данное настоящее содержание информация уведомление отказ пожалуйста this the confidentiality legal privacy"
    " disclaimer please вы чтобы для отписаться отказаться если you to unsubscribe список не virus без"
)
_FIRST_WORDS: Final = frozenset(_WORDS_OF_MARKS.split())
_FIRST_WORD: Final = re.compile(r"[\W_]*([^\W_]+)")

Mark: TypeAlias = Literal["", "closing", "sent_from", "banner", "footer"]


def mark(line: str) -> Mark:
    """What `line` begins, if anything.

    `closing` takes leave: "С уважением, Анна"; `sent_from` tells only what the mail was written with: "Отправлено с
    iPhone"; `banner` is the warning that a mail server puts above the text; `footer` a disclaimer, or the foot of a
    mailing list.
    """
    head = line[:_LONGEST_LINE]
    word = _FIRST_WORD.match(head)
    if word is None or (word[1].lower() not in _FIRST_WORDS and "mailing list" not in head):
        return ""
    if len(line) <= _LONGEST_CLOSING:
        if _CLOSING.match(head):
            return "closing"
        if _SENT_FROM.match(head):
            return "sent_from"
    if _BANNER.match(head):
        return "banner"
    return "footer" if _FOOTER.match(head) else ""


def rule(line: str) -> bool:
    """Whether `line` is nothing but dashes, underscores, stars."""
    return _RULE.match(line[:_LONGEST_LINE]) is not None
