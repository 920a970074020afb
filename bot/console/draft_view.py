"""The console: a journey's form as its page shows it: what may be chosen, what a message may hold. Reads."""

from collections.abc import Mapping
from typing import Any

from bot.bootstrap import InForce, Services
from bot.channels.sms.limits import MAX_SEGMENTS, count_segments, narrow
from bot.charter.drafted import Problem
from bot.console.draft_graph import list_boxes
from bot.console.journey_form import ENDS, count_blocks, order_choices
from bot.console.journeys import mark_facts
from bot.console.shop_journeys import list_shop_journeys
from bot.console.time_units import UNITS
from bot.console.words import Words
from bot.decision.follow_ups import AFTER
from bot.decision.kinds import KINDS
from bot.decision.messages import EVERY_CASE, TEMPLATE_CHANNELS
from bot.decision.template_rules import find_faults
from bot.decision.triggers import CHANNELS, PURPOSES


def show_form(services: Services, words: Words, fields: Mapping[str, str], problem: Problem | None) -> dict[str, Any]:
    """The values that `_draft_form.html` shows."""
    segments, language = InForce(services).read().segments.segments, words.language
    cases = KINDS[fields["kind"]].cases if fields.get("kind") in KINDS else {}
    steps = [each for n in range(1, count_blocks(fields, "follow_ups") + 1)
             if (each := fields.get(f"follow_ups.{n}.name", ""))]
    return {
        "f": fields, "problem": problem, "anchor": anchor_of(problem, fields), "count": count_blocks,
        "order": order_choices, "units": UNITS, "channels": CHANNELS, "after": AFTER, "ends": ENDS,
        "kinds": [(each, words.name("about", each)) for each in KINDS],
        "purposes": [(each, words.name("in_draft", each)) for each in PURPOSES],
        "cases": [(each, words.name("case", each)) for each in (*cases, EVERY_CASE)],
        "channel_names": [(each, words.name("channel", each)) for each in CHANNELS],
        "segments": [(name, each.titles.get(language, name)) for name, each in segments.items()],
        "steps": [(each, each) for each in steps], "events": list_events(services), "facts_of": list_facts,
        "shown_on": list_shown, "mark_facts": mark_facts, "notes": list_notes, "nodes": list_boxes(fields, words),
        "says_problem": words.say(problem.sentence, **problem.values) if problem else "",
    }


def list_facts(kind: str, case: str) -> list[str]:
    """The facts that a message of an occasion may hold."""
    if kind not in KINDS:
        return []
    cases = KINDS[kind].cases
    return sorted(cases[case] if case in cases else frozenset.intersection(*cases.values()))


def list_shown(fields: Mapping[str, str], at: str) -> list[str]:
    """By which channels a message would leave: its own, else those of its step."""
    chosen = [each for each in CHANNELS if f"{at}.channels.{each}" in fields]
    step = fields.get(f"{at}.step", "")
    numbers = range(1, count_blocks(fields, "follow_ups") + 1)
    of_step = next((f"follow_ups.{n}." for n in numbers if step and fields.get(f"follow_ups.{n}.name") == step), "")
    return chosen or [each for each in CHANNELS if f"{of_step}channels.{each}" in fields]


def list_events(services: Services) -> list[str]:
    """Events that a journey of the shop begins on or is called off by: what a form proposes."""
    return sorted({each for journey in list_shop_journeys(services) for each in (*journey.on, *journey.cancels_on)})


def list_notes(fields: Mapping[str, str], at: str, language: str, channel: str) -> list[tuple[str, dict[str, object]]]:
    """What a channel makes of a message: sentences with their values. Facts count as they are written."""
    text, notes = fields.get(f"{at}.{language}", ""), list[tuple[str, dict[str, object]]]()
    if channel == "sms":
        segments = count_segments(narrow(text))
        notes.append(("{count} SMS at least", {"count": segments}))
        if segments > MAX_SEGMENTS:
            notes.append(("what is beyond {most} is cut", {"most": MAX_SEGMENTS}))
    is_template = bool(fields.get(f"{at}.template.{language}"))
    if channel in TEMPLATE_CHANNELS and not is_template:
        notes.append(("without a template only while their window is open", {}))
    if channel in TEMPLATE_CHANNELS and is_template:
        notes += [(each.sentence, dict(each.values)) for each in find_faults(text)]
    return notes


def anchor_of(problem: Problem | None, fields: Mapping[str, str]) -> str:
    """The field of a problem, else the part of the form that it stands in."""
    if problem is None:
        return ""
    parts = problem.place.split(".")
    is_block = len(parts) > 1 and parts[1].isdecimal()
    return problem.place if problem.place in fields else ".".join(parts[:2] if is_block else parts[:1])
