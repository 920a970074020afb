"""`make evaluate-search [DATA=file.jsonl] [HALF=dev|held_out|all]`: what is found for the judged queries, beside FTS5.

Each need of `judged.jsonl` is asked in French and in English of the demo's shop, freshly filled: ours, and SQLite's
full-text search with two tokenizers over the same products, of which the better counts. NDCG@10 is over the needs
with a judged product; "nothing" is how often each says that nothing fits when nothing does. `share` is our NDCG over
FTS5's, with a paired bootstrap interval over needs. The last line on stdout is one JSON object.
"""

import argparse
import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.search.peers import TOKENIZERS, FullText
from bot.bootstrap import PROJECT
from bot.commerce.demo.engine import DemoEngine
from bot.commerce.demo.seed import seed
from bot.errors import FixConfiguration, PrevenantError
from bot.finding.finder import Finder
from bot.finding.vectors import Encoder, VectorFile
from bot.recommend.catalogue import Catalogue, read_catalogue

JUDGED = Path(__file__).parent / "judged.jsonl"
LANGUAGES = ("fr", "en")
DEPTH = 10
HALVES = ("all", "dev", "held_out")
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
_SEED, _DRAWS = 20_261_129, 2_000
Figures = dict[str, Any]
Answer = tuple[list[str], bool]  # slugs, best first, and whether something is said to fit
Search = Callable[["Need", str], Answer]


@dataclass(frozen=True)
class Need:
    """Something that a shopper looks for, in each language, and the grades of what answers it."""

    id: str
    kind: str
    said: Mapping[str, str]
    grades: Mapping[str, int]
    shown: str = ""

    @property
    def has_answer(self) -> bool:
        """Whether something fits."""
        return any(grade >= 2 for grade in self.grades.values())

    @property
    def is_held_out(self) -> bool:
        """Which half it belongs to, by its id alone."""
        return int(hashlib.sha256(self.id.encode()).hexdigest(), 16) % 2 == 1


@dataclass(frozen=True)
class Scores:
    """What one search did on every need, in the needs' order; `ndcg` NaN where no product was judged."""

    ndcg: dict[str, list[float]] = field(default_factory=dict)
    says_fits: dict[str, list[bool]] = field(default_factory=dict)


def main(arguments: Sequence[str]) -> int:
    """Fill, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", default=JUDGED)
    parser.add_argument("--half", choices=HALVES, default="all")
    parser.add_argument("--words-only", action="store_true", help="without the sentence encoder")
    parser.add_argument("--n", type=int, default=0, help="about so many needs, of every kind")
    chosen = parser.parse_args(arguments)
    try:
        needs = [need for need in read_needs(chosen.data) if in_half(need, chosen.half)]
        needs = needs[:: max(1, len(needs) // chosen.n)] if chosen.n else needs
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(evaluate(needs, Path(folder), with_vectors=not chosen.words_only)))
    except PrevenantError as error:
        say(str(error))
        return 2
    return 0


def read_needs(path: Path) -> list[Need]:
    """One JSON object a line. FixConfiguration where there is no file."""
    if not path.is_file():
        raise FixConfiguration(f"DATA={path}: there is no such file")
    lines = [json.loads(line) for line in path.read_text().splitlines() if line]
    return [
        Need(each["id"], each["kind"], {name: each[name] for name in LANGUAGES}, each["grades"], each.get("shown", ""))
        for each in lines
    ]


def in_half(need: Need, half: str) -> bool:
    """Whether a need belongs to a half."""
    return half == "all" or need.is_held_out == (half == "held_out")


def evaluate(needs: Sequence[Need], folder: Path, *, with_vectors: bool) -> Figures:
    """Every figure, ours first, each peer's beside."""
    catalogue = _fill_shop(folder)
    finder = Finder(lambda _: catalogue, _encode_all(catalogue, folder) if with_vectors else None)
    started = time.process_time()
    ours = _ask(needs, _search_ours(finder, catalogue))
    milliseconds = 1000 * (time.process_time() - started) / max(len(needs) * len(LANGUAGES), 1)
    peers = {name: _ask(needs, _search_full_text(catalogue, name)) for name in TOKENIZERS}
    return {
        **_figures(needs, ours),
        "cpu_ms_per_query": round(milliseconds, 1),
        "peers": {f"fts5 {name}": _figures(needs, scores) for name, scores in peers.items()},
        "share_of_fts5": {
            language: _share(ours.ndcg[language], _better([p.ndcg[language] for p in peers.values()]))
            for language in LANGUAGES
        },
        "by_kind": _by_kind(needs, ours, peers),
    }


def _fill_shop(folder: Path) -> Catalogue:
    engine = DemoEngine(f"sqlite:///{folder / 'shop.sqlite'}", public_url="http://shop.example", clock=lambda: NOW)
    engine.database.create()
    seed(engine, PROJECT / "data" / "shops" / "demo", NOW)
    return read_catalogue(engine)


def _encode_all(catalogue: Catalogue, folder: Path) -> VectorFile:
    vectors = VectorFile(folder / "vectors.npz")
    encoder = Encoder()
    while made := vectors.renew(catalogue, encoder.passages):
        say(f"encoded {made} products …")
    return vectors


def _search_ours(finder: Finder, catalogue: Catalogue) -> Search:
    ref_of = {product.slug: product.ref for product in catalogue.products}

    def search(need: Need, language: str) -> Answer:
        shown = ref_of.get(need.shown, "")
        found = finder.find(need.said[language], language=language, shown=shown, limit=DEPTH, now=NOW)
        return [product.slug for product in found.products], bool(found.fits)

    return search


def _search_full_text(catalogue: Catalogue, tokenizer: str) -> Search:
    """With "something like this" it is given the name of what is shown, too."""
    index = FullText(catalogue, tokenizer)
    names = {product.slug: product.names for product in catalogue.products}

    def search(need: Need, language: str) -> Answer:
        name = names[need.shown][language] if need.shown else ""
        slugs = index.search(f"{need.said[language]} {name}", leave_out=need.shown, limit=DEPTH)
        return slugs, bool(slugs)

    return search


def _ask(needs: Sequence[Need], search: Search) -> Scores:
    scores = Scores()
    for language in LANGUAGES:
        answers = [search(need, language) for need in needs]
        scores.ndcg[language] = [ndcg(slugs, need.grades) for need, (slugs, _) in zip(needs, answers, strict=True)]
        scores.says_fits[language] = [fits for _, fits in answers]
    return scores


def ndcg(slugs: Sequence[str], grades: Mapping[str, int]) -> float:
    """NDCG@10 with the gain 2^grade - 1; NaN where nothing was judged."""
    if not grades:
        return float("nan")
    got = _discounted([grades.get(slug, 0) for slug in slugs[:DEPTH]])
    return got / _discounted(sorted(grades.values(), reverse=True)[:DEPTH])


def _discounted(grades: Sequence[int]) -> float:
    return float(sum((2**grade - 1) / np.log2(place + 2) for place, grade in enumerate(grades)))


def _figures(needs: Sequence[Need], scores: Scores) -> Figures:
    judged = [value for language in LANGUAGES for value in scores.ndcg[language] if value == value]
    right = [
        (not said, not need.has_answer)
        for language in LANGUAGES for need, said in zip(needs, scores.says_fits[language], strict=True)
    ]
    hits, said, true = sum(s and t for s, t in right), sum(s for s, _ in right), sum(t for _, t in right)
    return {
        "ndcg_at_10": round(float(np.mean(judged)), 4),
        **{f"ndcg_at_10_{name}": round(float(np.nanmean(scores.ndcg[name])), 4) for name in LANGUAGES},
        "nothing_precision": round(hits / said, 4) if said else None,
        "nothing_recall": round(hits / true, 4) if true else None,
        "n": len(judged),
    }


def _better(each: Sequence[list[float]]) -> list[float]:
    """The tokenizer with the higher mean in this language."""
    return max(each, key=lambda values: float(np.nanmean(values)))


def _share(ours: Sequence[float], theirs: Sequence[float]) -> Figures:
    """Our mean over theirs, with the interval that holds 95 % of bootstrap draws of needs."""
    pairs = np.array([ours, theirs]).T
    pairs = pairs[~np.isnan(pairs).any(axis=1)]
    draws = np.random.default_rng(_SEED).integers(0, len(pairs), (_DRAWS, len(pairs)))
    means = pairs[draws].mean(axis=1)
    low, high = np.quantile(means[:, 0] / means[:, 1], [0.025, 0.975])
    share = pairs[:, 0].mean() / pairs[:, 1].mean()
    return {"share": round(float(share), 3), "low": round(float(low), 3), "high": round(float(high), 3)}


def _by_kind(needs: Sequence[Need], ours: Scores, peers: Mapping[str, Scores]) -> Figures:
    """NDCG@10 by what makes a query hard, both languages together: ours, then the better peer's."""
    table: Figures = {}
    for kind in sorted({need.kind for need in needs}):
        of_kind = [need.kind == kind and bool(need.grades) for need in needs]
        means = [
            float(np.mean([v for name in LANGUAGES for v, is_it in zip(s.ndcg[name], of_kind, strict=True) if is_it]))
            for s in (ours, *peers.values())
        ]
        table[kind] = [round(means[0], 3), round(max(means[1:]), 3)]
    return table


def say(text: str) -> None:
    """Progress, on stderr."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
