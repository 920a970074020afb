"""Any silo's columns become ours; names in every shape; crowded values stop being evidence."""

import polars as pl
import pytest

from bot.errors import FixInput
from bot.profile.resolution.crowds import drop_crowded
from bot.profile.resolution.explain import explain_pair
from bot.profile.resolution.records import column_of, map_columns, normalise_records, present_columns


def test_refuses_a_table_that_names_nobody():
    with pytest.raises(FixInput, match="holds names"):
        map_columns(["order_id", "total"])


def test_refuses_a_country_that_has_no_numbers_and_a_table_without_a_single_name():
    with pytest.raises(FixInput, match="region"):
        normalise_records(pl.DataFrame({"name": ["Anne"]}), region="fr")
    with pytest.raises(FixInput, match="not one record"):
        normalise_records(pl.DataFrame({"name": [None, "unknown"]}))


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("firstName", "given_name"), ("Prénom", "given_name"), ("surname", "family_name"), ("date_of_birth", "birth_date"),
     ("postcode_fake", "postcode"), ("order_count", None), ("favourite_sizes", None)],
)
def test_knows_what_silos_call_things(theirs, ours):
    assert column_of(theirs) == ours


def test_drops_what_is_empty_or_says_nothing():
    made = normalise_records(pl.DataFrame({"name": ["Anne Roy", "unknown"], "dob": [None, "1900-01-01"]}))
    assert "birth_date" not in made.columns
    assert made["full_name"].to_list() == ["anne roy", None]
    assert [column.name for column in present_columns(made)] == ["given_name", "family_name", "full_name"]


def test_gives_every_name_in_every_shape():
    made = normalise_records(pl.DataFrame({"name": ["Anne-Marie Roy", None, "Zoé"]}))
    assert made["given_name"].to_list() == ["anne", None, "zoe"]
    assert made["family_name"].to_list() == ["roy", None, None]
    assert [sorted(each) for each in made["tokens"].to_list()] == [["anne", "marie", "roy"], [], ["zoe"]]
    made = normalise_records(pl.DataFrame({"first_name": ["Anne"], "last_name": ["Le Roy"]}))
    assert made["full_name"].to_list() == ["anne le roy"]


def test_a_value_of_many_people_is_no_evidence_and_a_familys_is():
    names = ["Anne", "Bruno", "Chloe", "David", "Emma", "Farid"]
    table = pl.DataFrame({
        "first_name": names * 2, "last_name": ["Roy"] * 6 + ["Ab", "Cd", "Ef", "Gh", "Ij", "Kl"],
        "email": ["till@shop.example"] * 6 + ["a@shop.example"] * 4 + ["b@shop.example"] * 2, "phone": [None] * 12,
    })
    records, dropped = drop_crowded(normalise_records(table))
    assert dropped == {"email": 2}  # six given names; four families
    assert records["email"].drop_nulls().to_list() == ["b@shop.example"] * 2


def test_explains_field_by_field_without_the_values():
    left = {"given_name": "camille", "family_name": "lefevre", "full_name": "camille lefevre", "city": "lyon"}
    right = {"given_name": "camile", "family_name": "roy", "full_name": "camile roy", "city": None}
    assert explain_pair(left, right) == {"given_name": "alike", "family_name": "differs", "city": "missing"}
