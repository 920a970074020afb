"""The trained model on lines that it never saw: the figures may rise, and must not fall."""

import asyncio
import json
import logging
import os
from pathlib import Path

import pytest
from rasa.utils.log_utils import configure_structlog

from bot.dialogue.evaluation.measures import calibration_error, measure, measure_scope
from bot.dialogue.evaluation.nlu import parse_all

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "var" / "models" / "prevenant.tar.gz"


def test_says_nothing_about_scope_where_no_line_is_outside():
    assert measure_scope([False, False], [0.9, 0.8]) == {"oos_auroc": None, "oos_recall_at_95": None}


def test_calls_a_model_calibrated_when_it_is_as_right_as_it_is_sure():
    assert calibration_error([0.5, 0.5], [True, False]) == 0.0
    assert calibration_error([1.0, 1.0], [True, False]) == 0.5


def test_understands_lines_it_never_saw():
    if not MODEL.exists():
        assert os.environ.get("CI") != "true", f"{MODEL} is missing: train it first"
        pytest.skip(f"{MODEL.name} is not trained yet")
    configure_structlog(logging.ERROR)
    text = (ROOT / "tests" / "dialogue" / "heldout.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    parsed, _ = asyncio.run(parse_all(str(MODEL), [line["text"] for line in lines]))
    figures = measure(lines, parsed)
    assert figures["macro_f1"] >= 0.80
    assert figures["oos_auroc"] >= 0.93
    assert figures["ece"] <= 0.12
