"""The training lines: every wish in both languages, none under two, none a copy with another word filled in."""

import re
from collections import defaultdict
from pathlib import Path

import yaml

from bot.dialogue.nlu.text import fold

ROOT = Path(__file__).parents[2]
LEAST_LINES = 20
LEAST_OUT_OF_SCOPE = 120


def read_lines():
    lines = []
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            lines.extend(
                (path.name.split(".")[-2], block["intent"], line.removeprefix("- ").strip())
                for line in block["examples"].splitlines() if line.strip()
            )
    return lines


def simplify(text):
    return " ".join(re.findall(r"\w+", fold(text)))


def test_no_line_stands_under_two_intents():
    intents = defaultdict(set)
    for _, intent, text in read_lines():
        intents[simplify(text)].add(intent)
    assert {text: found for text, found in intents.items() if len(found) > 1} == {}


def test_no_line_is_another_with_its_slot_filled_anew():
    skeletons = defaultdict(list)
    for language, intent, text in read_lines():
        skeleton = re.sub(r"\b\w*\d\w*\b", "#", simplify(text))
        if "#" in skeleton and len(skeleton.split()) > 2:
            skeletons[language, intent, skeleton].append(text)
    assert {key: found for key, found in skeletons.items() if len(found) > 1} == {}


def test_every_intent_has_lines_in_both_languages():
    intents = [next(iter(each)) for each in yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"]]
    counts = defaultdict(int)
    for language, intent, _ in read_lines():
        counts[language, intent] += 1
    wanted = [each for each in intents if not each.startswith("EXTERNAL_") and each != "nlu_fallback"]
    assert [(lang, each) for each in wanted for lang in ("fr", "en") if counts[lang, each] < LEAST_LINES] == []
    assert min(counts["fr", "out_of_scope"], counts["en", "out_of_scope"]) >= LEAST_OUT_OF_SCOPE


def test_no_held_out_line_was_trained_on():
    import json

    trained = {simplify(text) for _, _, text in read_lines()}
    held = [json.loads(line)["text"] for line in (ROOT / "tests/dialogue/heldout.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [text for text in held if simplify(text) in trained] == []
