"""What `OUT=folder` keeps: the table by intent, the mistakes, and two pictures. Writes files."""

import csv
import json
from pathlib import Path
from typing import Sequence

import matplotlib as mpl
import numpy as np

from bot.dialogue.evaluation.measures import (
    Line,
    Parsed,
    calibration_bins,
    confidence_of,
    first_intent,
    table_by_intent,
    without_fallback,
)

mpl.use("Agg")
from matplotlib import pyplot as plt  # after the choice of a backend that needs no screen

INK, PALE = "#22304a", "#d5dbe6"


def write_report(folder: Path, lines: Sequence[Line], parsed: Sequence[Parsed]) -> None:
    """Write intents.csv, mistakes.jsonl, confusion.png and calibration.png."""
    folder.mkdir(parents=True, exist_ok=True)
    single = [(line, each) for line, each in zip(lines, parsed, strict=True) if "intent" in line]
    if not single:
        return
    truth, chosen = [line["intent"] for line, _ in single], [first_intent(each) for _, each in single]
    rows = table_by_intent(truth, chosen)
    with (folder / "intents.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with (folder / "mistakes.jsonl").open("w", encoding="utf-8") as out:
        for line, each in single:
            if line["intent"] != first_intent(each):
                out.write(json.dumps({**line, "understood": without_fallback(each)[:3]}, ensure_ascii=False) + "\n")
    draw_confusion(folder / "confusion.png", truth, chosen)
    draw_calibration(folder / "calibration.png", [confidence_of(each) for _, each in single], truth, chosen)


def draw_confusion(path: Path, truth: Sequence[str], chosen: Sequence[str]) -> None:
    """A square for each wanted and understood intent, the darker the larger its share; mistakes in red."""
    names = sorted({*truth, *chosen})
    counts = np.zeros((len(names), len(names)))
    for wanted, got in zip(truth, chosen, strict=True):
        counts[names.index(wanted), names.index(got)] += 1
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    side = 3 + 0.21 * len(names)
    figure, axes = plt.subplots(figsize=(side, side), dpi=110)
    off = shares.copy()
    np.fill_diagonal(off, np.nan)
    axes.imshow(np.where(np.eye(len(names), dtype=bool), shares, np.nan), cmap="Blues", vmin=0, vmax=1.2)
    axes.imshow(np.where(off > 0, off, np.nan), cmap="Reds", vmin=0, vmax=0.6)
    for at, other in zip(*np.nonzero(counts), strict=True):
        shade = "white" if shares[at, other] > 0.5 else INK
        axes.text(other, at, int(counts[at, other]), ha="center", va="center", fontsize=6, color=shade)
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set_xticks(np.arange(-0.5, len(names)), minor=True)
    axes.set_yticks(np.arange(-0.5, len(names)), minor=True)
    axes.grid(which="minor", color=PALE, linewidth=0.4)
    axes.tick_params(which="both", length=0)
    axes.set_xlabel("understood", color=INK)
    axes.set_ylabel("wanted", color=INK)
    axes.set_title(f"{len(truth)} messages; numbers are messages, blue is right, red is not", color=INK, fontsize=10)
    figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)


def draw_calibration(path: Path, confidences: Sequence[float], truth: Sequence[str], chosen: Sequence[str]) -> None:
    """How often the model is right against how sure it is: on the diagonal, it means what it says."""
    bins = calibration_bins(confidences, [a == b for a, b in zip(truth, chosen, strict=True)])
    figure, axes = plt.subplots(figsize=(5, 5), dpi=110)
    axes.plot([0, 1], [0, 1], color=PALE, linewidth=2)
    axes.scatter(
        [sure for sure, _, _ in bins],
        [right for _, right, _ in bins],
        [900 * share + 12 for *_, share in bins],
        color=INK,
    )
    axes.set(xlim=(0, 1.02), ylim=(0, 1.02), xlabel="how sure", ylabel="how often right")
    axes.set_title("each dot is as large as its share of the messages", fontsize=10, color=INK)
    figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)
