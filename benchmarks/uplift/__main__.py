"""`make evaluate-uplift [DATA=file.csv]`: whom to nudge, on randomised sends.

Qini by sklift's definition over five folds, ours and its peers on the same ones; then, with every arm, whether
choosing for each person beats the best single arm. Progress on stderr; the last line on stdout is one JSON object.
"""

import argparse
import json
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedKFold
from sklift.metrics import qini_auc_score

from benchmarks.uplift.peers import BESIDE, PEERS, SETTINGS
from benchmarks.uplift.sets import MissingData, Send, pair_arms, read_file, read_public
from bot.measure.differences import say_difference
from bot.measure.uplift import choose_targeting, compare_policies, fit_uplift

SEED = 20_261_128
FOLDS = 5
_Z = 1.959964


def main(arguments: Sequence[str]) -> int:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--n", type=int, default=0, help="so many people of each send")
    parser.add_argument("--out", type=Path, help="a folder for the figures of every fold")
    parser.add_argument("--no-peers", action="store_true")
    chosen = parser.parse_args(arguments)
    warnings.filterwarnings("ignore", message="X does not have valid feature names")
    warnings.filterwarnings("ignore", message="Function stable_cumsum")  # sklift, of its own
    try:
        sends = [read_file(chosen.data)] if chosen.data else read_public()
    except MissingData as error:
        say(str(error))
        return 2
    figures = evaluate([sample(each, chosen.n) for each in sends], with_peers=not chosen.no_peers)
    if chosen.out:
        chosen.out.mkdir(parents=True, exist_ok=True)
        (chosen.out / "uplift.json").write_text(json.dumps(figures, indent=2), encoding="utf-8")
    print(json.dumps(figures))
    return 0


def evaluate(sends: Sequence[Send], *, with_peers: bool = True) -> dict[str, Any]:
    """Every figure, by send."""
    ranked = {name: rank(pair, with_peers) for each in sends for name, pair in pair_arms(each)}
    peers: dict[str, Any] = {}
    for peer in PEERS if with_peers else ():
        by_send = {name: found["peers"][peer] for name, found in ranked.items()}
        peers[peer] = {"qini": mean(by_send.values()), "by_send": by_send, "n": sum(f["n"] for f in ranked.values())}
    return {
        "qini": mean(found["qini"] for found in ranked.values()),
        "n": sum(len(each.outcome) for each in sends),
        "by_send": ranked,
        "targeting": {each.name: target(each) for each in sends},
        "peers": peers,
    }


def rank(send: Send, with_peers: bool) -> dict[str, Any]:
    """Qini of ours and of every peer on the same folds; of a peer the better of its two settings."""
    scores: dict[str, list[float]] = {}
    for learn, tell in folds(send):
        treated, known = send.arm[learn] == 1, (send.features[learn], send.arm[learn] == 1, send.outcome[learn])
        asked = send.features[tell]

        def score(name: str, effect: Any, tell: Any = tell) -> None:
            found = qini_auc_score(send.outcome[tell].astype(int), effect, send.arm[tell])
            scores.setdefault(name, []).append(float(found))

        score("ours", fit_uplift(*known, seed=SEED, beside=BESIDE)(asked))
        score("ours_numpy_alone", fit_uplift(*known, seed=SEED)(asked))
        for peer, fit in PEERS.items() if with_peers else ():
            for setting, values in SETTINGS.items():
                score(f"{peer} {setting}", fit(send.features[learn], treated, send.outcome[learn], asked, values))
    means = {name: mean(each) for name, each in scores.items()}
    best = {peer: max(means[f"{peer} {each}"] for each in SETTINGS) for peer in PEERS} if with_peers else {}
    share = round(means["ours"] / max(best.values()), 3) if best else None
    say(f"{send.name}: Qini {means['ours']:.4f}" + (f", {share} of the best peer's" if best else ""))
    return {
        "qini": means["ours"], "qini_numpy_alone": means["ours_numpy_alone"], "n": len(send.outcome),
        "share_of_best": share, "peers": best,
        "by_fold": {name: [round(value, 4) for value in each] for name, each in scores.items()},
    }


def target(send: Send) -> dict[str, Any]:
    """What was chosen by those who teach, and what it brings to those who do not, beside the best single arm there."""
    arms = len(send.arms)
    gains, personal, chosen = np.zeros(len(send.outcome)), np.zeros(len(send.outcome)), []
    for learn, tell in folds(send):
        found, assign = choose_targeting(
            send.features[learn], send.arm[learn], send.outcome[learn], arms, seed=SEED, beside=BESIDE
        )
        best = np.full(len(tell), found.best_arm)
        gains[tell] = compare_policies(send.arm[tell], send.outcome[tell], assign(send.features[tell]), best, arms)
        personal[tell] = found.gain
        chosen.append("personal" if found.is_personal else send.arms[found.best_arm])
    whole, _ = choose_targeting(send.features, send.arm, send.outcome, arms, seed=SEED, beside=BESIDE)
    everybody = f"sending “{send.arms[whole.best_arm]}” to everybody"
    sentence = {
        language: say_difference(language, what, than, whole.gain, whole.half_width)
        for language, what, than in (
            ("en", "personal targeting", everybody),
            ("fr", "le ciblage personnel", f"« {send.arms[whole.best_arm]} » pour tous"),
        )
    }
    width = _Z * float(gains.std(ddof=1)) / np.sqrt(len(gains))
    say(f"{send.name}: {sentence['en']} Chosen in the folds: {', '.join(sorted(set(chosen)))}")
    return {
        "chosen": chosen, "chosen_over_best_arm": round(float(gains.mean()), 5), "half_width": round(width, 5),
        "personal_over_best_arm": round(whole.gain, 5), "personal_half_width": round(whole.half_width, 5),
        "arm_values": dict(zip(send.arms, (round(each, 5) for each in whole.arm_values), strict=True)),
        "report": sentence, "n": len(send.outcome),
    }


def folds(send: Send) -> list[tuple[Any, Any]]:
    """The same five for everybody, arms and outcomes spread evenly."""
    strata = send.arm * 2 + send.outcome.astype(int)
    return list(StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(send.features, strata))


def sample(send: Send, n: int) -> Send:
    """So many of its people, by chance."""
    if not n or n >= len(send.outcome):
        return send
    rows = np.random.default_rng(SEED).choice(len(send.outcome), n, replace=False)
    return Send(send.name, send.features[rows], send.arm[rows], send.outcome[rows], send.arms)


def mean(values: Any) -> float:
    """Rounded as figures are."""
    return round(float(np.mean(list(values))), 4)


def say(words: str) -> None:
    """Progress."""
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
