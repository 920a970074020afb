"""The console: what in force needs an offer, a segment or the last goal, so that it cannot end yet. Reads only."""

from collections.abc import Mapping
from typing import Any

from bot.bootstrap import InForce, Services
from bot.charter.book import Subject
from bot.charter.ending import ending_of, is_end
from bot.errors import FixInput
from bot.profile.segments.parser import parse_rule
from bot.profile.segments.tree import InSegment, conditions_of


def require_unneeded(services: Services, subject: Subject, content: Mapping[str, Any]) -> None:
    """FixInput where what is to end is still needed by something in force; nothing for any other change."""
    if not is_end(subject) or not content["has_ended"]:
        return
    needing = list_needing(InForce(services).read(), ending_of(subject))
    if needing:
        raise FixInput("under_way", f"is needed by {', '.join(needing)}: change that, or end it at once, first")


def list_needing(shop: Services, subject: str) -> list[str]:
    """What in force would say something untrue, or speak to nobody, once a subject ends. The last goal stays, too."""
    kind, _, name = subject.partition(":")
    if kind == "offer":
        codes = {each.code.upper() for each in shop.offers if each.name == name}
        return [each.name for each in shop.triggers if codes & {code.upper() for code in each.codes}]
    if kind == "segment":
        return [
            *(each.name for each in shop.triggers
              if name in (each.audience, *(follow_up.audience for follow_up in each.follow_ups))),
            *(each.name for each in shop.segments.segments.values() if each.name != name and _names(each.rule, name)),
        ]
    return ["results"] if kind == "goal" and [each.key for each in shop.goals.goals] == [name] else []


def _names(rule: str, segment: str) -> bool:
    return any(isinstance(each, InSegment) and each.name == segment for each in conditions_of(parse_rule(rule)))
