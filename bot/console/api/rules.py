"""The console's API: goals, caps and quiet hours as they are in force, and what they were. Drafts change them."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from bot.bootstrap import Services
from bot.charter.content import dump_pressure, write_pressure
from bot.console.api.admission import Here
from bot.console.api.offers import VersionView, view_versions
from bot.console.deeds.rules import look_at_rules
from bot.decision.quiet_hours import CountryLaw, LawfulQuiet
from bot.measure.goals import write_goal


class GoalView(BaseModel):
    """A goal. `body`: the table that a draft of the kind `goal` begins with."""

    name: str
    body: Mapping[str, Any]
    versions: Sequence[VersionView]


class LawView(BaseModel):
    """What the law asks at least: local hours, `22:00`, and on which channels it is quiet then."""

    begins: str
    ends: str
    channels: Sequence[str]


class CountryLawView(BaseModel):
    """What the law of a country asks besides. `begins` and `ends` are "" where it names no hours."""

    country: str
    channels: Sequence[str]
    begins: str
    ends: str
    sundays: bool
    holidays: Sequence[str]


class RulesView(BaseModel):
    """Goals; caps and quiet hours as a draft of the kind `pressure` has them; what the law asks at least."""

    goals: Sequence[GoalView]
    pressure: Mapping[str, Any]
    pressure_versions: Sequence[VersionView]
    lawful_quiet: LawView | None
    laws: Sequence[CountryLawView]
    drafts: Sequence[int]


def add_rule_calls(router: APIRouter, services: Services) -> None:
    """What is in force of goals and caps."""

    @router.get("/charter/rules", description="Drafts of the kinds `goal` and `pressure` change them.")
    def show_rules(here: Here) -> RulesView:
        found = look_at_rules(services)
        return RulesView(
            goals=[
                GoalView(name=each.goal.key, body=write_goal(each.goal), versions=view_versions("goal", each.versions))
                for each in found.goals
            ],
            pressure=write_pressure(dump_pressure(found.guardrails)),
            pressure_versions=view_versions("pressure", found.pressure),
            lawful_quiet=_view_law(found.guardrails.lawful_quiet),
            laws=[_view_country(each) for each in found.guardrails.laws],
            drafts=[each.id for each in found.drafts],
        )


def _view_country(law: CountryLaw) -> CountryLawView:
    begins, ends = (f"{law.hours.begins:%H:%M}", f"{law.hours.ends:%H:%M}") if law.hours else ("", "")
    return CountryLawView(country=law.country, channels=law.channels, begins=begins, ends=ends, sundays=law.sundays,
                          holidays=law.holidays)


def _view_law(law: LawfulQuiet | None) -> LawView | None:
    """Times as text: a time of JSON Schema has a zone, and these are of whoever reads."""
    if law is None:
        return None
    hours = law.hours
    return LawView(begins=f"{hours.begins:%H:%M}", ends=f"{hours.ends:%H:%M}", channels=sorted(law.channels))
