"""Everything that the console says exists in French."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from bot.bootstrap import PROJECT
from bot.commerce.checking import ABILITIES, PUBLIC
from bot.console import words
from bot.console.ask import PROBLEMS as ASK_PROBLEMS
from bot.console.assistant import wording
from bot.console.content_offer_pages import STATES
from bot.console.content_pages import HEADS
from bot.console.content_words import all_sentences
from bot.console.fitting_words import CATEGORY_WORDS, FLAT_WORDS, NECKLINE_WORDS, POINT_WORDS
from bot.console.guide_occasions import OCCASIONS
from bot.console.list_query import LABELS
from bot.console.lists import LISTS
from bot.console.measures import DIMENSIONS, MEASURES
from bot.console.needs import NOT_UNDERSTOOD
from bot.console.refusals import list_told
from bot.console.result_view import STEPS
from bot.console.segments import CLAUSES, JOINS
from bot.console.small_forms import list_groups
from bot.console.trail import DEEDS
from bot.console.what_if import POLICIES
from bot.nudges.trial_words import REASONS
from bot.texts.catalogue import load_catalogue
from bot.tryon.points import PROBLEMS as POINT_PROBLEMS
from bot.tryon.record import DOUBTS

_SAID = re.compile(r"""\bt\((?:"([^"]+)"|'([^']+)')""")
# Of results, what stands in a choice of two or comes from a constant.
_RESULTS = (
    "fewer than ten people", "Go on", *STEPS.values(),
    "It would have brought less.", "No difference is shown.", "all together", "all",
    "Of whoever was in it at the moment; of fewer than ten people nothing is shown.",
)
# Of content, what stands in a choice.
_CONTENT = (
    "liked more by {effect} of a hundred ({low} to {high}).", "liked less: {effect} of a hundred ({low} to {high}).",
    "no difference is shown: {effect} of a hundred ({low} to {high}).", "Messages", "Tone", "whatever the case",
    "Another variant, to be tried beside the one in force.", "as long as it likes", "the shop’s file",
)
_PROBLEMS = "WRONG|TOO_MANY|NO_REASON|TOO_OFTEN|CAMPAIGN|TOO_SHORT|WRONG_CODE|NOT_YOURS|HAS_ONE|NO_NAME|TOO_MANY_TOKENS"
_PROBLEMS += "|NOT_KEPT|SAME|TOO_LONG|NO_PASSWORDS|SILENT|REFUSED|NO_GROUP|NAME_TAKEN|WRONG_MAPPING|WRONG_FILE|TAKEN"
_PROBLEMS += "|NOT_UNDERSTOOD|NOT_DRAFTED|NOT_SEARCHED|NEEDED|NO_NUMBERS|NO_LENGTH|MEANWHILE|NOT_NOW"
_IN_CODE = re.compile(rf"""(?:\bsay\(|_(?:{_PROBLEMS}) = |show_password\(visit, )\s*"([^"]+)\"""")


def _sentences() -> set[str]:
    folder = PROJECT / "bot" / "console"
    said = {one or other for each in folder.glob("templates/*.html") for one, other in _SAID.findall(each.read_text())}
    said |= {one for each in folder.glob("*.py") for one in _IN_CODE.findall(each.read_text())}
    said |= {each.title for each in OCCASIONS.values()}
    said |= {*LABELS.values(), *NOT_UNDERSTOOD.values(), "who", "in the shop"}
    for each in LISTS:
        said |= {each.title, each.says, each.empty, *each.columns, *dict(each.deeds).values()}
    for measure in MEASURES.values():
        said |= {measure.title, *measure.note.values()}
    said |= {*DIMENSIONS.values(), *ASK_PROBLEMS.values(), *POLICIES.values(), *_RESULTS}
    named = {one for kind in words._WORDS.values() for one in kind.values()}
    branches = re.findall(r'"(Each euro[^"]+|What it brings[^"]+)"', (folder / "templates/today.html").read_text())
    said |= {"One segment", "Another"}
    said |= {*CLAUSES.values(), *JOINS.values()}
    said |= {each for told in list_told() for each in (told.title, told.says)}
    said |= {*ABILITIES.values(), *PUBLIC, "not known so far"}
    said |= all_sentences() | set(HEADS.values()) | set(_CONTENT)
    said |= {*wording.PARTS.values(), *wording.WAYS.values(), wording.NONE_YET, *_spoken(folder / "assistant")}
    for fitted in (POINT_WORDS, CATEGORY_WORDS, NECKLINE_WORDS, FLAT_WORDS, DOUBTS):
        said |= set(fitted.values())
    said |= set(POINT_PROBLEMS)
    said |= {name for name, _ in STATES.values()} | set(_formed())
    return said | named | set(DEEDS.values()) | set(words._VERDICTS.values()) | set(REASONS.values()) | set(branches)


def _formed() -> Iterator[str]:
    """What the forms of offers, goals, caps and the tone say."""
    for group in (each for kind in ("offer", "goal", "pressure", "tone") for each in list_groups(kind, (), ())):
        yield from () if group.title in words._WORDS["in_draft"] else (group.title,)
        for field in group.fields:
            yield from (each for each in (field.label, field.hint) if each)
            yield from (name for value, name in field.choices if value not in ("vous", "tu"))


def _spoken(folder: Path) -> set[str]:
    """The first argument of every `say` of a folder, where it is written out."""
    calls = (node for each in folder.glob("*.py") for node in ast.walk(ast.parse(each.read_text(encoding="utf-8")))
             if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "say")
    return {str(each.args[0].value) for each in calls if isinstance(each.args[0], ast.Constant)}


def test_everything_is_said_in_french() -> None:
    assert sorted(_sentences() - set(load_catalogue("fr"))) == []
