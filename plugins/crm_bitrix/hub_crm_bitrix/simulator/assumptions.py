"""What no page of the vendor says, or two say differently, and how the simulator has it. A real portal may be asked."""

from hub.simulators.assumptions import Assumption

_DEALS = "crm.item.list?entityTypeId=2"
ASSUMPTIONS = (
    # --- pages and order ---
    Assumption(name="old-start-is-a-page", text="the older list methods and user.get begin at the page that `start` falls into: 70 is 50", ask="crm.deal.list?start=70"),
    Assumption(name="item-start-is-a-row", text="crm.item.list, crm.stagehistory.list begin at the row that `start` names", ask=f"{_DEALS}&start=70"),
    Assumption(name="uncounted-total", text="with `start=-1` there is no `next`, and `total` is 0, not absent", ask=f"{_DEALS}&start=-1"),
    Assumption(name="no-order", text="without `order` rows of objects come in any order, another one in every call; other lists by id", ask=_DEALS),
    Assumption(name="ties-keep-ids", text="rows that are equal in the order asked for stay by id", ask=f"{_DEALS}&order[updatedTime]=ASC"),
    Assumption(name="nothing-comes-first", text="an empty value is ordered before all others", ask=f"{_DEALS}&order[closedate]=ASC"),
    # --- filters ---
    Assumption(name="names-in-capitals", text="crm.item.list takes names in capitals in filter and order (b24pysdk orders by ID)", ask=f"{_DEALS}&order[ID]=ASC"),
    Assumption(name="unknown-old-filter", text="the older methods do not see an unknown field of a filter or order", ask="crm.deal.list?filter[NONSENSE]=1"),
    Assumption(name="old-filter-no-moment", text="a moment that the older methods cannot read holds for no row", ask="crm.deal.list?filter[>DATE_CREATE]=nonsense"),
    Assumption(name="naive-moment", text="a moment without an offset is in the portal's zone, a date is its midnight", ask=f"{_DEALS}&filter[>updatedTime]=2026-01-01"),
    Assumption(name="empty-value", text="a filter for an empty value holds for null, for an empty text, and for a link to nothing", ask=f"{_DEALS}&filter[companyId]="),
    Assumption(name="no-moment-is-in-no-range", text="a row without a moment holds in no comparison of it", ask=f"{_DEALS}&filter[<closedate]=2999-01-01"),
    Assumption(name="case", text="texts are compared without regard to case", ask="crm.company.list?filter[%TITLE]=ооо"),
    Assumption(name="unresolved-reference", text="a `$result[…]` of a batch that leads nowhere is an empty value, which for an id is 0"),
    # --- rows ---
    Assumption(name="id-always", text="the id is answered whether `select` names it or not", ask=f"{_DEALS}&select[]=title"),
    Assumption(name="date-shift", text="fields of type date come as 03:00 of their day, the portal's midnight in another zone (the pages show 02:00 and 03:00)", ask=f"{_DEALS}&select[]=begindate"),
    Assumption(name="absent-link", text='a link to nothing is 0 to crm.item.*, and null to the older methods (some portals write "0")', ask="crm.deal.list?select[]=LEAD_ID"),
    Assumption(name="amounts", text="amounts of crm.item.* are numbers, with a fraction where they have one; those of the older methods texts with two digits", ask=f"{_DEALS}&select[]=opportunity"),
    Assumption(name="mail-meta", text="an activity of mail keeps who wrote to whom in SETTINGS.EMAIL_META, and no Message-ID", ask="crm.activity.list?filter[TYPE_ID]=4"),
    Assumption(name="open-line", text="a chat of an open line is an activity of IMOPENLINES_SESSION whose ASSOCIATED_ENTITY_ID is the session", ask="crm.activity.list?filter[PROVIDER_ID]=IMOPENLINES_SESSION"),
    Assumption(name="task-activity", text="ASSOCIATED_ENTITY_ID of an activity of TASKS is the task", ask="crm.activity.list?filter[PROVIDER_ID]=TASKS"),
    Assumption(
        name="meeting-event",
        text="a meeting has CALENDAR_EVENT_ID, the id of its event, whose DAV_XML_ID is what CalDAV calls UID",
        ask="crm.activity.list?filter[TYPE_ID]=1",
    ),
    Assumption(
        name="own-flags",
        text="a company's own field of type boolean is Y or N to crm.item.*, 1 or 0 to the older methods",
        ask="crm.deal.userfield.list",
    ),
    # --- writes ---
    Assumption(name="fm-only-adds", text="`fm` of crm.item.update only adds (object-fields); the page of crm.item.update says that an id changes its value"),
    Assumption(name="id-in-fields", text="`id` within `fields` of crm.item.update is refused with 400 and code 0"),
    Assumption(name="activity-moves-last-activity", text="a new activity moves lastActivityTime of its owner and not updatedTime"),
    Assumption(name="wrong-stage", text="a stage of another pipeline is refused with CRM_FIELD_ERROR_VALUE_NOT_VALID in both dialects"),
    Assumption(name="new-pipeline", text="a deal that changes its pipeline without a stage stands at the first stage of the new one"),
    Assumption(name="merge-keeps", text="a merge is a CONFLICT where titles, names, posts or birthdays differ; it keeps the first object's fields and adds the others' multifields; what pointed to them points to the first, without an event or a new updatedTime"),
    Assumption(name="ids-not-given-again", text="the id of a deleted row is never given again"),
    Assumption(name="deletion-leaves-history", text="activities, comments, requisites and stage history of a deleted object stay in their lists"),
    # --- limits ---
    Assumption(name="refused-is-not-counted", text="a call that was refused with 503 does not fill the bucket further"),
    Assumption(name="bucket-per-address", text="every caller from one address shares a bucket, whatever the webhook"),
    Assumption(name="operating-buckets", text="operating time is kept in ten buckets of a minute; some sources say a fixed ban of 300 s instead", knob="limits.banned"),
    Assumption(name="operating-reset", text="operating_reset_at is the end of the window of the oldest bucket", ask="profile"),
    Assumption(name="batch-operating", text="the `time` of a batch has no `operating`", ask="batch"),
    Assumption(name="batch-too-long", text="51 commands are refused whole with 400; some sources say that each one too many fails alone", knob="refuses_each_command_too_many"),
    # --- refusals ---
    Assumption(name="status-of-refusals", text="insufficient_scope, INVALID_CREDENTIALS, OVERLOAD_LIMIT are 401 (the newer page); the older one says 403, 403, 503", ask="user.get"),
    Assumption(name="empty-code", text='the older methods refuse with the code "", crm.stagehistory.list sometimes with 0', ask="crm.deal.get?id=0"),
    Assumption(name="wrong-auth-type", text="event.* by webhook is refused with 403 WRONG_AUTH_TYPE", ask="event.get"),
    Assumption(name="missing-comment-filter", text="crm.timeline.comment.list without ENTITY_ID or ENTITY_TYPE is 400 with an empty code", ask="crm.timeline.comment.list"),
    Assumption(name="batch-error-has-no-time", text="a command that failed stands in result_error only, not in result_time", ask="batch"),
    Assumption(
        name="language",
        text="what universal methods say of objects is in the portal's language, what the REST itself says in English",
        ask="crm.item.get?entityTypeId=2&id=999999999",
    ),
    # --- applications and events ---
    Assumption(name="oauth-statuses", text="the authorization server answers invalid_grant and invalid_request with 400, invalid_client with 401, PAYMENT_REQUIRED with 403"),
    Assumption(name="refresh-once", text="a refresh token is dead once it was used"),
    Assumption(name="code-page", text="an application that is not installed gets a page with 404 instead of a redirect"),
    Assumption(name="one-record", text="the offline queue has one record of (application, key, event, object); a reserved one is not renewed"),
    Assumption(name="failed-is-free", text="event.offline.error takes the record out of its process, and get shows it with error=1 only"),
    Assumption(name="event-data", text="EVENT_DATA holds FIELDS.ID (the page's sample has false)"),
    Assumption(name="merge-events", text="a merge tells UPDATE of the winner where it changed, and DELETE of the others"),
)  # fmt: skip
