"""Stage 3: the words of a decision -> sentences for the customer ("why this message?") and for the back office."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from babel.dates import format_datetime

from bot.texts.catalogue import LOCALES, translate

NO_FIGURES: Mapping[str, Mapping[str, Any]] = {}

SENTENCES = {
    "consent_unknown": "You were not asked yet whether we may write to you here.",
    "consent_withdrawn": "You asked not to be written to here.",
    "holdout": "Some customers get no offers for a while, so that we can measure what offers bring.",
    "cap_day": "Enough was written to you today.",
    "cap_week": "Enough was written to you this week.",
    "quiet_hours": "It is late where you are.",
    "open_question": "We were waiting for your answer to a question.",
    "in_conversation": "You were talking to us at that moment.",
    "handoff": "A person of our team was talking to you.",
    "unreachable": "We have no address for you there.",
    "unverified": "It is about something that only its owner may see, and nobody was signed in there.",
    "cooldown": "You heard the same thing a short while ago.",
    "already_taken": "You had taken the offer already.",
    "fact_false": "What it would have said was no longer true.",
    "expired": "Its reason was too old.",
    "window_closed": "You had not written to us there for a while, and we may only answer there.",
    "paused": "We have stopped such messages for now.",
    "not_worth_it": "We did not think that it would help you enough to be worth a message.",
    "yields_to": "Another message of ours was meant for you that week.",
    "open_matter": "A complaint or a return of yours is not settled yet, so we do not advertise to you meanwhile.",
    "minor": "We send no offers to minors.",
    "offer_accepted": "You took the other offer.",
    "offer_ended": "The offer has ended.",
    "offer_not_begun": "The offer had not begun yet.",
    "offer_differs": "The shop gives something else than what we would have said.",
    "order_placed": "You placed the order.",
    "no_longer_needed": "There was no reason for it any more.",
    "stop_messages": "You asked us to stop writing.",
    "cart_empty": "The basket was empty.",
    "cart_gone": "The basket was no longer there.",
    "cart_changed": "The basket had changed.",
    "cart_unknown": "We did not know which basket it was.",
    "no_price_before": "We do not know what it cost when you looked.",
    "not_cheaper": "It was no cheaper than when you looked.",
    "not_lowest": "It had been cheaper lately.",
    "no_size": "It has no sizes.",
    "not_sent": "The message before it did not leave.",
    "out_of_stock": "The piece was sold out.",
    "product_unknown": "The shop did not know the piece.",
    "banned": "The shop does not suggest the piece any more.",
    "disliked": "You had said that the piece is not for you.",
    "not_stuck": "There was news of the parcel again.",
    "not_waiting": "The order was on its way, or settled.",
    "awaits_stock": "It was ordered before it was there, and takes longer.",
    "not_delayed": "The parcel was not late any more.",
    "order_cancelled": "The order was cancelled.",
    "order_gone": "The order was no longer there.",
    "not_delivered": "The order was not there yet.",
    "was_on_time": "The parcel came when it was promised.",
    "goes_back": "Something of the order was going back.",
    "return_over": "The time for returns was over.",
    "not_ready": "The order was not ready to be collected.",
    "lasts": "It is nothing that is used up.",
    "not_in_audience": "You were not among those whom it was meant for.",
    "picked_up": "The order was collected.",
    "already_settled": "It was settled already.",
    "shop_refused": "The shop did not confirm it.",
    "facts_unavailable": "The shop did not answer.",
    "facts_too_old": "The shop took too long to answer.",
    "no_words": "There were no words for it.",
    "no_picture": "The picture for it was not there.",
    "trigger_gone": "The shop no longer sends such messages.",
    "crashed": "We do not know whether it arrived.",
    "no_answer": "We do not know whether it arrived.",
    "gave_up": "It could not be delivered.",
}

FIGURED = {  # the same, where the figures were kept
    "cap_day": "Enough was written to you that day: {count} of {most} messages.",
    "cap_week": "Enough was written to you that week: {count} of {most} messages.",
    "quiet_hours": "It was late where you are: quiet until {until}.",
    "out_of_stock": "The piece was sold out: {stock} in stock.",
}

CHOICES = {  # why like this and not otherwise
    "best_hour": "I waited for an hour that suits you better, by when you and others write.",
    "not_worth_it": "Elsewhere I did not think it worth a message, so I wrote in one place only.",
}


def explain_choice(candidates: Sequence[Mapping[str, Any]], chosen: str, language: str) -> list[str]:
    """Why a decision took the way that it took: of the candidates as they are kept, and the chosen one's name."""
    has_moved = any(each.get("moved_to") for each in candidates if each["name"] == chosen)
    others = {word for each in candidates if each["name"] != chosen for word in each["held"]}
    words = {"best_hour": has_moved, "not_worth_it": "not_worth_it" in others}
    return [translate(language, CHOICES[word]) for word, is_so in words.items() if is_so]


def explain_reasons(
    reasons: Iterable[str], language: str, figures: Mapping[str, Mapping[str, Any]] = NO_FIGURES
) -> list[str]:
    """A sentence for each word of a decision's `held` or of `outbox.reason`; an unknown word stands for itself.

    `figures`: as they were kept with what was held.
    """
    return [fill_figures(FIGURED[each], language, figures[each]) if each in figures and each in FIGURED
            else translate(language, SENTENCES.get(each, each)) for each in reasons if each]


def explain_held(candidates: Iterable[Mapping[str, Any]], language: str) -> list[str]:
    """What held some candidates, as they are kept, each sentence once."""
    told = (said for each in candidates
            for said in explain_reasons(each.get("held") or (), language, each.get("figures") or NO_FIGURES))
    return list(dict.fromkeys(told))


def fill_figures(sentence: str, language: str, figures: Mapping[str, Any]) -> str:
    """A sentence with the figures in it; an hour by the clock where the person is, with its day where it is far off."""
    values = {name: value for name, value in figures.items() if not name.startswith("until")}
    if said := figures.get("until") or figures.get("until_day"):
        pattern = "EEEE HH:mm" if "until_day" in figures else "HH:mm"
        clock = datetime.fromisoformat(said).replace(tzinfo=None)
        values["until"] = format_datetime(clock, pattern, locale=LOCALES[language])
    return translate(language, sentence, **values)


def explain_outbox_reason(reason: str, language: str) -> str:
    """The sentences of an outbox row's reason, one after the other."""
    return " ".join(explain_reasons(reason.split(","), language))
