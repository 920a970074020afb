"""The console: a journey's form as its page shows it: what may be chosen, what a message may hold. Reads."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from bot.bootstrap import InForce, Services
from bot.charter.drafted import Problem
from bot.console.deeds.journey_goals import Aim, list_aims
from bot.console.draft_graph import list_boxes
from bot.console.journey_form import ENDS, count_blocks, order_choices
from bot.console.journeys import mark_facts
from bot.console.preview import Draft, Preview, Shop, example_values, preview
from bot.console.shop_journeys import list_shop_journeys
from bot.console.time_units import UNITS
from bot.console.words import Words
from bot.decision.follow_ups import AFTER
from bot.decision.kinds import KINDS
from bot.decision.messages import EVERY_CASE, TEMPLATE_CHANNELS
from bot.decision.template_rules import find_faults
from bot.decision.triggers import CHANNELS, PURPOSES

Note = tuple[str, dict[str, object]]  # a sentence of the catalogue, and what fills it
Look = tuple[Preview, list[Note]]


def show_form(
    services: Services, words: Words, fields: Mapping[str, str], problem: Problem | None, name: str = ""
) -> dict[str, Any]:
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
        "steps": [(each, each) for each in steps], "events": list_events(services), "mark_facts": mark_facts,
        "facts_of": partial(list_facts, services, fields), "looks": partial(list_looks, services, fields),
        "nodes": list_boxes(fields, words), "aims": list_aims(services, name), "is_ticked": partial(is_aim, fields),
        "guardrails": InForce(services).read().guardrails,
        "says_problem": words.say(problem.sentence, **problem.values) if problem else "",
    }


def list_facts(services: Services, fields: Mapping[str, str], at: str, language: str) -> dict[str, str]:
    """The facts that a message may hold, each with a value as an example."""
    return example_values(_read_draft(fields, at, language), _shop_of(services))


def list_looks(services: Services, fields: Mapping[str, str], at: str, language: str) -> list[Look]:
    """How a message looks by each channel by which it would leave, with what is to be said of that."""
    draft, shop = _read_draft(fields, at, language), _shop_of(services)
    shown = [preview(draft, each, shop) for each in list_shown(fields, at)] if draft.text.strip() else []
    return [(each, [*_tell(each), *list_notes(fields, at, language, each.channel)]) for each in shown]


def _read_draft(fields: Mapping[str, str], at: str, language: str) -> Draft:
    of_journey = {key: fields.get(key, "") for key in ("kind", "purpose")}
    of_message = {key: fields.get(f"{at}.{key}", "") for key in ("case", "picture")}
    text, subject = fields.get(f"{at}.{language}", ""), fields.get(f"{at}.subject.{language}", "")
    return Draft(language=language, text=text, subject=subject, **of_journey, **of_message)


def _shop_of(services: Services) -> Shop:
    return Shop(services.clock(), services.settings.timezone, services.goals.currency, services.pictures.find)


def is_aim(fields: Mapping[str, str], aim: Aim) -> bool:
    """Whether a goal's box is ticked: as somebody left it, else as it stands."""
    return f"goal.{aim.key}" in fields if "goals.told" in fields and aim.is_open else aim.is_served


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


def _tell(shown: Preview) -> list[Note]:
    """What a channel makes of a message."""
    notes = list[Note]()
    if shown.segments:
        notes.append(("{count} SMS", {"count": shown.segments}))
    if shown.is_cut:
        notes.append(("longer than it takes: cut", {}))
    if shown.lacks_picture:
        notes.append(("its picture is not there", {}))
    if shown.drops_picture:
        notes.append(("no room for its picture here", {}))
    return notes


def list_notes(fields: Mapping[str, str], at: str, language: str, channel: str) -> list[Note]:
    """What is to be known of a template, or without one: sentences with their values."""
    text, notes = fields.get(f"{at}.{language}", ""), list[Note]()
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
