"""docs/promises.md names tests that exist."""

import re

from bot.bootstrap import PROJECT


def test_names_tests_that_exist() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (PROJECT / "docs" / "promises.md").read_text())
    assert len(named) > 15
    missing = [
        f"{path}::{name}" for path, name in named
        if not (PROJECT / path).is_file() or (name and f"def {name}(" not in (PROJECT / path).read_text())
    ]
    assert missing == []
