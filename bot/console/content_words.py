"""The console: of content: what a case is called, and why words may not be said, by the rule that found it. Pure."""

from collections.abc import Mapping

from bot.content.checking import Finding

# The situation of a message's facts, `bot.decision.kinds`.
CASES: Mapping[str, str] = {
    "match": "with something that goes with it", "match_low": "with something that goes with it, little stock",
    "plain": "on its own", "plain_low": "on its own, little stock", "add_back": "taken out again, still there",
    "available": "there is some", "cheaper": "costs less than before", "due": "is due again",
    "delayed": "no date is known", "delayed_until": "another date is known", "stuck": "no news",
    "delivered": "arrived", "late": "came late", "late_for": "came late, the promised day is known",
    "waiting": "it has not left", "closing": "few days are left", "ready": "ready", "missing": "something is missing",
    "offer": "an offer", "any": "whatever the case",
}
_CLAIMS = "says “{what}”, which the message in force does not"
# Claims with a sentence of their own.
_CLAIMED: Mapping[str, str] = {
    "urgency": "presses: “{what}”", "scarcity": "speaks of little stock without the fact that holds it: “{what}”",
    "discount": "promises a discount: “{what}”", "cheaper": "compares prices without a former price: “{what}”",
    "free": "promises something for nothing: “{what}”", "gift": "promises a gift: “{what}”",
    "superlative": "praises: “{what}”", "popularity": "claims what others like: “{what}”",
    "date": "names a time that no fact holds: “{what}”", "number": "counts what no fact counts: “{what}”",
    "guarantee": "guarantees: “{what}”",
}
SENTENCES: Mapping[str, str] = {
    "empty": "is empty", "too_long": "is longer than {what} characters",
    "unreadable": "holds signs that nobody can read",
    "link": "holds a link or an address: “{what}”", "markup": "holds markup: “{what}”",
    "broken_fact": "has a broken placeholder: write it as in {what}",
    "fact_lost": "leaves out the fact {what}", "fact_added": "adds the fact {what}, or says it twice",
    "figure_lost": "leaves out “{what}”", "figure_added": "adds “{what}”",
    "deed": "offers what a yes does not do: “{what}”",
    "lost_adds": "no longer asks whether to add it to the basket", "lost_checks_out": "no longer asks about the order",
    "lost_apology": "leaves out the apology", "lost_way_out": "leaves out how to hear no more",
    "says_vous": "says “{what}”, where the shop says vous", "says_tu": "says “{what}”, where the shop says tu",
    "never_said": "the shop never says “{what}”", "emoji": "holds an emoji: {what}",
    "long_sentence": "has a sentence that is too long, in words: {what}",
}
_FACTS = frozenset({"fact_lost", "fact_added"})


def sentence_of(finding: Finding) -> tuple[str, dict[str, str]]:
    """The English sentence and what fills it."""
    kind, _, claim = finding.rule.partition("claims_")
    sentence = SENTENCES[finding.rule] if kind else _CLAIMED.get(claim, _CLAIMS)
    if finding.rule == "broken_fact":
        return sentence, {"what": "{product}"}
    return sentence, {"what": f"{{{finding.what}}}" if finding.rule in _FACTS else finding.what}


def all_sentences() -> set[str]:
    """Every one, for the catalogue's test."""
    return {_CLAIMS, *_CLAIMED.values(), *SENTENCES.values()}
