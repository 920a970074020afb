"""Stage A2, A3: Rasa's graph, walked from its inputs to what is asked for: the order is found once.

Rasa hands each run to dask, which sorts the same nodes anew: a tenth of what a turn costs Rasa's process.
"""

from functools import cached_property
from graphlib import TopologicalSorter
from typing import Any, Dict, List, Optional, Text, Tuple

from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import GraphNode
from rasa.engine.runner.dask import DaskGraphRunner

Step = Tuple[Text, GraphNode, Tuple[Text, ...]]  # a node's name, the node, what it needs


class StraightRunner(DaskGraphRunner):  # type: ignore[misc]  # Rasa ships no types that mypy can follow
    """Rasa's runner with the nodes that it has loaded, one after the other."""

    @classmethod
    def of(cls, runner: DaskGraphRunner) -> "StraightRunner":
        """The same nodes. Loads nothing."""
        made = cls.__new__(cls)
        made.__dict__.update(runner.__dict__)
        return made

    def run(self, inputs: Optional[Dict[Text, Any]] = None, targets: Optional[List[Text]] = None) -> Dict[Text, Any]:
        """What each target gave, by name. GraphRunError where a node misses what it needs."""
        wanted = tuple(targets or self._graph_schema.target_names)
        if wanted not in self._steps_to:
            self._steps_to[wanted] = self._sort(wanted)
        given: Dict[Text, Any] = {name: (name, value) for name, value in (inputs or {}).items()}
        try:
            for name, node, needs in self._steps_to[wanted]:
                given[name] = node(*(given.get(need, need) for need in needs))
        except RuntimeError as error:
            raise GraphRunError("Error running runner.") from error
        return dict(given[name] for name in wanted)

    @cached_property
    def _steps_to(self) -> Dict[Tuple[Text, ...], Tuple[Step, ...]]:
        """The way to each set of targets that was asked for: a model has two."""
        return {}

    def _sort(self, targets: Tuple[Text, ...]) -> Tuple[Step, ...]:
        schema = self._graph_schema.minimal_graph_schema(list(targets))
        needs = {name: tuple(node.needs.values()) for name, node in schema.nodes.items()}
        order = TopologicalSorter(needs).static_order()
        return tuple((name, self._instantiated_nodes[name], needs[name]) for name in order if name in needs)
