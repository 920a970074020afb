"""Stage 4: what came of a trial -> sentences for whoever writes the journey, in French and English. Pure."""

from collections.abc import Iterator
from datetime import date

from bot.nudges.trial import Trial
from bot.texts.catalogue import format_day, format_moment, translate

REASONS = {
    "consent_unknown": "nobody asked them yet",
    "consent_withdrawn": "they do not want to be written to there",
    "holdout": "they go without, to measure what messages bring",
    "cap_day": "they heard enough that day",
    "cap_week": "they heard enough that week",
    "quiet_hours": "it was late where they are",
    "open_question": "we waited for an answer of theirs",
    "in_conversation": "they were talking to us",
    "handoff": "a person of the shop was talking to them",
    "unreachable": "no address or conversation there",
    "unverified": "nobody was signed in there as its owner",
    "cooldown": "they had heard the same a short while before",
    "already_taken": "they had taken the offer",
    "expired": "its reason was too old",
    "window_closed": "the channel takes no free words from us there",
    "paused": "the journey rests",
    "not_worth_it": "it would cost more than is hoped of it",
    "yields_to": "their week belonged to another journey",
    "open_matter": "a complaint or a return of theirs was not settled",
    "minor": "they are under eighteen",
    "not_in_audience": "they are not of the audience",
    "cart_empty": "the basket is empty",
    "cart_gone": "the basket is gone",
    "cart_changed": "the basket has changed",
    "cart_unknown": "nobody knows which basket",
    "out_of_stock": "it is sold out",
    "product_unknown": "the shop does not know the piece",
    "banned": "the shop's people keep it out of sight",
    "disliked": "they said that it is not for them",
    "not_delayed": "the parcel is not late",
    "not_stuck": "there is news of the parcel",
    "not_waiting": "the order is on its way, or settled",
    "awaits_stock": "it was ordered before it was there",
    "order_cancelled": "the order is cancelled",
    "order_gone": "the order is gone",
    "not_delivered": "it is not delivered",
    "was_on_time": "it came when it was promised",
    "goes_back": "something goes back",
    "return_over": "the days for a return are over",
    "not_ready": "it is not ready",
    "lasts": "it is nothing that is used up",
    "no_words": "there are no words for it",
    "no_picture": "its picture is not there",
    "facts_unavailable": "the shop did not answer",
    "shop_refused": "the shop did not confirm it",
    "no_price_before": "nobody knows what it cost when they looked",
    "not_cheaper": "it is not cheaper than when they looked",
    "no_size": "it has no sizes",
    "not_lowest": "it was cheaper within the last thirty days",
    "offer_ended": "the offer has ended",
    "offer_not_begun": "the offer has not begun yet",
    "offer_differs": "the shop gives something else than what it would say",
}
FIGURED_REASONS = {  # the same, where the figures were kept
    "cap_day": "they heard enough that day: {count} of {most}",
    "cap_week": "they heard enough that week: {count} of {most}",
    "quiet_hours": "it was late where they are: quiet until {until}",
    "out_of_stock": "it is sold out: {stock} in stock",
}
_NOTE = (
    "Consents, segments and what the shop says are of now; caps, cooldown and quiet hours of that day. "
    "What would follow is not tried: nobody knows who would have answered."
)


def say_trial(language: str, trial: Trial, day: date, timezone: str, shown: int) -> Iterator[str]:
    """A trial in sentences, one a line; at most `shown` of the messages."""
    yield translate(language, "{journey}, version {version}, on {day}:", journey=trial.journey, version=trial.version,
                    day=format_day(language, day, timezone))
    yield translate(language, "{begun} occasions came up; {over} were over before anything was due.",
                    begun=trial.begun, over=trial.over)
    people = len({each.customer_id for each in trial.sent})
    yield translate(language, "Would have sent {sent}, to {people} people.", sent=len(trial.sent), people=people)
    for each in trial.sent[:shown]:
        yield f"  {each.customer_id}  {each.channel:<9}  {format_moment(language, each.at, timezone)}  {each.text}"
    if len(trial.sent) > shown:
        yield "  " + translate(language, "and {count} more: --limit shows them.", count=len(trial.sent) - shown)
    yield translate(language, "Held {held}, because (one occasion may have several reasons):", held=trial.held)
    for reason, count in trial.because.most_common():
        yield f"  {count:>7}  {translate(language, REASONS.get(reason, reason))}"
    yield translate(language, _NOTE)
