"""The console: a journey as it is written down -> its flow as a picture in SVG. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from bot.console.words import Words
from bot.decision.follow_ups import FollowUp
from bot.decision.triggers import Trigger

_WIDTH_PX, _HEIGHT_PX, _GAP_PX, _INDENT_PX = 340, 58, 26, 36
_MOST_CHARACTERS = 42  # of a line, as wide as its box


@dataclass(frozen=True)
class Node:
    """A box of the flow: what sort of step it is, and what it says."""

    kind: str  # begins | waits | checks | says
    title: str
    detail: str
    depth: int = 0  # how many messages came before


def list_nodes(trigger: Trigger, words: Words) -> list[Node]:
    """The journey's steps, in the order in which somebody goes through them."""
    begins = words.events(trigger.on) or words.say("launched by hand")
    wait = words.wait(trigger.wait_seconds)
    checks = words.say("consent, caps, quiet hours, what is true now")
    return [
        Node("begins", words.say("It begins"), begins),
        *([Node("waits", words.say("It waits"), wait)] if trigger.wait_seconds else []),
        Node("checks", words.say("It is checked"), checks),
        Node("says", words.say("It says"), words.channels(trigger.channels)),
        *(node for each in trigger.follow_ups_of("") for node in _list_follow_up(trigger, each, 1, words)),
    ]


def _list_follow_up(trigger: Trigger, follow_up: FollowUp, depth: int, words: Words) -> Iterator[Node]:
    after = ", ".join(words.name("outcome", each) for each in follow_up.after)
    yield Node("waits", words.say("Then, after {what}", what=after), words.wait(follow_up.wait_seconds), depth)
    yield Node("says", words.say("It says"), f"{words.channels(follow_up.channels)} · {follow_up.name}", depth)
    for each in trigger.follow_ups_of(follow_up.name):
        yield from _list_follow_up(trigger, each, depth + 1, words)


def draw_flow(nodes: list[Node], title: str) -> Markup:
    """The boxes from the top down, each with an arrow to the next."""
    step = _HEIGHT_PX + _GAP_PX
    width = _WIDTH_PX + _INDENT_PX * max(each.depth for each in nodes) + 2
    boxes = Markup("").join(_draw_node(each, n * step) for n, each in enumerate(nodes))
    arrows = Markup("").join(_draw_arrow(each, n * step) for n, each in enumerate(nodes) if n)
    picture = Markup('<svg class="flow" role="img" width="{0}" viewBox="0 0 {0} {1}"><title>{2}</title>{3}{4}</svg>')
    return picture.format(width, len(nodes) * step - _GAP_PX + 2, title, arrows, boxes)


def _draw_node(node: Node, top_px: int) -> Markup:
    left = node.depth * _INDENT_PX + 1
    box = Markup('<g class="{}"><rect x="{}" y="{}" width="{}" height="{}" rx="12"/>'
                 '<text x="{}" y="{}" class="title">{}</text><text x="{}" y="{}">{}</text></g>')
    return box.format(
        node.kind, left, top_px + 1, _WIDTH_PX, _HEIGHT_PX, left + 16, top_px + 24, _cut(node.title),
        left + 16, top_px + 44, _cut(node.detail),
    )


def _draw_arrow(node: Node, top_px: int) -> Markup:
    x = node.depth * _INDENT_PX + 40
    arrow = Markup('<path class="arrow" d="M{0} {1}V{2}M{3} {4}L{0} {2}L{5} {4}"/>')
    return arrow.format(x, top_px - _GAP_PX + 3, top_px - 1, x - 5, top_px - 7, x + 5)


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS - 1]}…"
