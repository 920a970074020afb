"""Stage B2: one trait of one customer -> the value, where it came from, by which rule, and what lost and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.contracts.messages import LANGUAGES
from bot.profile.identities import identities_of
from bot.profile.traits import (
    ChosenTrait,
    LossName,
    TraitRule,
    TraitValue,
    choose_trait,
    proven_values,
    trait_values,
    why_lost,
)
from bot.texts.catalogue import translate

Words = Mapping[str, str]  # language -> sentence

_RULES = {
    "silo": "The most trusted source that said something counts: {silos}.",
    "latest": "The newest word counts.",
    "earliest": "The oldest word counts.",
    "verified": "A value that a verified identity ({identity}) proves counts; then the newest.",
    "longest": "The longest value counts; then the newest.",
    "add_counts": "The counts of every source, and of every part of the person, are added up.",
    "days_between": "The median of the days from one purchase to the next, over every source and part of the person.",
}
_LOSSES: Mapping[LossName, str] = {
    "silent": "{silo} said nothing.",
    "less_trusted": "{silo} is trusted less than {best}.",
    "unproven": "No verified identity proves it.",
    "shorter": "It is shorter.",
    "older": "It is older.",
    "newer": "It is newer.",
    "same_moment": "Said at the same moment; the name of the source decides.",
    "claimed": "Only a page said it, and nobody proved it: it is not counted.",
}


@dataclass(frozen=True)
class Loss:
    """A value that did not count, and why, in every language."""

    value: TraitValue
    name: LossName
    why: Words


@dataclass(frozen=True)
class TraitExplanation:
    """Why a trait is what it is."""

    name: str
    chosen: ChosenTrait
    rule: Words
    losses: tuple[Loss, ...]

    @property
    def value(self) -> Any:
        """The value that counts."""
        return self.chosen.value

    @property
    def silo(self) -> str:
        """Who said it; several, with commas, where counts were added up."""
        return self.chosen.silo

    @property
    def set_at(self) -> datetime:
        """When it was said, in UTC."""
        return self.chosen.set_at


def explain_trait(
    connection: sa.Connection, customer_id: str, name: str, rules: Mapping[str, TraitRule]
) -> TraitExplanation | None:
    """Why one trait of the merged person is what it is; None when nobody said anything of it."""
    values = trait_values(connection, customer_id, name).get(name)
    if not values:
        return None
    rule = rules.get(name) or TraitRule(name)
    proven = proven_values(identities_of(connection, customer_id), rule)
    chosen = choose_trait(values, rule, proven)
    best = next((each for each in values if each not in chosen.losing), values[0])
    losses = tuple(_loss(best, each, why_lost(best, each, rule, proven)) for each in chosen.losing)
    return TraitExplanation(name, chosen, describe_rule(rule), losses)


def describe_rule(rule: TraitRule) -> Words:
    """A rule in words, in every language."""
    return _say(_RULES[rule.rule], silos=", ".join(rule.silos), identity=rule.identity)


def _loss(best: TraitValue, loser: TraitValue, name: LossName) -> Loss:
    return Loss(loser, name, _say(_LOSSES[name], silo=loser.silo, best=best.silo))


def _say(sentence: str, **values: object) -> Words:
    return {language: translate(language, sentence, **values) for language in LANGUAGES}
