"""Stage A4: a delivery that went wrong: what the words say, what the tracking says, and what the policy offers. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.commerce.types import Order, Shipment
from bot.service.answers import simplify
from bot.service.orders import Reader, find_delayed, find_stuck, last_news
from bot.service.policy import DeliveryPart, Remedy

Problem = Literal["late", "stuck", "lost", "not_there", "damaged", "wrong_item", "not_sent", "on_its_way", "unknown"]
_DAMAGED = re.compile(
    r"\b(?:damag\w*|broken|broke|crack\w*|shatter\w*|torn|defect\w*|faulty|wet|crushed|leak\w*|scratch\w*|dent\w*|ripped|not work\w*|"
    r"doesn'?t work|stopped working|missing (?:a )?(?:part|piece)\w*|abim\w*|casse\w*|dechir\w*|defectueu\w*|ecras\w*|mouill\w*|tache\w*|fendu\w*)\b"
)
_WRONG = re.compile(
    r"\b(?:wrong (?:item|product|size|colou?r|one|thing|order|article|parcel)|not what i (?:ordered|bought)|something else|someone else'?s|"
    r"different (?:item|product|colou?r|size)|mauvais\w*|pas (?:le bon|la bonne|ce que)|autre chose|erreur (?:de|d'))\b"
)
_NOT_THERE = re.compile(
    r"\b(?:(?:marked|says?|shows?|listed|supposedly|it'?s) (?:as )?delivered|delivered but|never (?:got|received|arrived|came)|not (?:received|there)|stolen|"
    r"livre\w* mais|indiqu\w* (?:comme )?livre\w*|marque\w* (?:comme )?livre\w*|jamais (?:recu|arrive)|rien recu|vole\w*|introuvable)\b"
)
SENTENCES: dict[str, str] = {
    "wait": "I wait, keep me posted",
    "resend": "Send it again",
    "refund": "Give my money back",
    "exchange": "Exchange it",
    "return": "Send it back",
}


@dataclass(frozen=True)
class Finding:
    """What is wrong with an order's delivery, and the parcel that it is about."""

    problem: Problem
    shipment: Shipment | None = None


def find_problem(text: str, order: Order, delivery: DeliveryPart, now: datetime, timezone: str) -> Finding:
    """What is wrong: the tracking first, with days as in the zone; what only the customer can see (broken, wrong, not
    there) from their words.
    """
    said = simplify(text)
    arrived = next((each for each in order.shipments if each.delivered_at or each.state == "delivered"), None)
    if arrived or order.fulfilment_status in ("delivered", "picked_up"):
        for problem, words in (("damaged", _DAMAGED), ("wrong_item", _WRONG), ("not_there", _NOT_THERE)):
            if words.search(said):
                return Finding(problem, arrived)  # type: ignore[arg-type]  # the tuple's words are Problems
        return Finding("unknown", arrived)
    if lost := find_stuck(order, now, delivery.lost_after_hours):
        return Finding("lost", lost)
    if stuck := find_stuck(order, now, delivery.stuck_after_hours):
        return Finding("stuck", stuck)
    if late := find_delayed(order, now, timezone):
        return Finding("late", late)
    moving = next((each for each in order.shipments if each.state not in ("label_created", "cancelled")), None)
    return Finding("on_its_way", moving) if moving else Finding("not_sent")


def find_remedies(finding: Finding, delivery: DeliveryPart) -> list[Remedy]:
    """What the policy offers for it."""
    offered: list[Remedy] | None = getattr(delivery.remedies, finding.problem, None)
    return list(offered) if offered is not None else ["person"]


def describe_finding(finding: Finding, order: Order, reader: Reader) -> str:
    """What the tracking says, in one sentence."""
    number = order.number.lstrip("#")
    parcel = finding.shipment
    carrier = parcel.carrier_name if parcel and parcel.carrier_name else reader.say("the carrier")
    news = last_news(parcel) if parcel else None
    match finding.problem:
        case "not_sent":
            return reader.say("Order {number} has not left us yet.", number=number)
        case "on_its_way":
            if parcel and parcel.eta:
                sentence = "Order {number} is on its way; {carrier} expects to deliver it on {day}."
                return reader.say(sentence, number=number, carrier=carrier, day=reader.day(parcel.eta))
            return reader.say("Order {number} is on its way with {carrier}.", number=number, carrier=carrier)
        case "late":
            if parcel and parcel.eta and parcel.eta > reader.now:
                sentence = "Order {number} is late: {carrier} now expects it on {day}."
                return reader.say(sentence, number=number, carrier=carrier, day=reader.day(parcel.eta))
            return reader.say("Order {number} is late, and {carrier} names no new day.", number=number, carrier=carrier)
        case "stuck" | "lost":
            day = reader.day(news) if news else ""
            text = reader.say(
                "{carrier} has said nothing of order {number} since {day}.", carrier=carrier, number=number, day=day
            )
            lost = reader.say("After so long we count it as lost.")
            return f"{text} {lost}" if finding.problem == "lost" else text
        case _:
            if parcel and parcel.delivered_at:
                sentence = "{carrier} delivered order {number} on {day}."
                return reader.say(sentence, carrier=carrier, number=number, day=reader.day(parcel.delivered_at))
            return reader.say("Order {number} was delivered.", number=number)
