"""Words that only thank: whoever writes nothing else waits for no answer.

A word that is not known to be polite makes it more than thanks, so that nobody is left waiting by mistake.
"""

import re
from collections.abc import Iterable
from typing import Final

from hub.core import text
from hub.core.records import Email, Message

_AT_THE_TOP: Final = 300
_MOST: Final = 20
_THANKING: Final = ("спасибо", "благодар", "thank")
_WORD: Final = re.compile(r"[^\W_]+")
_PATRONYMIC: Final = re.compile(r"[а-я]+(?:ович|евич|ич|овна|евна|ична)")
_POLITE: Final = frozenset((
    "спасибо", "благодарю", "благодарим", "благодарен", "благодарна", "благодарны", "большое", "огромное", "вам",
    "вас", "тебе", "тебя", "очень", "много", "здравствуйте", "привет", "добрый", "доброе", "доброго", "день",
    "утро", "вечер", "дня", "коллеги", "уважаемая", "уважаемый", "уважаемые", "взаимно", "за", "ваш", "ваша",
    "ваше", "вашу", "ваши", "быстрый", "быстрое", "оперативный", "оперативно", "подробный", "скорый", "такой",
    "ответ", "ответы", "письмо", "информацию", "помощь", "поддержку", "внимание", "оперативность", "сотрудничество",
    "работу", "встречу", "звонок", "разговор", "разъяснение", "разъяснения", "уточнение", "уточнения",
    "предложение", "документы", "документ", "счет", "договор", "акт", "акты", "файл", "файлы", "и", "все", "это",
    "да", "ок", "хорошо", "отлично", "прекрасно", "понял", "поняла", "поняли", "понятно", "ясно", "принято",
    "получил", "получила", "получили", "получено", "с", "уважением", "всего", "хорошего", "того", "же",
    "thank", "thanks", "you", "very", "much", "many", "a", "lot", "so", "for", "the", "your", "and", "reply",
    "answer", "quick", "response", "help", "information", "support", "hello", "hi", "dear", "good", "morning",
    "afternoon", "evening", "ok", "okay", "great", "perfect", "got", "it", "received", "noted", "understood", "all",
    "best", "kind", "regards",
))  # fmt: skip


def marks(statement: object) -> tuple[str, ...]:
    """`thanks`, where a mail or message brings nothing but that: no files either."""
    if not isinstance(statement, Email | Message) or any(not one.inline for one in statement.attachments):
        return ()
    names = (participant.name for participant in statement.participants)
    return ("thanks",) if only_thanks(statement.text, names) else ()


def only_thanks(said: str, names: Iterable[str]) -> bool:
    """Whether a text, quotes and signature left aside, says nothing but thanks; `names` of people may stand in it."""
    if not _thanks(said[:_AT_THE_TOP]):
        return False
    own = text.visible(said)
    words = _WORD.findall(own.lower().replace("ё", "е"))
    if "?" in own or len(words) > _MOST or not _thanks(own):
        return False
    known = _POLITE | {word for name in names for word in _WORD.findall(name.lower().replace("ё", "е"))}
    return all(word in known or _PATRONYMIC.fullmatch(word) for word in words)


def _thanks(said: str) -> bool:
    """Whether anybody is thanked: most mails thank nobody, and to learn that by an expression takes ten times as long."""
    folded = said.casefold()
    return any(word in folded for word in _THANKING)
