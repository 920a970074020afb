"""What words take out of a basket: a number of pieces is no place, and what is to stay is not taken out."""

import pytest

from bot.service.taking_out import Removal, is_refused, read_removal


@pytest.mark.parametrize("said", ["", "take the first one out", "not the red one after all", "enlève-le", "the 38"])
def test_counts_nothing_where_no_number_of_pieces_is_said(said):
    found = read_removal(said)
    assert (found.is_all, found.but, found.pieces, found.left) == (False, "", 0, 0)


@pytest.mark.parametrize(("said", "pieces", "left", "before"), [
    ("Take two of the socks out", 2, 0, 0), ("enlevez-en un", 1, 0, 0), ("un de moins", 1, 0, 0),
    ("remove two instead of three", 2, 0, 0), ("only one, not two, in my basket", 0, 1, 2),
    ("plus que deux au lieu de trois", 0, 2, 3), ("plutôt deux que trois", 0, 2, 3),
    ("pas les deux, juste un", 0, 1, 0),
    ("plus que 25 au lieu de 30", 0, 25, 30), ("make it 120 instead of 150", 0, 120, 150), ("take 25 out", 25, 0, 0),
    ("set quantity to 1", 0, 1, 0), ("un seul tee-shirt suffit, enlève l'autre", 0, 1, 0),
])
def test_tells_the_pieces_that_go_from_those_that_stay(said, pieces, left, before):
    found = read_removal(said)
    assert (found.pieces, found.left, found.before) == (pieces, left, before)


@pytest.mark.parametrize(("said", "but"), [
    ("Remove everything but the dress", "the dress"), ("retire tout sauf la robe", "la robe"),
    ("I'll just keep the trainers", "the trainers"), ("garde que le manteau", "le manteau"),
    ("keep the first one", "the first one"), ("garde le premier", "le premier"), ("non, je garde la robe", "la robe"),
    ("I'd like to keep the 38", "the 38"), ("keep everything", "everything"), ("garde les deux", "les deux"),
    ("Only hold on to the white shirt, delete the rest", "the white shirt"),
    ("ne laissez que la chemise, ôtez les trois autres", "la chemise"),
    ("Keep the dress and remove the rest", "the dress"), ("je garde la robe, enlève le reste", "la robe"),
    ("Hold on to the first one and get rid of the other two", "the first one"), ("leave only the coat", "the coat"),
    ("remove the rest of my basket, keep the dress", "the dress"), ("enlève les autres et garde la robe", "la robe"),
    ("keep the dress, remove everything else", "the dress"), ("garde la robe, enlève tout le reste", "la robe"),
    ("keep the dress, not the others", "the dress"),
])
def test_reads_what_stays_before_everything(said, but):
    assert read_removal(said) == Removal(read_removal(said).words, but=but)


@pytest.mark.parametrize("said", ["empty my basket", "videz mon panier", "supprimez tout", "both of them"])
def test_reads_everything(said):
    assert read_removal(said, lines=2).is_all


@pytest.mark.parametrize("said", [
    "remove the all-season jacket", "I no longer want the all-weather coat", "enlève le tout-terrain",
    "remove the all weather coat",
])
def test_a_thing_for_all_seasons_is_not_all(said):
    assert not read_removal(said, lines=2).is_all


def test_an_all_in_the_name_of_a_line_is_not_all():
    assert not read_removal("remove the All Stars", lines=2, names=["All Stars trainers", "Coat"]).is_all
    assert read_removal("remove all", lines=2, names=["All Stars trainers", "Coat"]).is_all


@pytest.mark.parametrize(("said", "words"), [
    ("enlève le rouge, garde le noir", "enleve le rouge"), ("remove it from my basket", "remove it"),
    ("keep the dress, not the shoes", "not the shoes"),
    ("gardez la robe mais pas les chaussures", "mais pas les chaussures"),
    ("I don't keep the dress", "i don't keep the dress"), ("on ne garde pas la robe", "on ne garde pas la robe"),
    ("I don't want to keep the dress", "i don't want to keep the dress"),
    ("je ne veux pas garder la robe", "je ne veux pas garder la robe"),
    ("je n'ai plus envie de garder la robe", "je n'ai plus envie de garder la robe"),
    ("not the shoes, keep the dress", "not the shoes"),
    ("keep the red dress, remove the other dress", "remove the other dress"),
    ("keep two socks and remove the rest", "keep two socks"), ("enlève le sac, garde le reste", "enleve le sac"),
])
def test_keeps_no_words_of_what_stays_or_of_where_it_lies(said, words):
    assert read_removal(said).words.strip() == words


@pytest.mark.parametrize(("removal", "inside", "pieces"), [
    (Removal(), 3, 3), (Removal(pieces=2), 3, 2), (Removal(pieces=5), 3, 3), (Removal(left=2), 3, 1),
    (Removal(left=3), 3, 0), (Removal(left=25, before=30), 30, 5),
])
def test_takes_no_more_than_there_is(removal, inside, pieces):
    assert removal.pieces_of(inside) == pieces


@pytest.mark.parametrize(("said", "is_no"), [
    ("n'enlève pas la robe, garde-la", True), ("don't remove the coat, keep it", True), ("ne les retirez pas", True),
    ("do not take the socks out", True), ("n'enlève pas la robe, enlève le jean", False), ("enlève la robe", False),
    ("remove the coat, not the dress", False), ("I don't want the coat, take it out", False),
])
def test_hears_that_nothing_is_to_be_taken_out(said, is_no):
    assert is_refused(said) is is_no
