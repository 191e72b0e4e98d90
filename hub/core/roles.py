"""Addresses that belong to a role and not to a person: info@, sales@, buh@, noreply@.

An address is read in words, at dots, dashes and underscores; numbers are left out: `buh2@`, `info-msk@` and
`otdel.prodazh@` are roles, `ivan.info@` is not.
"""

import re
from functools import lru_cache
from typing import Final

_ENGLISH = """
    info information infos inform contact contacts contactus mail email mailbox post office reception frontdesk
    secretary admin administrator administration root hostmaster webmaster postmaster abuse security noc it sysadmin
    support help helpdesk servicedesk service services care customercare customerservice client clients customer
    customers feedback hello hi welcome ask question questions team
    sales sale salesteam order orders shop store market marketing promo pr press media news newsletter subscribe
    unsubscribe subscription advert ads ad advertising commerce commercial b2b partner partners partnership dealer
    dealers export import opt retail wholesale tender tenders purchase purchasing procurement zakupki supply
    logistic logistics delivery warehouse transport
    billing bill bills invoice invoices payment payments pay finance fin accounting accounts account accountant
    accountants legal lawyer law jurist compliance privacy gdpr dpo quality
    hr job jobs career careers resume recruitment recruiting vacancy cv staff personnel
    director ceo cfo cto boss chief general manager managers operator dispatcher duty hotline call callcenter
    reservation reservations booking reserve travel events event conference meeting meetings calendar
    notify notification notifications alert alerts robot bot auto automail system server daemon cron scanner scan
    printer fax all everyone list lists test demo web site website online internet
"""  # English
_TRANSLITERATED = """
    buh buhg buhgalter buhgalteria buhgalteriya bukh bukhgalter bukhgalteria bukhgalteriya buxgalter buxgalteria
    glavbuh glavbukh gb bux zakaz zakazy zakazi zayavka zayavki zakupka snab snabzhenie sbyt otdel prodazhi prodazha
    prodaja prodaji otdelprodazh otdelprodaj op sklad dostavka logist kadry kadri kadr ok personal rabota rezume
    vakansii priemnaya priemnay priem sekretar secretar ofis direktor dir gendir zam yurist jurist urist yur
    pochta kanc kancelaria kancelyariya kantselyariya delo doc docs dokument dokumenty edo schet scheta oplata
    reklama smi podderzhka servis tech tehpodderzhka tehotdel texotdel teh tex oto pto ptd ovk registratura
    manager menedzher klient klienty magazin optom opt torgi tendery dogovor dogovora spravka vopros voprosy
    redaktor redakcia redaktsiya dispetcher disp dezhurny konkurs arenda
"""  # Russian in Latin letters
_RUSSIAN = """
    инфо почта бухгалтерия бухгалтер заказ заказы продажи отдел офис приемная приёмная кадры поддержка директор
    секретарь склад доставка юрист админ реклама закупки снабжение справка
"""  # Russian
_ROLES = frozenset(f"{_ENGLISH} {_TRANSLITERATED} {_RUSSIAN}".split())

_BESIDE = """
    msk moscow moskva spb piter ekb ufa nsk nn kzn krd rnd vrn sam samara kazan sochi perm omsk chel tmn sib ural yug
    ru rus russia by kz ua eu us uk de en com net org msc region regions regional central center centr main head
    prodazh prodaj prodag zakupok snabzheniya kadrov logistiki sbyta reklamy dept department group gr desk reply
    company co corp biz new old my our the for and of no not dep glav gl tech
"""  # what stands beside a role: cities, countries, departments
_QUALIFIERS = frozenset(_BESIDE.split())

_WORDS: Final = re.compile(r"[._\-=~]+")
_NO_REPLY: Final = re.compile(
    r"(?:^|[._\-+=~\d])"
    r"(?:(?:no|not|non|do[._-]?not|dont|ne|never)[._-]?(?:reply|response|respond|answer|otvechat|otvechai|otvechay)"
    r"|neotvechat|mailer[._-]?daemon|maildaemon|bounces?|undeliverable|devnull|robot|autoreply|auto-reply)"
    r"(?:$|[._\-+=~\d])"
)


def is_noreply(address: str) -> bool:
    """Whether nobody reads what is sent to a normalised address: no-reply@, mailer-daemon@, bounce-17@."""
    return _NO_REPLY.search(address.rpartition("@")[0].lower()[:64]) is not None


def is_role(address: str) -> bool:
    """Whether a normalised address belongs to a role: who writes from it, and who reads it, changes."""
    return _is_role(address.rpartition("@")[0])


@lru_cache(1_024)
def _is_role(local: str) -> bool:
    words = [word.strip("0123456789") for word in _WORDS.split(local.partition("+")[0].lower())]
    words = [word for word in words if word]
    if words and words[0] in _ROLES and all(word in _ROLES or word in _QUALIFIERS for word in words[1:]):
        return True
    return _NO_REPLY.search(local.lower()[:64]) is not None
