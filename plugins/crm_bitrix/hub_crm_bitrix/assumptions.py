"""What this connector, and the simulated portal in its place, take for granted though no page of the vendor says so, or two say
differently. `hub doctor NAME --assumptions` tells them, and asks the portal where a question that only reads will do.
"""

from typing import Final

import hub
from hub_crm_bitrix import trying
from hub_crm_bitrix.trying import Try


def _of(name: str, text: str, holds: Try | None = None) -> hub.Assumption:
    return hub.Assumption(name=name, text=text, holds=None if holds is None else lambda source: holds(source.portal))


ASSUMPTIONS: Final = (
    # --- pages and order ---
    _of("old-start-is-a-page", hub.sentence("the older list methods begin at the page that `start` falls into: 70 is 50"), trying.old_start),
    _of("item-start-is-a-row", hub.sentence("crm.item.list begins at the row that `start` names"), trying.item_start),
    _of("uncounted-total", hub.sentence("with `start=-1` there is no `next`, and `total` is 0, not absent"), trying.uncounted),
    _of("no-order", hub.sentence("without `order` rows of objects come in any order, another one in every call"), trying.no_order),
    _of("ties-keep-ids", hub.sentence("rows that are equal in the order asked for stay by id"), trying.ties),
    _of("nothing-comes-first", hub.sentence("an empty value is ordered before all others"), trying.nothing_first),
    # --- filters ---
    _of("names-in-capitals", hub.sentence("crm.item.list takes names in capitals in filter and order"), trying.capitals),
    _of("unknown-old-filter", hub.sentence("the older methods do not see an unknown field of a filter"), trying.unknown_filter),
    _of("old-filter-no-moment", hub.sentence("a moment that the older methods cannot read holds for no row"), trying.no_moment),
    _of("naive-moment", hub.sentence("a moment without an offset is in the portal's zone"), trying.naive),
    _of("empty-value", hub.sentence("a filter for an empty value holds for a link to nothing"), trying.empty_value),
    _of("no-moment-is-in-no-range", hub.sentence("a row without a moment holds in no comparison of it"), trying.no_range),
    _of("case", hub.sentence("texts are compared without regard to case"), trying.case),
    _of("unresolved-reference", hub.sentence("a `$result[…]` of a batch that leads nowhere is an empty value, which for an id is 0"), trying.unresolved),
    # --- rows ---
    _of("id-always", hub.sentence("the id is answered whether `select` names it or not"), trying.id_always),
    _of("date-shift", hub.sentence("fields of type date come as 03:00 of their day (the pages show 02:00 and 03:00)"), trying.date_shift),
    _of("absent-link", hub.sentence("a link to nothing is 0 to crm.item.*, and null to the older methods"), trying.absent_link),
    _of("amounts", hub.sentence("amounts of crm.item.* are numbers; those of the older methods texts with two digits"), trying.amounts),
    _of("mail-meta", hub.sentence("an activity of mail keeps who wrote to whom in SETTINGS.EMAIL_META"), trying.mail_meta),
    _of("mail-headers", hub.sentence("a Message-ID, where the portal has one, stands in SETTINGS.MESSAGE_HEADERS, and is that of the mail"), trying.mail_headers),
    _of("mail-moment", hub.sentence("START_TIME of an activity of mail is the Date of the mail")),
    _of("open-line", hub.sentence("ASSOCIATED_ENTITY_ID of a chat of an open line is the session that its history is asked for by"), trying.open_line),
    _of("task-activity", hub.sentence("ASSOCIATED_ENTITY_ID of an activity of TASKS is the task"), trying.task),
    _of("meeting-event", hub.sentence("a meeting has CALENDAR_EVENT_ID, the id of its event, whose DAV_XML_ID is what CalDAV calls UID"), trying.meeting),
    _of("own-flags", hub.sentence("an own field of type boolean is Y or N to crm.item.*, 1 or 0 to the older methods"), trying.own_flags),
    _of("activity-file", hub.sentence("the ids of FILES of an activity are those of files on the Drive"), trying.activity_file),
    _of("recording", hub.sentence("RECORD_FILE_ID of a call is the file that hangs on its activity"), trying.recording),
    _of("comment-file", hub.sentence("the number in `urlDownload` of a comment's file is its id on the Drive"), trying.comment_file),
    _of("comment-touches", hub.sentence("a comment moves lastActivityTime of what it is about"), trying.comment_touches),
    _of("files-by-webhook", hub.sentence("the addresses of files that a webhook is told bear nothing that lets it in"), trying.webhook_files),
    # --- writes ---
    _of("fm-only-adds", hub.sentence("`fm` of crm.item.update only adds; another page says that an id changes its value")),
    _of("id-in-fields", hub.sentence("`id` within `fields` of crm.item.update is refused with 400 and code 0")),
    _of("activity-moves-last-activity", hub.sentence("a new activity moves lastActivityTime of its owner and not updatedTime")),
    _of("wrong-stage", hub.sentence("a stage of another pipeline is refused with CRM_FIELD_ERROR_VALUE_NOT_VALID in both dialects")),
    _of("new-pipeline", hub.sentence("a deal that changes its pipeline without a stage stands at the first stage of the new one")),
    _of("merge-keeps", hub.sentence("a merge is a CONFLICT where titles, names, posts or birthdays differ; what pointed to the others points to the first, without an event or a new updatedTime")),
    _of("ids-not-given-again", hub.sentence("the id of a deleted row is never given again")),
    _of("deletion-leaves-history", hub.sentence("activities, comments, requisites and stage history of a deleted object stay in their lists")),
    _of("older-pipelines", hub.sentence("crm.dealcategory.* has no common pipeline, tells locked ones unless IS_LOCKED is N, and refuses as crm.deal.* and crm.category.* do")),
    _of("task-follows", hub.sentence("the activity of a task has its title, deadline, responsible and bindings, is completed with it, and goes when the task is bound to nothing")),
    _of("task-sub-status", hub.sentence("a task is overdue (-1) or due within a day (-3) unless it waits for control, is completed or was declined; STATUS filters by that")),
    _of("task-delete", hub.sentence("the activity of a deleted task goes with it, with events for both")),
    _of("currency-written", hub.sentence("crm.currency.add answers with the code; a code that is known and the deletion of the base are refused with an empty code")),
    _of("address-written", hub.sentence("crm.address.add, update and delete answer true; an address that exists is refused to add, one that does not to change, with an empty code")),
    _of("task-complete", hub.sentence("tasks.task.complete answers with the task, as tasks.task.update does")),
    # --- limits ---
    _of("refused-is-not-counted", hub.sentence("a call that was refused with 503 does not fill the bucket further")),
    _of("bucket-per-address", hub.sentence("every caller from one address shares a bucket, whatever the webhook")),
    _of("operating-buckets", hub.sentence("operating time is kept in ten buckets of a minute; some sources say a fixed ban of 300 s instead")),
    _of("operating-reset", hub.sentence("operating_reset_at lies within the next ten minutes"), trying.operating_reset),
    _of("batch-operating", hub.sentence("the `time` of a batch has no `operating`"), trying.batch_operating),
    _of("batch-too-long", hub.sentence("51 commands are refused whole with 400; some sources say that each one too many fails alone"), trying.batch_too_long),
    # --- refusals ---
    _of("status-of-refusals", hub.sentence("a right that is missing is refused with 401 (the older page says 403)"), trying.status_of_refusals),
    _of("empty-code", hub.sentence('the older methods refuse with the code ""'), trying.empty_code),
    _of("wrong-auth-type", hub.sentence("event.* by webhook is refused with 403 WRONG_AUTH_TYPE"), trying.wrong_auth_type),
    _of("missing-comment-filter", hub.sentence("crm.timeline.comment.list without ENTITY_ID is refused with 400 and an empty code"), trying.comment_filter),
    _of("batch-error-has-no-time", hub.sentence("a command that failed stands in result_error only, not in result_time"), trying.batch_error),
    _of("language", hub.sentence("what the REST itself says is English, whatever the portal's language"), trying.language),
    # --- applications and events ---
    _of("oauth-statuses", hub.sentence("the authorization server answers invalid_grant and invalid_request with 400, invalid_client with 401, PAYMENT_REQUIRED with 403")),
    _of("refresh-once", hub.sentence("a refresh token is dead once it was used")),
    _of("code-page", hub.sentence("an application that is not installed gets a page with 404 instead of a redirect")),
    _of("one-record", hub.sentence("the offline queue has one record of (application, key, event, object); a reserved one is not renewed")),
    _of("failed-is-free", hub.sentence("event.offline.error takes the record out of its process, and get shows it with error=1 only")),
    _of("event-data", hub.sentence("EVENT_DATA holds FIELDS.ID (the page's sample has false)")),
    _of("merge-events", hub.sentence("a merge tells UPDATE of the winner where it changed, and DELETE of the others")),
)  # fmt: skip
