"""Stage B2: data/shops/<shop>/traits.toml -> the rule of each trait, checked when it is read. One table a trait:

    [first_name]
    rule = "silo"              # silo | latest | earliest | verified | longest | add_counts | days_between
    silos = ["shop", "crm"]    # rule "silo": the first of these that said anything wins

    [email]
    rule = "verified"          # a value that a verified identity speaks for, then the newest
    identity = "email"         # the kind of identity; the trait's name when left out
"""

from pathlib import Path
from typing import cast, get_args

from bot.errors import FixConfiguration
from bot.profile.traits import RuleName, TraitRule
from bot.toml_file import Table, read_toml

_RULES: tuple[str, ...] = get_args(RuleName)
_KEYS = frozenset({"rule", "silos", "identity"})
MAX_NAME = 64  # the column's length


def load_trait_rules(path: Path) -> dict[str, TraitRule]:
    """The rules of a traits.toml by trait name. FixConfiguration naming file, line and key of what is wrong."""
    file = read_toml(path)
    return {name: _read_rule(name, file.table(name)) for name in file.content}


def _read_rule(name: str, table: Table) -> TraitRule:
    table.refuse_unknown(_KEYS)
    if len(name) > MAX_NAME:
        raise FixConfiguration(f"{table.file.name}, line {table.line}: a trait's name has at most {MAX_NAME} letters")
    rule = cast(RuleName, table.one_of("rule", _RULES))
    silos = table.texts("silos", ())
    if rule == "silo" and not silos:
        raise table.fail("silos", 'is what rule "silo" goes by: a list of silos, the most trusted first')
    if rule != "silo" and silos:
        raise table.fail("silos", f'has no effect with rule "{rule}"')
    if len(set(silos)) < len(silos):
        raise table.fail("silos", "names a silo twice")
    if rule != "verified" and "identity" in table.values:
        raise table.fail("identity", f'has no effect with rule "{rule}"')
    return TraitRule(name, rule, silos, table.text("identity", name) if rule == "verified" else "")
