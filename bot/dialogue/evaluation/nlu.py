"""`make evaluate-nlu DATA=file.jsonl`: how well the trained model understands anyone's lines.

Each line is `{"text", "intent" or "intents": [a, b], "entities": {name: value or list}}`. Progress goes
to stderr; the last line on stdout is one JSON object. `OUT=folder` keeps tables and pictures. `BASELINE=1` trains
Rasa's own default pipeline on the same training lines and measures it in the same run.
"""

import argparse
import asyncio
import json
import logging
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np
from rasa.core.agent import Agent, load_agent
from rasa.utils.log_utils import configure_structlog

from bot.dialogue.evaluation.measures import Line, Parsed, Synonyms, measure
from bot.dialogue.evaluation.pictures import write_report
from bot.dialogue.nlu.forms import find_forms
from bot.dialogue.nlu.vocabulary import DEFAULT_PATH, read_vocabulary

MODEL = "var/models/prevenant.tar.gz"


def main(arguments: Sequence[str]) -> int:
    """Measure the model on the file and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", default=MODEL)
    parser.add_argument("--out", type=Path, help="a folder for tables and pictures")
    parser.add_argument("--baseline", action="store_true", help="train and measure Rasa's default pipeline too")
    parser.add_argument(
        "--epochs", type=int, default=100, help="of that pipeline's training; Rasa's own default is 100"
    )
    chosen = parser.parse_args(arguments)
    quieten()
    lines = read_lines(chosen.data)
    parsed, milliseconds = asyncio.run(parse_all(chosen.model, [line["text"] for line in lines]))
    if chosen.out:
        write_report(chosen.out, lines, parsed)
    figures = {**measure(lines, parsed, read_synonyms()), **milliseconds, "n": len(lines)}
    if chosen.baseline:
        figures["peers"] = {"rasa_default": measure_baseline(lines, chosen.epochs)}
    print(json.dumps(figures))
    return 0


def quieten() -> None:
    """Rasa logs each message's text on stdout otherwise."""
    configure_structlog(logging.ERROR)
    logging.getLogger().setLevel(logging.ERROR)


def read_lines(path: Path) -> List[Line]:
    """The lines of the file; exits naming the line that cannot be read."""
    lines = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not text.strip():
            continue
        try:
            line = json.loads(text)
        except ValueError as error:
            sys.exit(f"{path}, line {number}: not JSON ({error})")
        if (
            not isinstance(line, dict)
            or not isinstance(line.get("text"), str)
            or not ("intent" in line or "intents" in line)
        ):
            sys.exit(f"{path}, line {number}: needs `text`, and `intent` or `intents`")
        lines.append(line)
    return lines


async def parse_all(model: str, texts: Sequence[str]) -> Tuple[List[Parsed], Dict[str, float]]:
    """Every text as the model understands it, and the milliseconds a message takes on one core, without loading."""
    agent: Agent = await load_agent(model_path=model)
    await agent.parse_message("bonjour, ça va ? où est ma commande")  # loads what is loaded at first use
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    parsed, times = [], []
    try:
        for number, text in enumerate(texts, start=1):
            started = time.perf_counter()
            parsed.append(await agent.parse_message(text.lstrip("/") or "?"))
            times.append(time.perf_counter() - started)
            if number % 100 == 0 or number == len(texts):
                print(f"\r{number} of {len(texts)} messages", end="\n" if number == len(texts) else "", file=sys.stderr)
    finally:
        os.sched_setaffinity(0, cores)
    median, p95 = (round(1000 * float(np.quantile(times or [0.0], share)), 2) for share in (0.5, 0.95))
    return parsed, {"ms_per_message": median, "ms_p95": p95}


def read_synonyms() -> Synonyms:
    """What the shop's vocabulary and the patterns take an entity's words for: "verte" is green, "small" is S."""
    vocabulary = read_vocabulary(Path(os.environ.get("PREVENANT_VOCABULARY") or DEFAULT_PATH))

    def same_as(name: str, value: str) -> List[str]:
        found = [each["value"] for each in vocabulary.find(value) if each["entity"] == name]
        return [*found, *(each.value for each in find_forms(value, "size") if each.name == name)]

    return same_as


def default_pipeline(epochs: int) -> List[Dict[str, Any]]:
    """What `rasa init` and a config.yml without a pipeline give, see Rasa's page on tuning a model."""
    return [
        {"name": "WhitespaceTokenizer"},
        {"name": "RegexFeaturizer"},
        {"name": "LexicalSyntacticFeaturizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        {"name": "DIETClassifier", "epochs": epochs, "constrain_similarities": True},
        {"name": "EntitySynonymMapper"},
        {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
    ]


def measure_baseline(lines: Sequence[Line], epochs: int) -> Dict[str, Any]:
    """The same figures for Rasa's default pipeline (DIET), trained on the same lines. Takes an hour and more."""
    with TemporaryDirectory(prefix="prevenant-baseline-") as folder:
        config = Path(folder) / "config.yml"
        config.write_text(
            json.dumps(
                {"recipe": "default.v1", "assistant_id": "peer", "language": "fr", "pipeline": default_pipeline(epochs)}
            )
        )
        print("training Rasa's default pipeline …", file=sys.stderr)
        started = time.perf_counter()
        command = [sys.executable, "-m", "rasa", "train", "nlu", "--nlu", "data/nlu", "--domain", "domain.yml"]
        subprocess.run(  # noqa: S603  # our own command
            [*command, "--config", str(config), "--out", folder, "--fixed-model-name", "peer"],
            stdout=sys.stderr,
            check=True,
        )
        seconds = round(time.perf_counter() - started, 1)
        print(f"trained in {seconds} s", file=sys.stderr)
        parsed, milliseconds = asyncio.run(
            parse_all(str(Path(folder) / "peer.tar.gz"), [line["text"] for line in lines])
        )
    return {**measure(lines, parsed, read_synonyms()), **milliseconds, "train_seconds": seconds, "epochs": epochs}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
