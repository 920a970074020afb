"""Stage B5: Meta's Graph API: one call, and its errors by what we should do.

Meta answers a refused message with an error of its own, whatever the HTTP status: then the message was not taken.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.calling import read_retry_after
from bot.channels.base import Vendor
from bot.channels.wire import Answer
from bot.errors import FixConfiguration, NotAllowed, RateLimited, Unavailable

MARK_SECONDS = 3.0  # for a courtesy that may be left out
UPLOAD_SECONDS = 20.0
_AWAY = frozenset({1, 2, 131000, 131016, 133004, 1200})  # something went wrong over there, try again
_OURS = frozenset({0, 3, 10, 190, 33, 131005, 131031, 131042, 131045, 133010, 368, 130497})  # token, rights, account
_OUR_RIGHTS = range(200, 300)


@dataclass(frozen=True)
class Graph(Vendor):
    """The Graph API as one channel uses it, with what the channel's codes, or (code, subcode), mean."""

    waits: Mapping[int, float] = field(default_factory=dict)  # code -> seconds
    refusals: Mapping[int | tuple[int, int], str] = field(default_factory=dict)  # code -> our word for it

    def _translate_refusal(self, answer: Answer) -> Exception:
        error = _read_error(answer)
        code, subcode = _number(error, "code"), _number(error, "error_subcode")
        if code is None:
            return super()._translate_refusal(answer)
        said = f"{self.name} answered {code}"
        word = self.refusals.get((code, subcode or 0)) or self.refusals.get(code)
        if word:
            return NotAllowed(word, said)
        if code in self.waits:
            return RateLimited(said, max(self.waits[code], read_retry_after(answer.headers)))
        if code in _AWAY:
            return Unavailable(said)
        if code in _OURS or code in _OUR_RIGHTS:
            return FixConfiguration(f"{said}: check {self.setting}")
        return NotAllowed(f"meta_{code}", said)


def require_id(answer: Mapping[str, object], name: str) -> str:
    """The id of what Meta took. Unavailable where it names none."""
    found = answer.get(name)
    if not isinstance(found, str) or not found:
        raise Unavailable(f"Meta took a file and named no {name}")
    return found


def _read_error(answer: Answer) -> Mapping[str, object]:
    error = answer.read().get("error")
    return error if isinstance(error, dict) else {}


def _number(error: Mapping[str, object], name: str) -> int | None:
    value = error.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
