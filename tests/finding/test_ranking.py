"""What is found, without an encoder: demands first, then words."""

from dataclasses import replace

import pytest

from bot.finding.index import Index
from bot.finding.ranking import rank
from bot.recommend.catalogue import Catalogue


def _find(index: Index, text: str, language: str = "en", *, shown: str = "", limit: int = 5):
    row = index.catalogue.row_of[shown] if shown else None
    ranked = rank(index, text, language=language, shown=row)
    return [index.catalogue.products[row] for row in ranked.rows[:limit]], ranked


@pytest.mark.parametrize("text", ["une machine à laver", "washing machine", "xyzzyplugh", "a chainsaw"])
def test_says_that_nothing_fits_what_is_not_sold(index, text):
    assert _find(index, text)[1].fits == 0


@pytest.mark.parametrize(("text", "language"), [
    ("une robe rouge pour un mariage, moins de 80 €, en 38", "fr"), ("red dress for a wedding under 80 in 38", "en"),
])
def test_says_what_the_closest_misses(index, text, language):
    found, ranked = _find(index, text, language)
    assert ranked.fits == 0
    assert ranked.given_up
    assert found[0].slug in {"robe-a-pois-confetti", "robe-mariniere-ploumanac"}


@pytest.mark.parametrize(("text", "language"), [
    ("warm but not wool", "en"), ("quelque chose de chaud mais pas en laine", "fr"),
])
def test_finds_what_is_warm_and_not_wool(index, text, language):
    found, ranked = _find(index, text, language)
    assert ranked.fits
    assert not {"wool", "merino", "tweed"} & {each.attributes["material"] for each in found}
    assert "spring_summer" not in {each.attributes["season"] for each in found}


@pytest.mark.parametrize(("text", "language"), [
    ("something like this but cheaper", "en"), ("pareil mais moins cher", "fr"),
])
def test_finds_the_like_for_less(index, text, language):
    found, ranked = _find(index, text, language, shown="manteau-croise-grand-froid")
    assert ranked.fits
    assert {each.product_type for each in found} == {"coat"}
    assert max(v.price_minor for each in found for v in each.variants) < 28_900


def test_finds_the_like_in_another_colour(index):
    found, _ = _find(index, "the same in green", shown="robe-trapeze-sixtine")
    greens = {"green", "forest", "sage", "khaki"}
    assert all(greens & {v.options["colour"] for v in each.variants} for each in found[:3])


@pytest.mark.parametrize(("text", "language", "slug"), [
    ("mariniere", "fr", "mariniere-amarre"), ("gants compatibles téléphone", "fr", "gants-tactiles-trottoir"),
    ("heeled ankle boots", "en", "bottines-a-talon-cadence"), ("bathrobe", "en", "robe-de-chambre-petit-dejeuner"),
    ("veste en jean", "fr", "blouson-en-jean-rivet"), ("trench beige", "fr", "trench-pont-neuf"),
])  # fmt: skip
def test_a_narrow_word_finds_what_calls_itself_so(index, text, language, slug):
    found, _ = _find(index, text, language, limit=3)
    assert slug in {each.slug for each in found}


def test_finds_in_either_language_over_a_catalogue_in_one(index):
    french = tuple(
        replace(p, names={"fr": p.names["fr"]}, descriptions={"fr": p.descriptions["fr"]})
        for p in index.catalogue.products
    )
    bare = Index.build(Catalogue(french, index.catalogue.words))
    found, ranked = _find(bare, "a red scarf or a hat under 100")
    assert ranked.fits
    assert {each.product_type for each in found} <= {"scarf", "hat"}


def test_an_engine_without_words_of_its_own_is_searched_by_what_its_products_say(index):
    bare = Index.build(Catalogue(index.catalogue.products, {}))
    found, ranked = _find(bare, "cashmere scarf")
    assert ranked.fits
    assert found[0].slug == "echarpe-en-cachemire-haleine"


@pytest.mark.parametrize(("text", "language"), [("chaussures réparables", "fr"), ("low impact jeans", "en")])
def test_finds_only_what_states_what_is_asked_for(index, text, language):
    found, ranked = _find(index, text, language)
    assert ranked.fits
    topic = ranked.asked.stands_for[0]
    assert all(each.attributes.get(topic) for each in found[: ranked.fits])


def test_says_that_nothing_is_stated_where_nothing_is(index):
    ranked = _find(index, "un pull réparable", "fr")[1]
    assert (ranked.fits, ranked.given_up) == (0, ("repair",))


def test_two_stuffs_that_are_kept_away_do_not_keep_everything_away(index):
    found, ranked = _find(index, "a hat with no wool, no leather, for winter")
    assert ranked.fits
    assert not {"wool", "merino", "tweed", "leather"} & {each.attributes["material"] for each in found}


@pytest.mark.parametrize(("currency", "text", "most"), [
    ("JPY", "a coat under 25,000 yen", 25_000), ("KWD", "a coat under 25.500 KD", 25_500),
])
def test_keeps_to_a_limit_whatever_the_currency_counts_in(index, currency, text, most):
    priced = tuple(
        replace(p, variants=tuple(replace(v, currency=currency) for v in p.variants)) for p in index.catalogue.products
    )
    found, ranked = _find(Index.build(Catalogue(priced, index.catalogue.words)), text)
    assert ranked.fits
    assert all(min(v.price_minor for v in each.variants) <= most for each in found[: ranked.fits])
