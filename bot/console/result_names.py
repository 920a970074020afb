"""The console: what the shop's journeys and segments are called, in both languages -> their keys."""

from collections.abc import Mapping

from bot.bootstrap import InForce, Services
from bot.console.shop_journeys import list_shop_journeys
from bot.console.words import Words
from bot.contracts.messages import LANGUAGES


def names_of(services: Services) -> Mapping[str, Mapping[str, str]]:
    """Of `journey` and `segment`: every name that somebody may write, and its key."""
    speak = [Words(each, services.settings.timezone) for each in LANGUAGES]
    journeys = {name: each.name for each in list_shop_journeys(services) for name in
                (each.name, *(words.journey(each.name) for words in speak))}
    segments = {name: key for key, each in InForce(services).read().segments.segments.items() for name in
                (key, *each.titles.values())}
    return {"journey": journeys, "segment": segments}
