"""Rasa's graph walked straight gives what Rasa's own runner gives."""

from typing import Any

import pytest
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner

from bot.dialogue.graph_run import StraightRunner


class Add(GraphComponent):
    """Adds up two numbers."""

    @classmethod
    def create(cls, config, model_storage, resource, execution_context) -> "Add":
        return cls()

    def add(self, left: int, right: int) -> int:
        return left + right


def node(**needs: str) -> SchemaNode:
    return SchemaNode(needs=needs, uses=Add, fn="add", constructor_name="create", config={}, eager=True)


SCHEMA = GraphSchema({
    "sum": node(left="first", right="twice"),
    "twice": node(left="first", right="first"),
    "first": node(left="a", right="b"),
    "unasked": node(left="sum", right="sum"),
})
GIVEN = {"a": 1, "b": 2}


def make() -> Any:
    return DaskGraphRunner(SCHEMA, None, ExecutionContext(SCHEMA))


@pytest.mark.parametrize("targets", [["sum"], ["first", "twice"], ["unasked"]])
def test_gives_what_rasas_runner_gives(targets):
    theirs, ours = make(), StraightRunner.of(make())
    assert ours.run(dict(GIVEN), targets) == theirs.run(dict(GIVEN), targets)
    assert ours.run({"a": 5, "b": 7}, targets) == theirs.run({"a": 5, "b": 7}, targets)


def test_says_what_is_missing():
    with pytest.raises(GraphRunError):
        StraightRunner.of(make()).run({"a": 1}, ["sum"])
