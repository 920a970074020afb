"""Stage 3: what follows a message, after a silence, a click or an answer, as a shop writes it down. Checked, pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from bot.decision.messages import Message
from bot.decision.rewards import Outcome
from bot.toml_file import Table

SILENCE: Literal["silence"] = "silence"
AFTER = (SILENCE, *get_args(Outcome))
ENDINGS = ("declined", "opted_out", "bought")  # what ends a journey unless the shop says otherwise
DAY = 86_400.0
_KEYS = frozenset({"name", "follows", "after", "wait_seconds", "within_seconds", "expires_seconds", "cooldown_seconds",
                   "channels", "audience"})


@dataclass(frozen=True)
class FollowUp:
    """A later message of a journey, and what it comes after."""

    name: str
    follows: str  # the step whose message it follows; "" the journey's first
    after: tuple[str, ...]  # outcomes of that message, or `silence`: nothing came but that it was seen
    wait_seconds: float  # from the message on for a silence, else from what was done
    within_seconds: float  # how long after the message something done counts as its outcome
    expires_seconds: float
    cooldown_seconds: float
    channels: tuple[str, ...]
    audience: str
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class Next:
    """What a message that left leads to: a follow-up now, another look later, or the journey's end and why."""

    follow_up: FollowUp | None = None
    look_at: datetime | None = None
    end: str = ""


def read_follow_up(table: Table, earlier: tuple[str, ...], known_channels: tuple[str, ...]) -> FollowUp:
    """One `[[triggers.<name>.follow_ups]]`, without its words. `earlier`: the steps above it, which it may follow."""
    table.refuse_unknown(_KEYS)
    name = table.text("name")
    if name in earlier or ":" in name:
        raise table.fail("name", "is {value}: a step's name stands once, and holds no colon", value=repr(name))
    after = table.texts("after")
    for each in after:
        if each not in AFTER:
            raise table.fail("after", "names {value}, must be among {known}", value=repr(each), known=AFTER)
    if not after or (SILENCE in after and len(after) > 1):
        raise table.fail("after", "is either what was done, or silence alone")
    channels = table.texts("channels")
    for channel in channels:
        if channel not in known_channels:
            sentence = "names {value}, must be among {known}"
            raise table.fail("channels", sentence, value=repr(channel), known=known_channels)
    return FollowUp(
        name=name,
        follows=table.one_of("follows", earlier) if "follows" in table.values else "",
        after=after,
        wait_seconds=table.number("wait_seconds"),
        within_seconds=table.number("within_seconds", 3 * DAY),
        expires_seconds=table.number("expires_seconds", DAY),
        cooldown_seconds=table.number("cooldown_seconds", DAY),
        channels=channels,
        audience=table.text("audience", ""),
        messages=(),
    )


def what_follows(
    follow_ups: tuple[FollowUp, ...], ends_on: tuple[str, ...], sent_at: datetime, came: Mapping[str, datetime],
    now: datetime,
) -> Next:
    """What the message that left at `sent_at` leads to; `came`: outcome -> when it came first. Pure.

    Of several follow-ups whose time has come, the one whose time came first goes, and of these the file's first.
    """
    if over := next((each for each in ends_on if each in came), ""):
        return Next(end=over)
    goes = [(at, each) for each in follow_ups if (at := _goes_at(each, sent_at, came)) is not None]
    due = [(at, each) for at, each in goes if at <= now]
    if due:
        return Next(follow_up=min(due, key=lambda pair: pair[0])[1])
    open_until = (_may_come_until(each, sent_at, came) for each in follow_ups)
    looks = [*(at for at, _ in goes), *(until for until in open_until if until is not None and until > now)]
    return Next(look_at=min(looks)) if looks else Next(end="answered" if set(came) - {"seen"} else "no_answer")


def _goes_at(follow_up: FollowUp, sent_at: datetime, came: Mapping[str, datetime]) -> datetime | None:
    """When it goes by what is known; None while, or because, what it comes after has not come."""
    wait = timedelta(seconds=follow_up.wait_seconds)
    if follow_up.after == (SILENCE,):
        return None if set(came) - {"seen"} else sent_at + wait
    until = sent_at + timedelta(seconds=follow_up.within_seconds)
    done = [at for outcome, at in came.items() if outcome in follow_up.after and at < until]
    return min(done) + wait if done else None


def _may_come_until(follow_up: FollowUp, sent_at: datetime, came: Mapping[str, datetime]) -> datetime | None:
    if follow_up.after == (SILENCE,) or set(follow_up.after) & set(came):
        return None
    return sent_at + timedelta(seconds=follow_up.within_seconds)
