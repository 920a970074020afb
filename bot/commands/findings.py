"""Findings and abilities on a terminal: a line each as they come, a table of what works, JSON for programs."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.commerce.checking import Ability, Finding

_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "failed": ("✗", "red")}
_ABILITY_MARKS = {"works": ("✓", "green"), "held": ("!", "yellow"), "missing": ("–", "dim")}


def print_findings(findings: Iterable[Finding], console: Console) -> list[Finding]:
    """Print each as soon as it is found; all of them."""
    return list(_printing(findings, console))


def _printing(findings: Iterable[Finding], console: Console) -> Iterator[Finding]:
    area = ""
    for found in findings:
        if found.area != area:
            area = found.area
            console.print(Text(area, style="bold"))
        mark, style = _MARKS[found.state]
        line = Text.assemble("  ", (mark, style), f" {found.what}", (f"  {found.detail}", "dim"))
        console.print(line, soft_wrap=True)
        yield found


def print_abilities(abilities: Sequence[Ability], console: Console) -> None:
    """What will work, and what will not and why."""
    table = Table("", "capability", "the bot can", "", title="What works with this shop", title_justify="left")
    for each in abilities:
        mark, style = _ABILITY_MARKS[each.state]
        table.add_row(Text(mark, style=style), each.capability, each.does, each.why)
    console.print(table)


def is_sound(findings: Iterable[Finding]) -> bool:
    """Whether nothing failed; warnings do not count."""
    return all(each.state != "failed" for each in findings)


def to_json(findings: Sequence[Finding], abilities: Sequence[Ability]) -> str:
    """One object: ok, findings, and abilities by capability."""
    told = [{**asdict(each), "blocks": sorted(each.blocks)} for each in findings]
    return json.dumps({
        "ok": is_sound(findings), "findings": told, "abilities": {each.capability: each.state for each in abilities},
    }, ensure_ascii=False)
