"""A stream that has gone quiet, in words and as JSON."""

from typing import TYPE_CHECKING, Any, Final

from hub.cli import moments
from hub.i18n import N_, ngettext

if TYPE_CHECKING:
    from hub.core.silence import Silence

LOOK: Final = N_("look whether it still works where it comes from: forwarding, rights, an export that ended")


def told(silence: "Silence") -> str:
    """In words: since when, against which rhythm."""
    text = ngettext(
        "nothing since {day}: {n} day, though it used to speak on {usual} days a week",
        "nothing since {day}: {n} days, though it used to speak on {usual} days a week",
        silence.days,
    )
    return text.format(day=moments.day(silence.last), n=silence.days, usual=f"{silence.usual:g}")


def as_json(silence: "Silence | None") -> dict[str, Any] | None:
    """The last day on which something was said, how many days were silent since, on how many a week it used to speak."""
    if silence is None:
        return None
    return {"last": silence.last.isoformat(), "days": silence.days, "usual": silence.usual}
