"""What activities point to beyond the CRM: the messages of an open line's chat, the event of a meeting."""

from datetime import UTC, datetime
from typing import Any

from hub.simulators.tables import Row
from hub_crm_bitrix.simulator import happenings, moments
from hub_crm_bitrix.simulator.calls import Answer, Call
from hub_crm_bitrix.simulator.refusals import Refusal, old
from hub_crm_bitrix.simulator.world import ACTIVITY

_SAID = ("Здравствуйте! Есть насосы на складе?", "Добрый день! Есть, отгрузим завтра.", "Пришлите счёт, пожалуйста.")
_GUESTS = 1_000_000


def _activity(call: Call, provider: str, number: int) -> Row | None:
    """Sessions and events of a seeded portal bear the number of their activity."""
    row = call.portal.tables["activities"].get(number)
    return row if row and row["PROVIDER_ID"] == provider else None


def history(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/imopenlines/openlines/sessions/imopenlines-session-history-get.html

    Keys of messages are in small letters. Who is not in the chat may read it by its session, not by its chat.
    """
    call.need("imopenlines")
    session = call.number("session_id")
    if not session:
        raise Refusal(400, "ACCESS_DENIED", "Вы не можете открыть этот разговор, т.к. у вас недостаточно прав.")
    row = _activity(call, "IMOPENLINES_SESSION", session)
    if row is None:
        raise Refusal(400, "CHAT_ID", "An incorrect chat identifier was provided")
    number, guest = int(row["ID"]), _GUESTS + session
    human = call.portal.world.human(*happenings.party(call.portal.world, number))
    messages = _messages(call, session, guest, int(row["RESPONSIBLE_ID"]))
    return Answer(result={
        "chatId": session, "canJoin": "Y", "canVoteHead": "Y", "sessionId": session, "sessionVoteHead": 0,
        "sessionCommentHead": None, "userId": f"chat{session}", "message": {one["id"]: one for one in messages},
        "usersMessage": {f"chat{session}": [one["id"] for one in messages]},
        "users": {str(guest): {
            "id": str(guest), "name": f"{human.name} {human.last_name}", "active": True, "firstName": human.name,
            "lastName": human.last_name, "extranet": True, "connector": True, "externalAuthId": "imconnector",
        }},
        "files": [],
    })  # fmt: skip


def _messages(call: Call, session: int, guest: int, employee: int) -> list[dict[str, Any]]:
    """Newest first, as the page has them; those of sender 0 are the system's."""
    began = call.portal.world.created(ACTIVITY, session)
    said = [(0, "Начат новый диалог"), *zip((guest, employee, guest), _SAID, strict=True), (0, "Диалог завершён.")]
    return [
        {
            "id": str(10 * session + at), "chatid": str(session), "senderid": str(sender),
            "recipientid": f"chat{session}", "date": moments.written(began + 60 * at), "text": text,
            "textlegacy": text, "params": [],
        }
        for at, (sender, text) in reversed(list(enumerate(said)))
    ]  # fmt: skip


def event(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/calendar/calendar-event/calendar-event-get-by-id.html: dates as the site writes them."""
    call.need("calendar")
    number = call.number("id")
    if not number:
        raise old('The required parameter "id" for the method "calendar.event.getbyid" is not set')
    row = _activity(call, "CRM_MEETING", number)
    if row is None:
        return Answer(result=None)
    begin, end = (datetime.fromisoformat(row[name]) for name in ("START_TIME", "END_TIME"))
    owner = row["RESPONSIBLE_ID"]
    return Answer(result={
        "ID": str(number), "PARENT_ID": str(number), "DELETED": "N", "CAL_TYPE": "user", "OWNER_ID": owner,
        "NAME": row["SUBJECT"], "DATE_FROM": _of_site(begin), "DATE_TO": _of_site(end), "ORIGINAL_DATE_FROM": None,
        "TZ_FROM": "Europe/Moscow", "TZ_TO": "Europe/Moscow", "TZ_OFFSET_FROM": "10800", "TZ_OFFSET_TO": "10800",
        "DATE_FROM_TS_UTC": str(int(begin.timestamp())), "DATE_TO_TS_UTC": str(int(end.timestamp())),
        "DT_SKIP_TIME": "N", "DT_LENGTH": int((end - begin).total_seconds()), "EVENT_TYPE": None, "CREATED_BY": owner,
        "DATE_CREATE": _of_site(begin), "TIMESTAMP_X": _of_site(begin), "DESCRIPTION": row["DESCRIPTION"],
        "PRIVATE_EVENT": "", "ACCESSIBILITY": "busy", "IMPORTANCE": "normal", "IS_MEETING": True,
        "MEETING_STATUS": "H", "MEETING_HOST": owner, "LOCATION": "", "REMIND": [], "COLOR": "", "RRULE": "",
        "EXDATE": "", "DAV_XML_ID": f"{begin.astimezone(UTC):%Y%m%dT%H%M%SZ}-{number:032x}@portal.example",
        "VERSION": "1", "ATTENDEES_CODES": [f"U{owner}"], "RECURRENCE_ID": None, "SECTION_ID": "4",
        "UF_CRM_CAL_EVENT": [f"D_{row['OWNER_ID']}"] if row["OWNER_TYPE_ID"] == "2" else False,
        "ATTENDEE_LIST": [{"id": int(owner), "entryId": str(number), "status": "H"}],
    })  # fmt: skip


def _of_site(moment: datetime) -> str:
    return f"{moment.astimezone(moments.ZONE):%d.%m.%Y %H:%M:%S}"


METHODS = {"imopenlines.session.history.get": history, "calendar.event.getbyid": event}
