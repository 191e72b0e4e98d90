"""Names of companies and persons, folded so that spellings of one name meet.

Deterministic and conservative: two names are compatible when they differ only in what people leave out or write
otherwise (legal form, patronymic, initials, order, alphabet). Likeness is another matter and not decided here.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

_CACHED: Final = 1_024
_LONGEST: Final = 300

_WORD: Final = re.compile(r"[^\W_]+")
_ABBREVIATION: Final = re.compile(r"(?<!\w)(?:[^\W\d_]\.){2,}")
_IN_BRACKETS: Final = re.compile(r"\([^()]*\)")
_LATIN: Final = re.compile(r"[a-z]")
_CYRILLIC: Final = re.compile(r"[а-яіїєґ]")
_SPELT: Final = str.maketrans({"ё": "е", "'": "", "’": ""})
_LOOKALIKES: Final = str.maketrans("aeopcxykmtbhi", "аеорсхукмтвні")


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", text[:_LONGEST]).casefold().translate(_SPELT)
    return [_one_alphabet(word) for word in _WORD.findall(unicodedata.normalize("NFKC", folded))]


def _one_alphabet(word: str) -> str:
    """A Cyrillic word into which Latin lookalikes were typed, mended; and "1C", which is Cyrillic to everybody."""
    if word.isascii():
        return "1с" if word == "1c" else word
    return word.translate(_LOOKALIKES) if _LATIN.search(word) and _CYRILLIC.search(word) else word


# --- companies -------------------------------------------------------------------------------------------------------

_SPELLINGS: Final = {
    "ооо": "ооо ooo llc ltd limited",
    "ао": "ао пао оао зао нао ao pao oao zao jsc pjsc ojsc cjsc",
    "ип": "ип чп пбоюл",
    "inc": "inc incorporated corp corporation",
    "gmbh": "gmbh mbh",
    "": "гк компания фирма co company",  # not legal forms, and left out as readily
}
_ONE_SPELLING: Final = (
    "тоо одо уп чуп руп чтуп фгуп фгбу фгку фгбоу фгаоу гуп гбу гку гау гбоу гбуз муп мбу мку мбоу мау ано нко нп тсж"
    " тсн снт спк кфх чоу чоп ag kg sa sas sarl srl spa bv nv oy ab as plc llp lp ug pte"
)
_FORMS: Final = {word: form for form, words in _SPELLINGS.items() for word in words.split()} | {
    word: word for word in _ONE_SPELLING.split()
}
"""Legal forms, by the word that stands for them. One value for what is one form in two languages or two epochs."""
_ONLY_AFTER: Final = frozenset(word for word in _FORMS if word.isascii()) - frozenset(
    ("ooo", "ao", "pao", "oao", "zao", "jsc", "pjsc", "ojsc", "cjsc", "llc", "ltd")
)
"""Forms that stand behind the name; at its beginning they are part of it ("AS Roma")."""

_LONG_FORMS: Final = (
    ("общество с ограниченной ответственностью", "ооо"),
    ("товарищество с ограниченной ответственностью", "тоо"),
    ("limited liability company", "ооо"),
    ("непубличное акционерное общество", "ао"),
    ("публичное акционерное общество", "ао"),
    ("открытое акционерное общество", "ао"),
    ("закрытое акционерное общество", "ао"),
    ("акционерное общество", "ао"),
    ("public joint stock company", "ао"),
    ("joint stock company", "ао"),
    ("индивидуальный предприниматель", "ип"),
    ("федеральное государственное унитарное предприятие", "фгуп"),
    ("государственное унитарное предприятие", "гуп"),
    ("муниципальное унитарное предприятие", "муп"),
    ("федеральное государственное бюджетное учреждение", "фгбу"),
    ("государственное бюджетное учреждение", "гбу"),
    ("муниципальное бюджетное учреждение", "мбу"),
    ("автономная некоммерческая организация", "ано"),
    ("некоммерческая организация", "нко"),
    ("группа компаний", "гк"),
    ("торговый дом", "тд"),
)


def fold_company(text: str) -> str:
    """The name without legal form, quotes, punctuation and case, ё as е: «ООО "Ромашка-М"» is "ромашка м".

    A name that is nothing but a legal form stays as it is. `legal_form` gives what was taken away.
    """
    return " ".join(_company(text)[0] or _words(text))


def legal_form(text: str) -> str:
    """The legal form in `text` as one value ("ооо", "ао", "ип", "gmbh"), or ""; ПАО, ЗАО and JSC are all "ао"."""
    return _company(text)[1]


@lru_cache(_CACHED)
def _company(text: str) -> tuple[tuple[str, ...], str]:
    words = _with_short_forms(_words(_ABBREVIATION.sub(_without_dots, text[:_LONGEST])))
    start, end = 0, len(words)
    while start < end and words[start] in _FORMS and words[start] not in _ONLY_AFTER:
        start += 1
    while start < end and words[end - 1] in _FORMS:
        end -= 1
    forms = (_FORMS[word] for word in (*words[:start], *words[end:]))
    return tuple(words[start:end]), next(filter(None, forms), "")


def _without_dots(found: re.Match[str]) -> str:
    """An abbreviation such as "О.О.О." as one word; the initials of a person stay apart."""
    joined = found[0].replace(".", "")
    return f" {joined} " if joined.casefold() in _FORMS else found[0]


def _with_short_forms(words: list[str]) -> list[str]:
    joined = f" {' '.join(words)} "
    for long, short in _LONG_FORMS:
        joined = joined.replace(f" {long} ", f" {short} ")
    return joined.split()


def compatible_companies(a: str, b: str) -> bool:
    """Whether two names can be one company's: equal but for alphabet, spaces and a legal form that one leaves out."""
    (one, one_form), (other, other_form) = _company(a), _company(b)
    if one_form and other_form and one_form != other_form:
        return False
    if "ип" in (one_form, other_form):
        return compatible_persons(" ".join(one), " ".join(other))
    key = _joined_key(one)
    return bool(key) and key == _joined_key(other)


def _joined_key(words: Sequence[str]) -> str:
    return "".join(map(folding_key, words))


# --- persons ---------------------------------------------------------------------------------------------------------

_TITLE: Final = re.compile(r"(?<!\w)(?:г-н|г-жа|господин|госпожа|mrs?|ms|dr)(?!\w)", re.IGNORECASE)
_SON_OF: Final = frozenset({"ogli", "uli", "kizi"})
_PATRONYMIC: Final = re.compile(r"\w+(?:ovich|evich|ich|ovna|evna|ichna|inichna)")
_DIGRAPH_INITIALS: Final = frozenset({"yu", "ya", "ju", "ja", "iu", "ia", "ye", "yo", "zh", "sh", "ch", "kh", "ts"})
_MOST_WORDS: Final = 8


def fold_person(text: str) -> tuple[str, ...]:
    """The words of a person's name, sorted: case, ё, punctuation, titles and what stands in brackets are left out.

    Initials stay, as words of one letter: "Петров П.И." is ("и", "п", "петров").
    """
    return tuple(sorted(_person(text)))


@lru_cache(_CACHED)
def _person(text: str) -> tuple[str, ...]:
    return tuple(_words(_TITLE.sub(" ", _IN_BRACKETS.sub(" ", text[:_LONGEST])))[:_MOST_WORDS])


def compatible_persons(a: str, b: str) -> bool:
    """Whether two names can be one person's.

    They can when their words are equal in any order and alphabet; when one has initials for words of the other; when
    one leaves out a patronymic. One full word at least must be equal, and two must be matched unless all are.
    """
    one, other = _person(a), _person(b)
    if not one or not other:
        return False
    equal, one_left, other_left = _pair_equal(one, other)
    if not any(len(word) > 1 for word in equal):
        return False
    if not one_left and not other_left:
        return True
    initials, one_left, other_left = _pair_initials(one_left, other_left)
    if one_left and other_left:
        return False
    return len(equal) + initials >= 2 and _may_be_left_out(one_left or other_left)


def _pair_equal(one: Sequence[str], other: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    left = {word: folding_key(word) for word in other}
    rest = list(other)
    equal, alone = [], []
    for word in one:
        key = folding_key(word)
        found = next((candidate for candidate in rest if left[candidate] == key), None)
        if found is None:
            alone.append(word)
        else:
            rest.remove(found)
            equal.append(min(word, found, key=len))
    return equal, alone, rest


def _pair_initials(one: list[str], other: list[str]) -> tuple[int, list[str], list[str]]:
    """Initials of either side with words of the other; how many, and what is left.

    The first initial is the given name's: when it has no word, the next ones are not tried.
    """
    one, other = one.copy(), other.copy()
    paired = 0
    for initials, words in ((one, other), (other, one)):
        for initial in filter(_is_initial, initials.copy()):
            found = [word for word in words if not _is_initial(word) and _begins(word, initial)]
            if not found:
                break
            initials.remove(initial)
            words.remove(min(found, key=_is_patronymic))
            paired += 1
    return paired, one, other


def _begins(word: str, initial: str) -> bool:
    return folding_key(word).startswith(folding_key(initial))


def _is_initial(word: str) -> bool:
    return len(word) == 1 or word in _DIGRAPH_INITIALS


def _is_patronymic(word: str) -> bool:
    return _PATRONYMIC.fullmatch(folding_key(word)) is not None


def _may_be_left_out(words: Sequence[str]) -> bool:
    """A patronymic or its initial; "Гасан оглы" is one, too."""
    father = [word for word in words if folding_key(word) not in _SON_OF]
    if len(father) < len(words):
        return len(father) < 2
    return not father or (len(father) == 1 and (_is_initial(father[0]) or _is_patronymic(father[0])))


# --- alphabets -------------------------------------------------------------------------------------------------------

_ROMAN: Final = str.maketrans(
    {
        **dict(zip("абвгдезийклмнопрстуфыэіґў", "abvgdeziiklmnoprstufieigu", strict=True)),
        **dict(zip("ёжхцчшщъь", ("e", "zh", "kh", "ts", "ch", "sh", "shch", "", ""), strict=True)),
        **dict(zip("юяєї", ("iu", "ia", "ie", "i"), strict=True)),
        **dict(zip("ščžŝûâß", ("sh", "ch", "zh", "shch", "iu", "ia", "ss"), strict=True)),
    }
)
_SOFT_SIGNS: Final = str.maketrans(dict.fromkeys("'`´ʹʺʼ·‘’“”\"", ""))
_FOLDS: Final = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        (r"[yj]", "i"),
        (r"(?<=[^\W\d_])ff\b", "v"),
        ("w", "v"),
        ("x", "ks"),
        ("ph", "f"),
        ("tch", "ch"),
        ("sh?ch|shh", "sh"),
        ("cz|tz|tc(?!h)", "ts"),
        ("kh", "h"),
        ("c(?!h)|q", "k"),
        ("ie(?=i[aeu])", ""),  # ICAO 9303 writes the hard sign so
        ("i+[eo]", "e"),  # ё and the е that BGN/PCGN writes ye
        (r"(?<=[bdfgklmnprstvz])er\b", "r"),  # Alexander, Peter
        (r"([^\W\d_])\1+", r"\1"),
    )
)


@lru_cache(_CACHED)
def folding_key(text: str) -> str:
    """One key for a Cyrillic name and its romanisations: "Щербаков", "Shcherbakov", "Scherbakov" are "sherbakov".

    Written after ICAO 9303, BGN/PCGN, the passport rules of 2000, Wikipedia and Yandex Maps. It joins a few names
    that differ (Быков and Биков): compare keys where something else already speaks for the pair.
    """
    key = text[:_LONGEST].translate(_SOFT_SIGNS)
    if not key.isascii():
        key = unicodedata.normalize("NFKC", key).casefold().translate(_ROMAN)
        key = "".join(sign for sign in unicodedata.normalize("NFKD", key) if not unicodedata.combining(sign))
        key = key.translate(_ROMAN)  # a letter that only its mark kept from being one of ours
    key = key.casefold().replace("_", " ")  # to the patterns below it would be a letter
    for _ in range(5):
        before = key
        for pattern, by in _FOLDS:
            key = pattern.sub(by, key)
        if key == before:
            break
    return " ".join(_WORD.findall(key))
