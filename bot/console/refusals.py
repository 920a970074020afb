"""The console: a status -> what a page says of a refusal that it has no sentence of its own for."""

from dataclasses import dataclass
from typing import Any

from bot.console.words import Words
from bot.errors import Conflict, FixInput, NotAllowed, PrevenantError, RateLimited, Said

NOT_OPEN = "your role does not open this page"
TOO_OLD = "this form is too old: go back, reload the page and try again"


@dataclass(frozen=True)
class Told:
    """What stands at the head of the page, and what to do: keys of the catalogue."""

    title: str
    says: str


_NOT_UNDERSTOOD = Told("This was not understood", "The address or the form holds something that this page cannot read.")
_TOLD = {
    400: _NOT_UNDERSTOOD,
    403: Told("This is not allowed", "What you asked for is not open to you here."),
    404: Told("There is nothing here", "There is no such page, or what it showed is there no more."),
    405: Told("There is nothing here", "There is no such page, or what it showed is there no more."),
    409: Told("That does not fit any more", "Go back, reload the page and look at how it stands now."),
    413: Told("That is too much", "What was sent is larger than this page takes."),
    422: _NOT_UNDERSTOOD,
    429: Told("That was often enough for now", "Please wait five minutes, then go on where you were."),
}
_BY_REASON = {
    NOT_OPEN: Told("Your role does not open this page", "Whoever runs the console can say who may."),
    TOO_OLD: Told("This form is too old", "Go back, copy what you wrote, reload the page and try again."),
}
_ELSE = Told("This did not work", "Please try again in a moment.")


def tell_refusal(status: int, why: PrevenantError | str, words: Words) -> dict[str, Any]:
    """What a page says of it: `told`, and the `reason` where it adds something that the reader's language has.

    `why`: how a deed refused, or one of the sentences above.
    """
    if isinstance(why, PrevenantError):
        return {"told": _TOLD.get(status, _ELSE), "reason": _reason_of(why, words)}
    return {"told": _BY_REASON.get(why) or _TOLD.get(status, _ELSE), "reason": ""}


def _reason_of(error: PrevenantError, words: Words) -> str:
    if isinstance(error, FixInput):
        return words.refusal(error)
    if isinstance(error, RateLimited) or (isinstance(error, NotAllowed) and str(error) == error.reason):
        return ""  # the status says it all
    said = error.said if isinstance(error, Conflict) else Said(str(error))
    return words.said(said) if words.knows(said.sentence) else ""


def list_told() -> list[Told]:
    """All that may be said."""
    return [*_TOLD.values(), *_BY_REASON.values(), _ELSE]
