"""Whether "very likely M" is right as often as it says: people and brands made up, whose true sizes are known.

People differ by one of seven sizes, brands run large, true or small, people order their own size or one beside it, keep
what fits and some of what nearly does, and sometimes say why they send a thing back. Each is then asked for one more
brand. The peer is the size kept most often, whatever the brand. One JSON object on stdout.

    python -m benchmarks.size_advice --people 3000 --seed 1
"""

import argparse
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.commerce.types import Product, ProductRef, Variant, VariantRef
from bot.recommend.catalogue import Catalogue
from bot.recommend.size_evidence import find_runs, ladder_of, run_of
from bot.recommend.size_model import Worn, advise, place_chances

SIZES = ("XXS", "XS", "S", "M", "L", "XL", "XXL")
BRANDS = 40


@dataclass(frozen=True)
class World:
    """How brands run and people buy. `adapts`: who orders by the brand, not by their own size."""

    runs: tuple[float, float, float] = (0.2, 0.6, 0.2)  # large, true, small
    orders_beside: float = 0.15
    adapts: float = 0.0
    keeps: tuple[float, float, float] = (0.92, 0.25, 0.02)  # what is 0, 1, 2 places off
    tells_why: float = 0.4
    other_reason: float = 0.08  # sent back though it fits
    varies: float = 0.0  # products of a brand that are cut one size otherwise than it


EASY = World()  # much as the model supposes
HARD = World((0.3, 0.4, 0.3), 0.3, 0.3, (0.85, 0.45, 0.1), 0.2, 0.2, 0.15)  # much otherwise


@dataclass(frozen=True)
class Person:
    """What somebody bought, and the brand they ask about with the size that would fit."""

    worn: tuple[Worn, ...]
    asks: int
    fits: int


def measure(people: int, seed: int, world: World = EASY) -> dict[str, Any]:
    """Hits, claimed chances and coverage by certainty, beside the size kept most often."""
    rng = np.random.default_rng(seed)
    catalogue = make_shop()
    runs = [run_of(product) for product in catalogue.products]
    ladder = ladder_of(catalogue, runs[0][0])
    shifts = rng.choice((-1, 0, 1), size=BRANDS, p=world.runs)
    crowd = [_live(rng, world, runs, shifts) for _ in range(people)]
    lines = [
        (str(number), catalogue.products[runs.index(each.run)].ref, ladder[each.place], 1 if each.is_kept else -1)
        for number, person in enumerate(crowd) for each in person.worn
    ]
    known = find_runs(catalogue, lines)
    began = time.process_time()
    advices = [advise(runs[p.asks], ladder, SIZES, p.worn, known) for p in crowd]
    seconds = time.process_time() - began
    truth = [ladder[p.fits] for p in crowd]
    peer = [_kept_most(p.worn, ladder) for p in crowd]
    words = {word: _row(word, advices, truth, peer) for word in ("very_likely", "likely", "between", "unknown")}
    sure = [n for n, each in enumerate(advices) if each.certainty in ("very_likely", "likely")]
    return {
        "n": people, "ms_per_customer": round(seconds / people * 1000, 3), "words": words,
        "ece": _ece([advices[n].probability for n in sure], [advices[n].size == truth[n] for n in sure]),
        "hit_rate_when_likely": _share([advices[n].size == truth[n] for n in sure]),
        "coverage": round(len(sure) / people, 3),
        "best_guess_hit_rate": _share(
            [ladder[int(np.argmax(place_chances(runs[p.asks], ladder, p.worn, known)))] == t
             for p, t in zip(crowd, truth, strict=True)]
        ),
        "runs_found": _share([_run_told(known, runs[n], int(shifts[n])) for n in range(BRANDS)]),
        "peers": {"kept_most": {
            "hit_rate_when_likely": _share([peer[n] == truth[n] for n in sure]),
            "best_guess_hit_rate": _share([p == t for p, t in zip(peer, truth, strict=True)]),
        }},
    }


def make_shop() -> Catalogue:
    """One shirt a brand, in every size."""
    return Catalogue(tuple(_product(number) for number in range(BRANDS)))


def _product(number: int) -> Product:
    ref = ProductRef(f"shirt-{number}")
    variants = tuple(
        Variant(VariantRef(f"{ref}-{size}"), ref, "", "", {"size": size}, 5_000, "EUR") for size in SIZES
    )
    return Product(ref, ref, {"en": ref}, {}, "shirt", brand=f"brand-{number}", variants=variants)


def _live(
    rng: np.random.Generator, world: World, runs: list[tuple[str, str, str]], shifts: np.ndarray[Any, Any]
) -> Person:
    own = int(np.clip(np.rint(rng.normal(3, 1.1)), 1, len(SIZES) - 2))
    worn = [_buy(rng, world, own, int(brand), runs, shifts) for brand in rng.integers(BRANDS, size=rng.integers(1, 8))]
    asks = int(rng.integers(BRANDS))
    return Person(tuple(worn), asks, int(np.clip(own + _shift(rng, world, shifts, asks), 0, len(SIZES) - 1)))


def _shift(rng: np.random.Generator, world: World, shifts: np.ndarray[Any, Any], brand: int) -> int:
    """How one product of a brand is cut."""
    return int(shifts[brand]) + (int(rng.choice((-1, 1))) if rng.random() < world.varies else 0)


def _buy(
    rng: np.random.Generator, world: World, own: int, brand: int, runs: list[tuple[str, str, str]],
    shifts: np.ndarray[Any, Any],
) -> Worn:
    beside = int(rng.choice((-1, 1))) if rng.random() < world.orders_beside else 0
    beside += int(shifts[brand]) if rng.random() < world.adapts else 0
    place = int(np.clip(own + beside, 0, len(SIZES) - 1))
    off = own + _shift(rng, world, shifts, brand) - place
    is_kept = bool(rng.random() < world.keeps[min(abs(off), 2)]) and not rng.random() < world.other_reason
    tells = not is_kept and off != 0 and rng.random() < world.tells_why
    return Worn(runs[brand], place, is_kept, int(np.sign(off)) if tells else 0)


def _kept_most(worn: tuple[Worn, ...], ladder: tuple[str, ...]) -> str:
    kept = Counter(each.place for each in worn if each.is_kept)
    return ladder[kept.most_common(1)[0][0]] if kept else ""


def _row(word: str, advices: list[Any], truth: list[str], peer: list[str]) -> dict[str, Any]:
    chosen = [n for n, each in enumerate(advices) if each.certainty == word]
    hits = [truth[n] in (advices[n].size, advices[n].other) for n in chosen]
    return {
        "n": len(chosen), "right": _share(hits), "claimed": _share([advices[n].probability for n in chosen]),
        "kept_most_right": _share([peer[n] == truth[n] for n in chosen]),
    }


def _run_told(known: Any, run: tuple[str, str, str], shift: int) -> bool:
    return int(np.argmax(known[run].chances)) - 1 == shift


def _ece(claimed: list[float], hits: list[bool]) -> float:
    """Expected calibration error over ten bins."""
    if not claimed:
        return 0.0
    bins = np.minimum((np.array(claimed) * 10).astype(int), 9)
    error = sum(
        (bins == each).mean() * abs(np.array(claimed)[bins == each].mean() - np.array(hits)[bins == each].mean())
        for each in np.unique(bins)
    )
    return round(float(error), 4)


def _share(values: list[Any]) -> float:
    return round(float(np.mean(values)), 4) if values else 0.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=3_000)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    print("people and brands are made up; this takes some seconds", file=sys.stderr)
    worlds = {"easy": EASY, "hard": HARD}
    print(json.dumps({name: measure(told.people, told.seed, world) for name, world in worlds.items()}))


if __name__ == "__main__":
    main()
