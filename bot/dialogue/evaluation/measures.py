"""What was wanted and what was understood -> figures. Pure."""

from collections import defaultdict
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Sequence, Set, Tuple

import numpy as np
from sklearn.metrics import f1_score, precision_recall_fscore_support, roc_auc_score

from bot.dialogue.nlu.text import find_words, fold

OUT_OF_SCOPE = "out_of_scope"
FALLBACK = "nlu_fallback"
BINS = 10
SHORT = 3  # words
Line = Dict[str, Any]
Parsed = Dict[str, Any]
Synonyms = Callable[[str, str], Iterable[str]]


def measure(
    lines: Sequence[Line], parsed: Sequence[Parsed], same_as: Synonyms = lambda name, value: ()
) -> Dict[str, Any]:
    """The figures of DESIGN section 7; a figure that the lines give no ground for is None.

    `both_found` asks that the bot would answer just these two requests, or ranks them first; `both_answered` that it
    would answer them; `split_by_mistake` is the share of lines with one request in which it saw two.
    `same_as` gives the other ways to say an entity's value ("verte": green).
    """
    single = [(line["intent"], each) for line, each in zip(lines, parsed, strict=True) if "intent" in line]
    double = [(line["intents"], each) for line, each in zip(lines, parsed, strict=True) if "intents" in line]
    truth = [intent for intent, _ in single]
    chosen = [first_intent(each) for _, each in single]
    return {
        "macro_f1": _round(
            f1_score(truth, chosen, labels=sorted(set(truth)), average="macro", zero_division=0) if truth else None
        ),
        **measure_scope([intent == OUT_OF_SCOPE for intent in truth], [in_scope_score(each) for _, each in single]),
        "both_found": _mean([set(both) <= found_two(each) for both, each in double]),
        "both_answered": _mean([set(both) == requests_of(each) for both, each in double]),
        "split_by_mistake": _mean([bool(requests_of(each)) for _, each in single]),
        **measure_language(lines, parsed),
        "entity_f1": measure_entities(lines, parsed, same_as, overlapping=False),
        "entity_f1_overlapping": measure_entities(lines, parsed, same_as, overlapping=True),
        "ece": _round(
            calibration_error(
                [confidence_of(each) for _, each in single], [a == b for a, b in zip(truth, chosen, strict=True)]
            )
        ),
    }


def without_fallback(parsed: Parsed) -> List[Dict[str, Any]]:
    """The ranking as the classifier gave it: a fallback is a decision over it, not an intent."""
    return [each for each in parsed.get("intent_ranking", []) if each["name"] != FALLBACK]


def first_intent(parsed: Parsed) -> str:
    """The likeliest intent."""
    ranking = without_fallback(parsed)
    return ranking[0]["name"] if ranking else FALLBACK


def confidence_of(parsed: Parsed) -> float:
    """How sure the model is of its first intent."""
    ranking = without_fallback(parsed)
    return float(ranking[0]["confidence"]) if ranking else 0.0


def in_scope_score(parsed: Parsed) -> float:
    """How likely the message is one of ours: one minus the chance that it is none."""
    chances = {each["name"]: float(each["confidence"]) for each in without_fallback(parsed)}
    return 1.0 - chances.get(OUT_OF_SCOPE, 0.0)


def requests_of(parsed: Parsed) -> Set[str]:
    """The two requests that the bot would answer one after the other; empty where it saw one."""
    return {each["name"] for each in parsed.get("requests") or ()}


def found_two(parsed: Parsed) -> Set[str]:
    """The two requests, else the two likeliest intents."""
    return requests_of(parsed) or {each["name"] for each in without_fallback(parsed)[:2]}


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


def measure_language(lines: Sequence[Line], parsed: Sequence[Parsed]) -> Dict[str, Any]:
    """The share of lines whose language was told right, with no conversation before; lines may say their `language`."""
    told = [
        (line, next((entity["value"] for entity in each.get("entities", []) if entity["entity"] == "language"), ""))
        for line, each in zip(lines, parsed, strict=True)
        if line.get("language")
    ]
    short = [(line, found) for line, found in told if len(line["text"].split()) <= SHORT]
    return {
        "language_accuracy": _mean([line["language"] == found for line, found in told]),
        "language_accuracy_short": _mean([line["language"] == found for line, found in short]),
    }


class Named(NamedTuple):
    """An entity as it is compared: its name and the ways its value may be written, folded."""

    name: str
    forms: Tuple[str, ...]


def measure_entities(
    lines: Sequence[Line], parsed: Sequence[Parsed], same_as: Synonyms, *, overlapping: bool
) -> Dict[str, float]:
    """F1 by entity over the lines that say their entities.

    A wanted value matches a found one by its value or by its words in the text, without case and accents;
    where `overlapping`, one word in common is enough.
    """
    counts: Dict[str, List[int]] = defaultdict(lambda: [0, 0, 0])
    for line, each in zip(lines, parsed, strict=True):
        if "entities" not in line:
            continue
        wanted = [
            Named(name, tuple(map(_plain, (value, *same_as(name, str(value))))))
            for name, values in line["entities"].items()
            for value in _as_list(values)
        ]
        found = _distinct(_to_named(line["text"], entity) for entity in each.get("entities", []))
        for name in {named.name for named in (*wanted, *found)}:
            mine = [named for named in wanted if named.name == name], [named for named in found if named.name == name]
            counts[name][0] += _count_matches(*mine, overlapping)
            counts[name][1] += len(mine[0])
            counts[name][2] += len(mine[1])
    return {name: round(2 * hit / (want + got), 4) for name, (hit, want, got) in sorted(counts.items()) if want}


def _to_named(text: str, entity: Dict[str, Any]) -> Named:
    words = text[entity["start"] : entity["end"]] if entity.get("end") else ""
    return Named(entity["entity"], tuple({_plain(entity["value"]), _plain(words)}))


def _distinct(found: Iterable[Named]) -> List[Named]:
    kept: List[Named] = []
    for each in found:
        if not any(each.name == other.name and set(each.forms) & set(other.forms) - {""} for other in kept):
            kept.append(each)
    return kept


def _count_matches(wanted: Sequence[Named], found: Sequence[Named], overlapping: bool) -> int:
    left, hits = list(found), 0
    for each in wanted:
        match = next(
            (other for other in left if any(_matches(form, other.forms, overlapping) for form in each.forms)), None
        )
        if match:
            left.remove(match)
            hits += 1
    return hits


def _matches(wanted: str, forms: Sequence[str], overlapping: bool) -> bool:
    if wanted in forms or wanted.rstrip("sx") in {form.rstrip("sx") for form in forms if form}:
        return True
    return overlapping and any(set(wanted.split()) & set(form.split()) for form in forms)


def _plain(value: Any) -> str:
    return " ".join(word.plain for word in find_words(str(value).replace("_", " "))) or fold(str(value))


def calibration_error(confidences: Sequence[float], is_right: Sequence[bool]) -> float:
    """The mean gap between confidence and accuracy, over ten bins weighed by their size."""
    return float(sum(abs(sure - right) * share for sure, right, share in calibration_bins(confidences, is_right)))


def calibration_bins(confidences: Sequence[float], is_right: Sequence[bool]) -> List[Tuple[float, float, float]]:
    """(mean confidence, accuracy, share of the lines) of each of ten bins that is not empty."""
    sure, right = np.array(confidences), np.array(is_right, float)
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    return [
        (float(sure[bins == at].mean()), float(right[bins == at].mean()), float((bins == at).mean()))
        for at in sorted(set(bins))
    ]


def table_by_intent(truth: Sequence[str], chosen: Sequence[str]) -> List[Dict[str, Any]]:
    """Each intent with its precision, recall, F1 and number of lines, the weakest first."""
    names = sorted(set(truth))
    columns = zip(*precision_recall_fscore_support(truth, chosen, labels=names, zero_division=0), strict=True)
    rows = [
        {"intent": name, "precision": _round(p), "recall": _round(r), "f1": _round(f), "n": int(n)}
        for name, (p, r, f, n) in zip(names, columns, strict=True)
    ]
    return sorted(rows, key=lambda row: row["f1"])


def _as_list(values: Any) -> List[Any]:
    return values if isinstance(values, list) else [values]


def _mean(values: Sequence[bool]) -> Any:
    return _round(float(np.mean(values))) if values else None


def _round(value: Any) -> Any:
    return None if value is None else round(float(value), 4)
