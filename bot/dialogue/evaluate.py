"""`make evaluate-nlu DATA=file.jsonl`: how well the trained model understands anyone's lines.

Each line is `{"text", "intent" or "intents": [a, b], "entities": {name: value or list}}`. Progress goes
to stderr; the last line on stdout is one JSON object.
"""

import argparse
import asyncio
import json
import logging
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any, Dict, List, Sequence, Set, Tuple

import numpy as np
from rasa.core.agent import Agent, load_agent
from rasa.utils.log_utils import configure_structlog
from sklearn.metrics import f1_score, roc_auc_score

OUT_OF_SCOPE = "out_of_scope"
FALLBACK = "nlu_fallback"
BINS = 10


def main(arguments: Sequence[str]) -> int:
    """Measure the model on the file and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", default="var/models/prevenant.tar.gz")
    parser.add_argument("--out", type=Path, help="a folder for mistakes.jsonl")
    chosen = parser.parse_args(arguments)
    configure_structlog(logging.ERROR)  # else each message's text goes to stdout
    logging.getLogger().setLevel(logging.ERROR)
    lines = [json.loads(line) for line in chosen.data.read_text(encoding="utf-8").splitlines() if line.strip()]
    parsed, seconds = asyncio.run(parse_all(chosen.model, [line["text"] for line in lines]))
    if chosen.out:
        write_mistakes(chosen.out, lines, parsed)
    print(
        json.dumps(
            {**measure(lines, parsed), "ms_per_message": round(1000 * seconds / max(1, len(lines)), 2), "n": len(lines)}
        )
    )
    return 0


async def parse_all(model: str, texts: Sequence[str]) -> Tuple[List[Dict[str, Any]], float]:
    """Every text as the model understands it, and the seconds that took without loading."""
    agent: Agent = await load_agent(model_path=model)
    await agent.parse_message("bonjour")  # loads what is loaded at first use
    started = time.perf_counter()
    parsed = []
    for number, text in enumerate(texts, start=1):
        parsed.append(await agent.parse_message(text.lstrip("/") or "?"))
        if number % 100 == 0 or number == len(texts):
            print(f"\r{number} of {len(texts)} messages", end="\n" if number == len(texts) else "", file=sys.stderr)
    return parsed, time.perf_counter() - started


def measure(lines: Sequence[Dict[str, Any]], parsed: Sequence[Dict[str, Any]]) -> Dict[str, Any]:
    """The figures of DESIGN section 7; a figure that the lines give no ground for is None."""
    single = [(line["intent"], each) for line, each in zip(lines, parsed, strict=True) if "intent" in line]
    double = [(line["intents"], each) for line, each in zip(lines, parsed, strict=True) if "intents" in line]
    truth = [intent for intent, _ in single]
    chosen = [first_intent(each) for _, each in single]
    return {
        "macro_f1": _round(
            f1_score(truth, chosen, labels=sorted(set(truth)), average="macro", zero_division=0) if truth else None
        ),
        **measure_scope([intent == OUT_OF_SCOPE for intent in truth], [in_scope_score(each) for _, each in single]),
        "both_found": _round(float(np.mean([set(both) <= top_two(each) for both, each in double])) if double else None),
        "entity_f1": measure_entities(lines, parsed),
        "ece": _round(
            calibration_error([confidence_of(each) for _, each in single], [a == b for a, b in zip(truth, chosen, strict=True)])
        ),
    }


def without_fallback(parsed: Dict[str, Any]) -> List[Dict[str, Any]]:
    """The ranking as the classifier gave it: a fallback is a decision over it, not an intent."""
    return [each for each in parsed.get("intent_ranking", []) if each["name"] != FALLBACK]


def first_intent(parsed: Dict[str, Any]) -> str:
    """The likeliest intent."""
    ranking = without_fallback(parsed)
    return ranking[0]["name"] if ranking else FALLBACK


def confidence_of(parsed: Dict[str, Any]) -> float:
    """How sure the model is of its first intent."""
    ranking = without_fallback(parsed)
    return float(ranking[0]["confidence"]) if ranking else 0.0


def in_scope_score(parsed: Dict[str, Any]) -> float:
    """How likely the message is one of ours: the best wish that is not out of scope."""
    return max(
        (float(each["confidence"]) for each in without_fallback(parsed) if each["name"] != OUT_OF_SCOPE), default=0.0
    )


def top_two(parsed: Dict[str, Any]) -> Set[str]:
    """The two likeliest intents."""
    return {each["name"] for each in without_fallback(parsed)[:2]}


def measure_scope(is_outside: Sequence[bool], scores: Sequence[float]) -> Dict[str, Any]:
    """AUROC of telling out of scope from ours, and the share of it caught while 95 % of ours pass."""
    outside = np.array(is_outside, bool)
    if outside.all() or not outside.any():
        return {"oos_auroc": None, "oos_recall_at_95": None}
    values = np.array(scores)
    threshold = np.quantile(values[~outside], 0.05)
    return {
        "oos_auroc": _round(float(roc_auc_score(outside, -values))),
        "oos_recall_at_95": _round(float((values[outside] < threshold).mean())),
    }


def measure_entities(lines: Sequence[Dict[str, Any]], parsed: Sequence[Dict[str, Any]]) -> Dict[str, float]:
    """F1 by entity over the lines that say their entities; values are compared without case."""
    counts: Dict[str, List[int]] = defaultdict(lambda: [0, 0, 0])
    for line, each in zip(lines, parsed, strict=True):
        if "entities" not in line:
            continue
        wanted = {(name, str(value).lower()) for name, values in line["entities"].items() for value in _as_list(values)}
        found = {(entity["entity"], str(entity["value"]).lower()) for entity in each.get("entities", [])}
        for name in {name for name, _ in wanted | found}:
            mine = {pair for pair in wanted if pair[0] == name}, {pair for pair in found if pair[0] == name}
            counts[name][0] += len(mine[0] & mine[1])
            counts[name][1] += len(mine[0])
            counts[name][2] += len(mine[1])
    return {name: round(2 * hit / (want + got), 4) for name, (hit, want, got) in sorted(counts.items()) if want}


def calibration_error(confidences: Sequence[float], is_right: Sequence[bool]) -> float:
    """The mean gap between confidence and accuracy, over ten bins weighed by their size."""
    sure, right = np.array(confidences), np.array(is_right, float)
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    return float(sum(abs(sure[bins == at].mean() - right[bins == at].mean()) * (bins == at).mean() for at in set(bins)))


def write_mistakes(folder: Path, lines: Sequence[Dict[str, Any]], parsed: Sequence[Dict[str, Any]]) -> None:
    """Write each line that was understood otherwise to mistakes.jsonl."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "mistakes.jsonl").open("w", encoding="utf-8") as file:
        for line, each in zip(lines, parsed, strict=True):
            if line.get("intent", first_intent(each)) != first_intent(each):
                file.write(
                    json.dumps({**line, "understood": each.get("intent_ranking", [])[:3]}, ensure_ascii=False) + "\n"
                )


def _as_list(values: Any) -> List[Any]:
    return values if isinstance(values, list) else [values]


def _round(value: Any) -> Any:
    return None if value is None else round(float(value), 4)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
