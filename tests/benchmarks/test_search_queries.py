"""The judged queries: enough of them, in both languages, about products that there are."""

import json
import tomllib

from bot.bootstrap import PROJECT

NEEDS = [json.loads(line) for line in (PROJECT / "benchmarks/search/judged.jsonl").read_text().splitlines()]
SLUGS = {
    product["slug"]
    for page in (PROJECT / "data/shops/demo/catalogue").glob("*.toml")
    for product in tomllib.loads(page.read_text())["products"]
}


def test_every_judged_product_is_in_the_catalogue() -> None:
    judged = {slug for need in NEEDS for slug in (*need["grades"], *filter(None, [need.get("shown")]))}
    assert judged - SLUGS == set()


def test_there_are_150_needs_said_in_both_languages_and_each_is_another() -> None:
    assert len(NEEDS) >= 150
    for key in ("id", "fr", "en"):
        said = [(need[key], need.get("shown", "")) for need in NEEDS]
        assert len(set(said)) == len(said)


def test_grades_are_one_to_three_and_what_is_shown_is_not_judged() -> None:
    for need in NEEDS:
        assert set(need["grades"].values()) <= {1, 2, 3}
        assert need.get("shown") not in need["grades"]
