"""The trained model on lines that it never saw: the figures may rise, and must not fall."""

import asyncio
import json
import logging
import os
from pathlib import Path

import pytest
import tomli
from rasa.utils.log_utils import configure_structlog

from bot.dialogue.evaluation import nlu, public
from bot.dialogue.evaluation.measures import calibration_error, measure, measure_scope
from bot.dialogue.evaluation.nlu import parse_all, read_lines, read_synonyms

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "var" / "models" / "prevenant.tar.gz"


def test_says_nothing_about_scope_where_no_line_is_outside():
    assert measure_scope([False, False], [0.9, 0.8]) == {"oos_auroc": None, "oos_recall_at_95": None}


def test_calls_a_model_calibrated_when_it_is_as_right_as_it_is_sure():
    assert calibration_error([0.5, 0.5], [True, False]) == 0.0
    assert calibration_error([1.0, 1.0], [True, False]) == 0.5


@pytest.fixture(scope="module")
def trained():
    if not MODEL.exists():
        assert os.environ.get("CI") != "true", f"{MODEL} is missing: train it first"
        pytest.skip(f"{MODEL.name} is not trained yet")
    configure_structlog(logging.ERROR)
    return MODEL


@pytest.fixture
def vocabulary_of_the_demo(tmp_path, monkeypatch):
    kinds = tomli.loads((ROOT / "data" / "shops" / "demo" / "vocabulary.toml").read_text(encoding="utf-8"))
    words = {kind: {value: [names["en"], names["fr"], *names.get("also", ())] for value, names in values.items()} for kind, values in kinds.items()}
    path = tmp_path / "vocabulary.json"
    path.write_text(json.dumps(words), encoding="utf-8")
    monkeypatch.setenv("PREVENANT_VOCABULARY", str(path))


FLOORS = {  # file -> figure -> the least it may be; they are told in docs/understanding.md
    "heldout.jsonl": {"macro_f1": 0.90, "oos_auroc": 0.97, "both_found": 0.7},
    "unseen.fr.jsonl": {"macro_f1": 0.90, "oos_auroc": 0.97, "both_found": 0.8},
    "unseen.en.jsonl": {"macro_f1": 0.86, "oos_auroc": 0.97, "both_found": 0.75},
    "blind.fr.jsonl": {"macro_f1": 0.90, "oos_auroc": 0.97, "both_found": 0.8},
    "blind.en.jsonl": {"macro_f1": 0.84, "oos_auroc": 0.97, "both_found": 0.8},
}
ENTITY_FLOORS = {"order_number": 0.9, "size": 0.9, "colour": 0.85, "product_type": 0.9}


@pytest.mark.parametrize("name", FLOORS)
def test_understands_lines_it_never_saw(name, trained, vocabulary_of_the_demo):
    lines = read_lines(ROOT / "tests" / "dialogue" / name)
    parsed, _ = asyncio.run(parse_all(str(trained), [line["text"] for line in lines]))
    figures = measure(lines, parsed, read_synonyms())
    assert {key: figures[key] for key, floor in FLOORS[name].items() if figures[key] < floor} == {}
    assert figures["ece"] <= 0.06
    assert figures["split_by_mistake"] <= 0.10
    assert {key: figures["entity_f1"][key] for key, floor in ENTITY_FLOORS.items() if figures["entity_f1"][key] < floor} == {}


def test_the_command_prints_figures_and_keeps_pictures(tmp_path, trained, capsys):
    data = tmp_path / "mine.jsonl"
    data.write_text('{"text": "où est mon colis ?", "intent": "track_order"}\n{"text": "what is the weather", "intent": "out_of_scope"}\n', encoding="utf-8")
    assert nlu.main([str(data), "--model", str(trained), "--out", str(tmp_path / "out")]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert figures["n"] == len(figures["entity_f1"]) + 2
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"confusion.png", "calibration.png", "intents.csv", "mistakes.jsonl"}


@pytest.mark.parametrize(("text", "told"), [('{"text": "x"}', "line 1: needs"), ("{}\nnope", "line 1: needs"), ('\n{"text"', "line 2: not JSON")])
def test_the_command_names_the_line_it_cannot_read(text, told, tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit, match=told):
        read_lines(path)


def test_the_classifier_alone_learns_a_public_set(capsys):
    data = ROOT.parent / "shared" / "data"
    if not (data / "banking77").exists():
        pytest.skip("../shared/data is absent")
    assert public.main([str(data), "--most", "1500", "--folds", "1"]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert figures["banking77"]["accuracy"] > 0.5
