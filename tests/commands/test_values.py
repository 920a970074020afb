"""`prevenant values`, as it is typed."""

from datetime import UTC, datetime

import numpy as np
import pytest

from bot.decision.features import SIZE
from bot.decision.learning_rules import Learning
from bot.decision.model_store import add_evidence, lock_model, model_of, refit
from bot.decision.value_model import gather
from bot.errors import NotFound

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


def test_puts_nothing_in_force_that_is_not_there(run):
    with pytest.raises(NotFound, match="version 3"):
        run("values", "roll-back", "3")


def test_lists_versions_and_puts_one_back(run, store):
    with store.write() as connection:
        row = lock_model(connection, NOW)
        add_evidence(connection, row, gather(np.eye(SIZE), np.ones(SIZE), model_of(row)), NOW)
        refit(connection, Learning(refit_seconds=0), NOW)
    assert "Version 3 is in force, a copy of 2" in run("values", "roll-back", "2")
    told = run("values")
    assert "copy of 2" in told and "left out" in told
