"""`make contract ENGINE=name`: run the suite over one engine and print one JSON line with cases and failed."""

import argparse
import contextlib
import json
import sys
from collections import Counter
from pathlib import Path

import pytest

COMMERCE = Path(__file__).parent.parent / "commerce"


class _Counts:
    """Counts the suite's cases as pytest reports them."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A case counts once, by its call; a setup that failed counts as a failure."""
        if report.when == "call" or report.outcome == "failed":
            self.outcomes[report.outcome] += 1


def main(arguments: list[str] | None = None) -> int:
    """Run one engine's contract. Progress on stderr, one JSON line on stdout; 1 when a case failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", help="a folder of tests/commerce")
    engine = parser.parse_args(arguments).engine
    module = COMMERCE / engine / "test_contract.py"
    if not module.is_file():
        known = sorted(path.parent.name for path in COMMERCE.glob("*/test_contract.py"))
        print(f"there is no engine {engine!r}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    counts = _Counts()
    with contextlib.redirect_stdout(sys.stderr):
        pytest.main([str(module), "-q", "-p", "no:cacheprovider"], plugins=[counts])
    failed = counts.outcomes["failed"]
    skipped = counts.outcomes["skipped"]
    cases = counts.outcomes.total() - skipped
    print(json.dumps({"engine": engine, "cases": cases, "failed": failed, **({"skipped": skipped} if skipped else {})}))
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
