"""`make tune-requests DATA=file.jsonl`: the weights in bot/dialogue/nlu/clauses.py, from lines that were not trained on.

Single lines of the file (they say their `language`) are joined in pairs, as customers join two requests; logistic regression learns to tell the
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
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from bot.dialogue.evaluation.measures import Line
from bot.dialogue.evaluation.nlu import read_lines
from bot.dialogue.nlu.classifier import IntentModel, fit
from bot.dialogue.nlu.clauses import SURE_ENOUGH, find_cuts, measure_cut
from bot.dialogue.nlu.encoders import LOADERS, encode
from bot.dialogue.nlu.intents import SMALL_TALK

JOINTS = {
    "fr": (" et ", " et aussi ", ". ", ". Au fait, ", ", ", ". Et ", " puis ", " et sinon ", " ? ", "\n", " mais "),
    "en": (" and ", ", also ", ". ", ". Oh and ", ", ", ". And ", " then ", " and by the way ", "? ", "\n", " but "),
}
PAIRS = 600
SEED = 7


class Candidate(NamedTuple):
    """A cut of a line: what was measured of it, whether it is right, and which line it is of."""

    measures: List[float]
    is_right: bool
    line: int


def main(arguments: Sequence[str]) -> int:
    """Learn and print the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    chosen = parser.parse_args(arguments)
    single = [line for line in read_lines(chosen.data) if "intent" in line]
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
    """The classifier on the training lines, as Rasa trains it."""
    blocks = [block for path in sorted(Path("data/nlu").glob("*.yml")) for block in yaml.safe_load(path.read_text())["nlu"]]
    lines = [(line[2:].strip(), block["intent"]) for block in blocks for line in block["examples"].splitlines()]
    texts, labels = [text for text, _ in lines], [label for _, label in lines]
    return fit(_encode(texts), texts, labels)


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
    texts = [text for text, _ in lines] + [side for each in cuts for cut in each for side in (cut.before, cut.after)]
    chances = model.predict(_encode(texts), texts)
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


def _encode(texts: List[str]) -> Any:
    return np.hstack([encode(name, texts, threads=len(os.sched_getaffinity(0))) for name in LOADERS])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
