"""The training lines: every wish in both languages, none under two, none a copy with another word filled in."""

import json
import re
from collections import defaultdict
from pathlib import Path

import yaml

from bot.dialogue.nlu.text import fold
from bot.dialogue.nlu.wordlists import CARRIERS, CITIES, NUMBERS, PAYMENT_METHODS

ROOT = Path(__file__).parents[2]
LEAST_LINES = 80
HELD_OUT = sorted((ROOT / "tests" / "dialogue").glob("*.jsonl"))


def read_lines():
    lines = []
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for block in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["nlu"]:
            language = path.name.split(".")[-2]
            assert block["metadata"] == {"language": language}, f"{path.name}: {block['intent']} does not say its language"
            lines.extend((language, block["intent"], line.removeprefix("- ").strip()) for line in block["examples"].splitlines() if line.strip())
    return lines


def simplify(text):
    return " ".join(re.findall(r"\w+", fold(text))) or text


def make_mask():
    """Whatever may fill a slot: the catalogue's words, towns, carriers, means of payment, days, numbers."""
    vocabulary = (ROOT / "data" / "shops" / "demo" / "vocabulary.toml").read_text(encoding="utf-8")
    words = {simplify(word) for word in re.findall(r'"([^"]+)"', vocabulary)}
    words |= {simplify(word) for word in (*CARRIERS, *CITIES, *NUMBERS, *PAYMENT_METHODS)}
    words |= set("lundi mardi mercredi jeudi vendredi samedi dimanche monday tuesday wednesday thursday friday saturday sunday".split())
    words -= {"un", "une", "one", ""}
    return re.compile(rf"\b(?:\w*\d\w*|{'|'.join(sorted(map(re.escape, words), key=len, reverse=True))})\b")


def test_no_line_stands_under_two_intents():
    intents = defaultdict(set)
    for _, intent, text in read_lines():
        intents[simplify(text)].add(intent)
    assert {text: found for text, found in intents.items() if len(found) > 1} == {}


def test_no_line_stands_twice():
    times = defaultdict(int)
    for language, intent, text in read_lines():
        times[language, intent, simplify(text)] += 1
    assert {key for key, found in times.items() if found > 1} == set()


def test_no_line_is_another_with_its_slot_filled_anew():
    mask = make_mask()
    skeletons = defaultdict(list)
    for language, intent, text in read_lines():
        skeleton = mask.sub("#", simplify(text))
        if "#" in skeleton and len(skeleton.split()) > 3:
            skeletons[language, intent, skeleton].append(text)
    assert {key: found for key, found in skeletons.items() if len(found) > 1} == {}


def test_every_intent_has_lines_in_both_languages():
    intents = [next(iter(each)) for each in yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"]]
    counts = defaultdict(int)
    for language, intent, _ in read_lines():
        counts[language, intent] += 1
    wanted = [each for each in intents if not each.startswith("EXTERNAL_") and each != "nlu_fallback"]
    assert [(lang, each) for each in wanted for lang in ("fr", "en") if counts[lang, each] < LEAST_LINES] == []


def test_no_held_out_line_was_trained_on():
    trained = {simplify(text) for _, _, text in read_lines()}
    held = [json.loads(line)["text"] for path in HELD_OUT for line in path.read_text(encoding="utf-8").splitlines()]
    assert [text for text in held if simplify(text) in trained] == []
