"""`make tune-requests DATA="a.jsonl b.jsonl"`: the weights in bot/dialogue/nlu/clauses.py, from lines not trained on.

Single lines of the files (they say their `language`) are joined in pairs, as customers join two requests; logistic regression learns to tell the
pairs from the single lines. Prints WEIGHTS and BIAS, and what they find and split by mistake on folds not seen.
"""

import argparse
import json
import os
import random
import sys
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np
import yaml
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.loading import load_data
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from bot.dialogue.evaluation.measures import Line
from bot.dialogue.evaluation.nlu import read_lines
from bot.dialogue.nlu.classifier import IntentModel, fit
from bot.dialogue.nlu.clauses import SURE_ENOUGH, find_cuts, measure_cut
from bot.dialogue.nlu.encoders import LOADERS, choose_lines, encode
from bot.dialogue.nlu.intents import SMALL_TALK, expect_others

JOINTS = {
    "fr": (" et ", " et aussi ", ". ", ". Au fait, ", ", ", ". Et ", " puis ", " et sinon ", " ? ", "\n", " mais "),
    "en": (" and ", ", also ", ". ", ". Oh and ", ", ", ". And ", " then ", " and by the way ", "? ", "\n", " but "),
}
PAIRS = 600
FIRST = next(iter(LOADERS))  # the encoder that reads parts too
SEED = 7


class Candidate(NamedTuple):
    """A cut of a line: what was measured of it, whether it is right, and which line it is of."""

    measures: List[float]
    is_right: bool
    line: int


def main(arguments: Sequence[str]) -> int:
    """Learn and print the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="+")
    chosen = parser.parse_args(arguments)
    single = [line for path in chosen.data for line in read_lines(path) if "intent" in line]
    chance = random.Random(SEED)  # noqa: S311  # the same pairs each time
    lines = [*join_pairs(single, chance), *((line["text"], ()) for line in single)]
    print("training on data/nlu …", file=sys.stderr)
    found = list_candidates(train_model(), lines)
    measures = np.array([each.measures for each in found])
    truth, groups = np.array([each.is_right for each in found]), np.array([each.line for each in found])
    model = LogisticRegression(C=0.3)
    chances = cross_val_predict(model, measures, truth, groups=groups, cv=GroupKFold(5), method="predict_proba")[:, 1]
    print(json.dumps({**count(found, chances, len(lines) - len(single), len(single))}), file=sys.stderr)
    model.fit(measures, truth)
    print(f"WEIGHTS = {tuple(round(float(weight), 2) for weight in model.coef_[0])}\nBIAS = {model.intercept_[0]:.2f}")
    return 0


def train_model() -> IntentModel:
    """The classifier on the training lines, as Rasa trains it by config.yml."""
    settings = next(each for each in yaml.safe_load(Path("config.yml").read_text())["pipeline"] if "most_lines" in each)
    examples = load_data("data/nlu").intent_examples
    chosen = choose_lines(examples, settings["most_lines"], frozenset(settings["all_of"]))
    encoded = {id(example) for example in chosen}
    texts = [example.get(TEXT) for example in chosen]
    more = [(example.get(TEXT), example.get(INTENT)) for example in examples if id(example) not in encoded]
    numbers = [_encode(name, texts) for name in LOADERS]
    labels = [example.get(INTENT) for example in chosen]
    return fit(np.hstack(numbers), texts, labels, more, widths=[numbers[0].shape[1]])


def join_pairs(lines: Sequence[Line], chance: random.Random) -> List[Tuple[str, Tuple[str, ...]]]:
    """Pairs of requests in one language, joined, with both intents; lines say their `language`."""
    pairs: List[Tuple[str, Tuple[str, ...]]] = []
    for language, joints in JOINTS.items():
        asking = [line for line in lines if line.get("language") == language and line["intent"] not in SMALL_TALK]
        for _ in range(PAIRS // 2):
            first, second = chance.sample(asking, 2)
            joint = chance.choice(joints)
            after = second["text"]
            if not joint.strip().endswith((".", "?")):
                after = after[:1].lower() + after[1:]
            if first["intent"] != second["intent"]:
                pairs.append((first["text"].rstrip(" .?!") + joint + after, (first["intent"], second["intent"])))
    return pairs


def list_candidates(model: IntentModel, lines: Sequence[Tuple[str, Tuple[str, ...]]]) -> List[Candidate]:
    """Every cut of every line whose sides ask for different things."""
    cuts = [find_cuts(text) for text, _ in lines]
    texts = [text for text, _ in lines]
    sides = [side for each in cuts for cut in each for side in (cut.before, cut.after)]
    whole = model.predict(np.hstack([_encode(name, texts) for name in LOADERS]), texts)
    chances = expect_others(model.names, np.vstack([whole, model.predict(_encode(FIRST, sides), sides)]))
    asks = np.array([name not in SMALL_TALK for name in model.names])
    found, at = [], len(lines)
    for number, ((_, wanted), mine) in enumerate(zip(lines, cuts, strict=True)):
        for _ in mine:
            before, after = chances[at], chances[at + 1]
            at += 2
            first, second = int((before * asks).argmax()), int((after * asks).argmax())
            if first != second:
                measures = measure_cut(chances[number], before, after, first, second)
                found.append(Candidate(measures, (model.names[first], model.names[second]) == wanted, number))
    return found


def count(found: Sequence[Candidate], chances: Any, pairs: int, single: int) -> Dict[str, float]:
    """The share of pairs found and of single lines split, each line decided by its surest cut."""
    surest: Dict[int, Tuple[float, bool]] = {}
    for each, chance in zip(found, chances, strict=True):
        surest[each.line] = max(surest.get(each.line, (0.0, False)), (float(chance), each.is_right))
    taken = {line: is_right for line, (chance, is_right) in surest.items() if chance >= SURE_ENOUGH}
    return {
        "pairs_found": round(sum(is_right for line, is_right in taken.items() if line < pairs) / pairs, 3),
        "split_by_mistake": round(sum(line >= pairs for line in taken) / single, 3),
    }


def _encode(name: str, texts: List[str]) -> Any:
    return encode(name, texts, threads=len(os.sched_getaffinity(0)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
