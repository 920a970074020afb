"""Records of nothing in common, of one name each, of one column: no pair, no error."""

import polars as pl
import pytest

from bot.profile.resolution.link import UNTRAINED, link_records
from bot.profile.resolution.records import normalise_records


@pytest.mark.parametrize("said", [
    {"first_name": ["Anne", "Bruno"], "last_name": ["Roy", "Weber"], "email": ["a@b.example", "c@d.example"]},
    {"name": ["Anne", "Bruno"]},
    {"name": ["Anne Roy", None], "phone": ["0612345678", "0698765432"]},
    {"last_name": ["Roy", "Weber"], "dob": ["1988-03-14", None]},
])
def test_links_nobody_where_nothing_is_in_common(said):
    linked = link_records(normalise_records(pl.DataFrame(said)), seed=1)
    labels, asked = linked.bands()
    assert (labels.tolist(), asked, linked.thresholds) == ([0, 1], [], UNTRAINED)


def test_father_and_son_of_one_name_and_door_are_asked_about():
    said = {"first_name": ["Jean"] * 2, "last_name": ["Martin"] * 2, "street": ["3 rue des Lilas"] * 2,
            "postcode": ["44000"] * 2, "dob": ["1951-02-03", "1984-11-27"]}
    labels, asked = link_records(normalise_records(pl.DataFrame(said)), seed=1).bands()
    assert (labels.tolist(), len(asked)) == ([0, 1], 1)
