"""Domains that say nothing about a company: free mail, and services that write on somebody's behalf.

Compiled by hand: the large mail providers of Russia and its neighbours, of Europe, of the world, with the country
variants they hand out. `Ours.free_mail` adds what an installation knows better.
"""

from collections.abc import Iterator

_RUSSIA = """
    mail.ru bk.ru list.ru inbox.ru internet.ru mail.ua xmail.ru vk.com yandex.ru yandex.com yandex.by yandex.kz
    yandex.ua yandex.az yandex.co.il yandex.com.am yandex.com.ge yandex.com.tr yandex.com.ru yandex.ee yandex.fi
    yandex.fr yandex.kg yandex.lt yandex.lv yandex.md yandex.net yandex.pl yandex.tj yandex.tm yandex.uz yandex.eu
    ya.ru narod.ru rambler.ru lenta.ru autorambler.ru myrambler.ru ro.ru rambler.ua r0.ru pochta.ru fromru.com
    front.ru hotbox.ru krovatka.su land.ru mail15.com mail333.com pisem.net pochtamt.ru pop3.ru rbcmail.ru smtp.ru
    5ballov.ru aeterna.ru ziza.ru memori.ru photofile.ru fotoplenka.ru pochta.com km.ru qip.ru nextmail.ru nxt.ru
    email.ru e1.ru ngs.ru newmail.ru nm.ru hotbox.com orc.ru zmail.ru sibmail.com tomsk.ru tut.by mail.by inbox.by
    open.by rambler.by bigmir.net
"""  # Mail.ru, Yandex, Rambler, and what became of the older Russian providers
_NEIGHBOURS = """
    ukr.net i.ua ua.fm email.ua 3g.ua meta.ua online.ua freemail.ukr.net bigmir.com mail.kz nur.kz inbox.kz inbox.lv
    inbox.lt inbox.ee mail.ee hot.ee online.ee apollo.lv one.lv mail.lv takas.lt one.lt zebra.lt delfi.lt delfi.lv
    mail.uz umail.uz inbox.uz mail.az box.az mail.kg elcat.kg mail.tj
"""  # Ukraine, Kazakhstan, the Baltic states, Central Asia, the Caucasus
_GIANTS = """
    gmail.com googlemail.com outlook.com outlook.at outlook.be outlook.cl outlook.co.id outlook.co.il outlook.co.nz
    outlook.co.th outlook.com.ar outlook.com.au outlook.com.br outlook.com.gr outlook.com.tr outlook.com.vn
    outlook.cz outlook.de outlook.dk outlook.es outlook.fr outlook.hu outlook.ie outlook.in outlook.it outlook.jp
    outlook.kr outlook.lv outlook.my outlook.ph outlook.pt outlook.sa outlook.sg outlook.sk hotmail.com hotmail.at
    hotmail.be hotmail.ca hotmail.ch hotmail.cl hotmail.co.il hotmail.co.jp hotmail.co.kr hotmail.co.nz
    hotmail.co.th hotmail.co.uk hotmail.com.ar hotmail.com.au hotmail.com.br hotmail.com.tr hotmail.cz hotmail.de
    hotmail.dk hotmail.es hotmail.fi hotmail.fr hotmail.gr hotmail.hu hotmail.it hotmail.lt hotmail.lv hotmail.nl
    hotmail.no hotmail.rs hotmail.se hotmail.sg hotmail.sk live.com live.at live.be live.ca live.cl live.cn
    live.co.uk live.co.za live.com.ar live.com.au live.com.mx live.com.my live.com.pt live.com.sg live.de live.dk
    live.fi live.fr live.hk live.ie live.in live.it live.jp live.nl live.no live.se msn.com passport.com
    windowslive.com icloud.com me.com mac.com privaterelay.appleid.com yahoo.com yahoo.at yahoo.be yahoo.ca
    yahoo.co.id yahoo.co.il yahoo.co.in yahoo.co.jp yahoo.co.kr yahoo.co.nz yahoo.co.th yahoo.co.uk yahoo.co.za
    yahoo.com.ar yahoo.com.au yahoo.com.br yahoo.com.cn yahoo.com.hk yahoo.com.mx yahoo.com.my yahoo.com.ph
    yahoo.com.sg yahoo.com.tr yahoo.com.tw yahoo.com.ua yahoo.com.vn yahoo.cz yahoo.de yahoo.dk yahoo.es yahoo.fi
    yahoo.fr yahoo.gr yahoo.hu yahoo.ie yahoo.in yahoo.it yahoo.nl yahoo.no yahoo.pl yahoo.pt yahoo.ro yahoo.se
    ymail.com rocketmail.com myyahoo.com aol.com aol.co.uk aol.de aol.fr aol.it aim.com
"""  # Google, Microsoft, Apple, Yahoo and AOL
_INDEPENDENT = """
    proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de tutamail.com tuta.io tuta.com keemail.me
    fastmail.com fastmail.fm fastmail.co.uk fastmail.de fastmail.net zoho.com zohomail.com zohomail.eu hushmail.com
    hush.com riseup.net disroot.org mailfence.com mailbox.org posteo.de posteo.net runbox.com startmail.com cock.li
    airmail.cc safe-mail.net lavabit.com hey.com duck.com mozmail.com simplelogin.com anonaddy.me mail.com email.com
    usa.com europe.com post.com consultant.com engineer.com writeme.com dr.com myself.com iname.com techie.com
    asia.com inbox.com lycos.com excite.com juno.com netzero.net opera.com mail2world.com gawab.com
"""  # Private and independent mail
_EUROPE = """
    gmx.de gmx.net gmx.com gmx.at gmx.ch gmx.eu gmx.fr gmx.org gmx.us web.de freenet.de t-online.de arcor.de
    email.de online.de mail.de vodafone.de kabelmail.de bluewin.ch hispeed.ch sunrise.ch aon.at chello.at utanet.at
    free.fr orange.fr wanadoo.fr laposte.net sfr.fr neuf.fr bbox.fr numericable.fr club-internet.fr voila.fr
    libero.it virgilio.it tiscali.it alice.it tin.it tim.it fastwebnet.it inwind.it iol.it email.it poste.it
    telefonica.net terra.es ono.com sapo.pt iol.pt clix.pt mail.pt btinternet.com talktalk.net ntlworld.com
    virginmedia.com sky.com blueyonder.co.uk tiscali.co.uk eircom.net ziggo.nl kpnmail.nl planet.nl xs4all.nl
    hetnet.nl home.nl telenet.be skynet.be proximus.be wp.pl o2.pl onet.pl op.pl poczta.onet.pl vp.pl interia.pl
    interia.eu tlen.pl gazeta.pl poczta.fm autograf.pl seznam.cz email.cz post.cz centrum.cz volny.cz atlas.cz
    azet.sk centrum.sk zoznam.sk post.sk freemail.hu citromail.hu abv.bg mail.bg dir.bg mail.gr otenet.gr mynet.com
    mail.ro online.no tele2.se telia.com spray.se bredband.net suomi24.fi luukku.com kolumbus.fi mail.dk jubii.dk
"""  # Western and Central Europe
_WORLD = """
    comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net rogers.com shaw.ca
    sympatico.ca telus.net videotron.ca uol.com.br bol.com.br terra.com.br ig.com.br globo.com qq.com foxmail.com
    vip.qq.com 163.com 126.com yeah.net vip.163.com vip.126.com sina.com sina.cn sohu.com aliyun.com 139.com 189.cn
    21cn.com tom.com wo.cn naver.com daum.net hanmail.net nate.com kakao.com rediffmail.com indiatimes.com walla.com
    walla.co.il bezeqint.net docomo.ne.jp ezweb.ne.jp softbank.ne.jp i.softbank.jp nifty.com biglobe.ne.jp
    bigpond.com optusnet.com.au xtra.co.nz maktoob.com mailinator.com guerrillamail.com 10minutemail.com yopmail.com
    temp-mail.org trashmail.com sharklasers.com dispostable.com getnada.com
"""  # The Americas, Asia and the rest
FREE_MAIL = frozenset(f"{_RUSSIA} {_NEIGHBOURS} {_GIANTS} {_INDEPENDENT} {_EUROPE} {_WORLD}".split())

CORPORATE = frozenset({"corp.mail.ru", "team.vk.com", "corp.vk.com", "corp.ok.ru"})
"""Parts of a free provider's domain that belong to the provider's own staff."""

_MAILINGS = """
    mail.bitrix24.ru mail.bitrix24.com mail.bitrix24.by mail.bitrix24.kz bitrix24.ru bitrix24.com bitrix24.net
    bitrix24.by bitrix24.kz bitrix24.eu bitrix24.de bitrix24.tech amocrm.ru amocrm.com amomail.ru kommo.com
    unisender.com unisender.ru sendpulse.com sendsay.ru dashamail.ru mindbox.ru mindbox.cloud mailganer.com
    mailchimp.com mailchimpapp.net mcsv.net mcdlv.net rsgsv.net mandrillapp.com sendgrid.net sendgrid.com
    mailgun.org mailgun.net amazonses.com sparkpostmail.com mailjet.com sendinblue.com brevo.com constantcontact.com
    cmail19.com cmail20.com getresponse.com klaviyomail.com hubspotemail.net intercom-mail.com zendesk.com
    freshdesk.com usedesk.ru omnidesk.ru jivosite.com jivosite.ru carrotquest.io
"""  # CRMs, mailings and help desks
_OFFICE = """
    bounces.google.com calendar-server.bounces.google.com doclist.bounces.google.com accounts.google.com
    docs.google.com resource.calendar.google.com group.calendar.google.com calendar.google.com facebookmail.com
    notify.vk.com linkedin.com e.linkedin.com twitter.com x.com pinterest.com zoom.us webex.com teams.microsoft.com
    email.teams.microsoft.com sharepointonline.com microsoftonline.com slack.com slack-mail.com github.com
    gitlab.com atlassian.net atlassian.com trello.com trellobots.com asana.com notion.so
    calendly.com dropbox.com dropboxmail.com docusign.net wetransfer.com
"""  # Calendars, meetings, documents, social networks
_SHOPS = """
    mail.hh.ru mail.superjob.ru sender.ozon.ru news.ozon.ru
"""  # Boards and shops: only what sends, never the company itself
SERVICES = frozenset(f"{_MAILINGS} {_OFFICE} {_SHOPS}".split())


def is_free_mail(domain: str, extra: frozenset[str] = frozenset()) -> bool:
    """Whether anybody can have an address at `domain` (normalised), or at a domain above it."""
    return any(part in FREE_MAIL or part in extra for part in _suffixes(domain))


def is_service_domain(domain: str) -> bool:
    """Whether `domain` (normalised) writes on others' behalf: a mailing, a CRM, a calendar server. Never a client.

    A tenant's domain such as `romashka.onmicrosoft.com` is not one: it belongs to one company.
    """
    return any(part in SERVICES for part in _suffixes(domain))


def _suffixes(domain: str) -> Iterator[str]:
    while domain and domain not in CORPORATE:
        yield domain
        domain = domain.partition(".")[2]
