"""The entrance to finding: an index that stays while the catalogue does, and meaning where there are vectors."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from bot.finding import finder as module
from bot.finding.finder import Finder
from bot.finding.vectors import VectorFile
from bot.recommend.catalogue import Catalogue

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def test_says_nothing_fits_in_an_empty_shop():
    found = Finder(lambda _: Catalogue(())).find("a coat", language="en", now=NOW)
    assert found.products == ()
    assert found.fits == 0


def test_builds_its_index_once_for_one_catalogue(catalogue, monkeypatch):
    built = []
    build = module.Index.build
    monkeypatch.setattr(module.Index, "build", lambda each: built.append(each) or build(each))
    snapshots = [catalogue, Catalogue(tuple(catalogue.products), catalogue.words), Catalogue(catalogue.products[1:])]
    finder = Finder(lambda _: snapshots[min(len(calls), 2)])
    calls: list[int] = []
    for _ in range(3):
        finder.find("a coat", language="en", now=NOW)
        calls.append(1)
    assert len(built) == 2  # the second snapshot says what the first does


def test_a_new_price_is_known_without_reading_the_words_again(catalogue, monkeypatch):
    shops = [catalogue]
    finder = Finder(lambda _: shops[0])
    cheapest = finder.find("coat under 100 euros", language="en", now=NOW)
    assert cheapest.fits == 0
    first = cheapest.products[0]
    cut = replace(first, variants=tuple(replace(v, price_minor=9_000) for v in first.variants))
    shops[0] = Catalogue(tuple(cut if p.ref == first.ref else p for p in catalogue.products), catalogue.words)
    monkeypatch.setattr(module.Index, "build", None)
    found = finder.find("coat under 100 euros", language="en", now=NOW)
    assert [product.ref for product in found.fitting] == [first.ref]


def test_a_product_that_is_gone_is_found_no_more(catalogue):
    shops = [catalogue]
    finder = Finder(lambda _: shops[0])
    first = finder.find("yellow raincoat", language="en", now=NOW).products[0]
    shops[0] = Catalogue(tuple(p for p in catalogue.products if p.ref != first.ref), catalogue.words)
    assert first.ref not in {p.ref for p in finder.find("yellow raincoat", language="en", now=NOW).products}


def test_what_is_shown_is_not_found_again(catalogue):
    shown = catalogue.products[0]
    found = Finder(lambda _: catalogue).find("something like this", language="en", shown=shown.ref, limit=400, now=NOW)
    assert shown.ref not in {p.ref for p in found.products}


@pytest.mark.slow
def test_finds_by_meaning_in_a_language_that_the_shop_does_not_write(tmp_path, catalogue):
    english = tuple(
        replace(p, names={"en": p.names["en"]}, descriptions={"en": p.descriptions["en"]})
        for p in catalogue.products if p.product_type in ("skirt", "sweater", "hat")
    )
    shop = Catalogue(english, catalogue.words)
    file = VectorFile(tmp_path / "v.npz")
    finder = Finder(lambda _: shop, file)
    while finder.renew(NOW):
        pass
    vectors = file.matrix(shop)
    assert vectors is not None
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-2)
    found = finder.find("pull de grand-mère avec des sapins pour Noël", language="fr", limit=3, now=NOW)
    assert "pull-jacquard-luge" in {product.slug for product in found.products}


@pytest.mark.parametrize(("language", "text"), [
    ("fr", "un pull sans col roulé"), ("en", "a sweater, not a turtleneck"),
])
def test_a_kind_that_is_refused_is_left_out_of_what_fits(catalogue, language, text):
    found = Finder(lambda _: catalogue).find(text, language=language, limit=400, now=NOW)
    assert {each.product_type for each in found.fitting} == {"sweater"}
    assert not [each.slug for each in found.fitting if "roule" in each.slug]
