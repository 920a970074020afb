"""What is asked of a listing of Adobe Commerce's: `searchCriteria`, filters, order and pages, as parameters of a URL.

Filters of one group are alternatives, and every group has to hold.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MOST_ON_A_PAGE = 100
Group = Sequence["Filter"]


@dataclass(frozen=True)
class Filter:
    """A field that has to be as told. `condition` is one of Adobe's: eq, in, like, gteq, lt ..."""

    field: str
    value: str
    condition: str = "eq"


def one_of(field: str, values: Iterable[str]) -> Filter:
    """Any of several values. None of them may hold a comma, which parts them."""
    return Filter(field, ",".join(values), "in")


@dataclass(frozen=True)
class Search:
    """A page of a listing: what has to hold, by which fields it is sorted (`-created_at` the last first), its size."""

    filters: Sequence[Filter | Group] = ()
    sort: Sequence[str] = ()
    size: int = MOST_ON_A_PAGE
    page: int = 1
    fields: str = ""  # of an item, which are told; "" all

    def parameters(self) -> dict[str, str]:
        """As they stand in the URL."""
        told: dict[str, str] = {}
        for group, held in enumerate(self.filters):
            for position, each in enumerate([held] if isinstance(held, Filter) else held):
                at = f"searchCriteria[filter_groups][{group}][filters][{position}]"
                told |= {f"{at}[field]": each.field, f"{at}[value]": each.value}
                told[f"{at}[condition_type]"] = each.condition
        for position, name in enumerate(self.sort):
            at = f"searchCriteria[sortOrders][{position}]"
            told |= {f"{at}[field]": name.lstrip("-"), f"{at}[direction]": "DESC" if name.startswith("-") else "ASC"}
        told |= {"searchCriteria[pageSize]": str(self.size), "searchCriteria[currentPage]": str(self.page)}
        return told | ({"fields": f"items[{self.fields}],total_count"} if self.fields else {})
