"""The assistant: a proposal -> what its card says, in the reader's language. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.console.assistant.proposal import Effect, Kind, Proposal
from bot.console.words import Words

PARTS: Mapping[str, str] = {
    "morning": "the morning (7 to 11)", "noon": "the middle of the day (11 to 14)",
    "afternoon": "the afternoon (14 to 18)", "evening": "the evening (18 to 22)",
}
WAYS: Mapping[str, str] = {
    "even": "all its messages equally often", "best": "always what is thought best", "never": "no more by {channel}",
}
NONE_YET = "No evidence yet: nothing of this kind was measured here."


@dataclass(frozen=True)
class Told:
    """The sentences of a card."""

    title: str
    found: str
    expected: str
    doubts: Sequence[str]
    trial: str


@dataclass(frozen=True)
class Names:
    """What the shop calls its goals and segments, and its rules in words, in the reader's language."""

    goals: Mapping[str, str]
    segments: Mapping[str, str]
    describe: Callable[[str], str]  # a rule; as it stands where nobody understands it any more


def tell(proposal: Proposal, words: Words, names: Names) -> Told:
    """The sentences of a proposal."""
    return _TELL[proposal.kind](proposal, words, names)


def _tell_audience(proposal: Proposal, words: Words, names: Names) -> Told:
    told, trial = proposal.told, proposal.trial
    goal = names.goals.get(proposal.goal, proposal.goal)
    value, low, high = _points(proposal.evidence, words)
    expected = words.say(NONE_YET) if proposal.expected is None else words.say(
        "Messages to the {reachable} people who agreed to them would add {value} ({low} to {high}) within "
        "{days} days, if they bring there what they bring elsewhere.",
        reachable=words.number(trial["reachable"]), days=words.number(told["window_days"]),
        **_counts(proposal.expected, words),
    )
    return Told(
        words.say("For the goal “{goal}”: whoever {rule}", goal=goal, rule=names.describe(proposal.subject)),
        words.say(
            "{inside} of them reached it within {days} days, {outside} of the others: {value} points apart "
            "({low} to {high}). Told by {count} of them on whom it was not looked for.",
            inside=words.percent(told["rate_inside"]), outside=words.percent(told["rate_outside"]),
            days=words.number(told["window_days"]), value=value, low=low, high=high,
            count=words.number(proposal.rests_on),
        ),
        expected,
        [words.say("Whoever reaches a goal more often may do so without any message: only a holdout shows what "
                   "messages add."),
         words.say("It is told by one window of {days} days; a season may be behind it.",
                   days=words.number(told["window_days"]))],
        words.say("Today the rule finds {persons} people; {reachable} of them agreed to advertising.",
                  persons=words.number(trial["persons"]), reachable=words.number(trial["reachable"])),
    )


def _tell_journey(proposal: Proposal, words: Words, names: Names) -> Told:
    told, trial = proposal.told, proposal.trial
    source = words.journey(told["source"])
    expected = words.say(NONE_YET) if proposal.expected is None else words.say(
        "A month of it would add {value} ({low} to {high}), if it brings what “{source}” brings.", source=source,
        **_counts(proposal.expected, words),
    )
    return Told(
        words.say("A journey for “{segment}”, whom none addresses",
                  segment=names.segments.get(proposal.subject, proposal.subject)),
        words.say("{persons} people are in it, {came} came in within thirty days. No journey of advertising names it.",
                  persons=words.number(told["persons"]), came=words.number(told["came_in_month"])),
        expected,
        [words.say("Its words would be those of “{source}”, which were written for others: read them first.",
                   source=source),
         words.say("That nobody addresses them may be on purpose.")],
        words.say("Begun a week ago, it would have begun with {came} people. Of all in the segment, {reachable} "
                  "agreed to advertising.",
                  came=words.number(trial["came_in_week"]), reachable=words.number(trial["reachable"])),
    )


def _tell_channel(proposal: Proposal, words: Words, names: Names) -> Told:
    kind, _, what = proposal.told["policy"].partition(":")
    way = words.say(WAYS[kind], channel=words.name("channel", what))
    return _tell_schedule(proposal, words, way, words.say(
        "It is weighed by the chance under which each decision was taken; of what was never tried it tells nothing."
    ))


def _tell_hour(proposal: Proposal, words: Words, names: Names) -> Told:
    part = words.say(PARTS[proposal.told["policy"].partition(":")[2]])
    return _tell_schedule(proposal, words, words.say("its messages in {part}", part=part), words.say(
        "Hours were not dealt by chance: whoever is written to then may be other people. The draft lets each message "
        "wait for the hour that suits its person."
    ))


def _tell_schedule(proposal: Proposal, words: Words, way: str, doubt: str) -> Told:
    told, trial, effect = proposal.told, proposal.trial, proposal.evidence
    value, low, high = _rewards(effect, words)
    return Told(
        words.say("{journey}: {way}", journey=words.journey(told["journey"]), way=way),
        words.say("A message brings {now} now, in the value of the goal (a purchase is 1).",
                  now=words.number(told["now"], 3)),
        words.say("It would bring {value} more a message ({low} to {high}).", value=value, low=low, high=high),
        [doubt],
        words.say("Tried on {decisions} past decisions of {people} people on whom it was not looked for.",
                  decisions=words.number(trial["decisions"]), people=words.number(trial["people"])),
    )


def _tell_mapping(proposal: Proposal, words: Words, names: Names) -> Told:
    told, trial = proposal.told, proposal.trial
    reasons = "; ".join(f"{reason} ({words.number(count)})" for reason, count in told["reasons"].items())
    return Told(
        words.say("The source “{silo}”: another mapping would take rows that were refused", silo=told["silo"]),
        words.say("{refused} of {rows} rows of the newest such import were refused: {reasons}.",
                  refused=words.number(told["refused"]), rows=words.number(told["rows"]), reasons=reasons),
        words.say("About {share} of the refused rows would be used.", share=words.percent(trial["used"] /
                                                                                          max(1, trial["tried"]))),
        [words.say("The mapping is guessed by the columns: look at its first rows before you try them again.")],
        words.say("Of {tried} refused rows, {used} would be used. Nothing was kept of it.",
                  tried=words.number(trial["tried"]), used=words.number(trial["used"])),
    )


def _tell_late(proposal: Proposal, words: Words, names: Names) -> Told:
    told = proposal.told
    return Told(
        words.say("The source “{silo}” is late: ask where it has stopped", silo=proposal.subject),
        words.say("Something came last on {moment}; usually it takes {usual}.",
                  moment=words.moment(datetime.fromisoformat(told["last_at"])),
                  usual=words.duration(told["usual_seconds"])),
        words.say("What is missing cannot be counted: segments and journeys that go by it decide on what is old."),
        [words.say("Its rhythm is taken from what came before; a holiday breaks it too.")],
        words.say("There is nothing to try."),
    )


def _points(effect: Effect | None, words: Words) -> tuple[str, ...]:
    return tuple(words.signed(100 * each, 1) for each in _ends(effect))


def _rewards(effect: Effect | None, words: Words) -> tuple[str, ...]:
    return tuple(words.signed(each, 3) for each in _ends(effect))


def _counts(effect: Effect | None, words: Words) -> dict[str, str]:
    return {name: words.signed(each, 0) for name, each in zip(("value", "low", "high"), _ends(effect), strict=True)}


def _ends(effect: Effect | None) -> tuple[float, float, float]:
    return (effect.value, effect.low, effect.high) if effect else (0.0, 0.0, 0.0)


_TELL: Mapping[Kind, Callable[[Proposal, Words, Names], Told]] = {
    "audience": _tell_audience, "journey": _tell_journey, "channel": _tell_channel, "hour": _tell_hour,
    "mapping": _tell_mapping, "late": _tell_late,
}
