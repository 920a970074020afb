"""What the peers' environment runs: questions in, answers out; and obp without torch. Standard library alone."""

import json
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

_NOT_NEEDED = ("torch", "torch.nn", "torch.nn.functional", "torch.optim", "torch.utils", "torch.utils.data", "pingouin",
               "pyieoe", "pyieoe.evaluator", "plotly")


def answer_lines(answer: Callable[[dict[str, Any]], Any]) -> None:
    """Answer every line of stdin on stdout; whatever else is printed goes to stderr."""
    out, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        try:
            answered = answer(json.loads(line))
        except ImportError as error:
            answered = {"left_out": f"is not installed: {error}"}
        out.write(json.dumps(answered) + "\n")
        out.flush()


def import_obp() -> ModuleType:
    """Open Bandit Pipeline 0.5.7. It imports torch for a learner of neural policies, which nothing here uses."""
    absent = [name for name in _NOT_NEEDED if name not in sys.modules]
    sys.modules.update({name: MagicMock() for name in absent})
    sys.modules["torch"].nn.Module = type("Module", (), {})  # type: ignore[attr-defined]
    sys.modules["torch.nn"].Module = type("Module", (), {})  # type: ignore[attr-defined]
    sys.modules["torch"].utils.data.Dataset = type("Dataset", (), {})  # type: ignore[attr-defined]
    try:
        import obp
        import obp.dataset
        import obp.ope
        import obp.policy
    finally:
        for name in absent:  # scipy looks for torch among what is imported
            del sys.modules[name]
    return obp
