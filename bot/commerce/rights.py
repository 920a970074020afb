"""The rights of a key, one by one: what a back end says that it holds in, findings out."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from bot.commerce.checking import Finding, State

_FEW = 5


@dataclass(frozen=True)
class Right:
    """A right by the vendor's own name, what it is for, and what does not work without it: `is_needed`, nothing."""

    name: str
    use: str
    blocks: frozenset[str] = frozenset()
    is_needed: bool = False


def judge_each(rights: Collection[Right], held: Collection[str]) -> Iterator[Finding]:
    """One finding for each right."""
    for right in rights:
        if right.name in held:
            yield Finding("rights", right.name, "ok", right.use)
        else:
            state: State = "failed" if right.is_needed else "warning"
            yield Finding("rights", right.name, state, f"missing: {right.use} with it", right.blocks)


def judge_spare(spare: Collection[str], mend: str) -> Iterator[Finding]:
    """One finding for all those that nothing here needs, where there are any; `mend` says what to do."""
    if spare:
        few = ", ".join(sorted(spare)[:_FEW]) + (" …" if len(spare) > _FEW else "")
        yield Finding("rights", "no more than needed", "warning", f"{few}: {mend}")
