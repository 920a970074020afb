"""What is said of a proposed basket, in both languages."""

import pytest

from bot.service.proposal import Change, Item, Line, apply_simple, merge_lines, name_whole, read_changes

WORDS = {
    "product_type": {
        "t-shirt": ["t-shirt", "t-shirt", "tee-shirt", "tee"], "socks": ["socks", "chaussettes", "chaussette"],
        "soap": ["soap", "savon"], "shampoo": ["shampoo", "shampoing"], "belt": ["belt", "ceinture"],
    },
    "colour": {"white": ["white", "blanc"], "navy": ["navy", "bleu marine"], "blue": ["blue", "bleu"],
               "black": ["black", "noir", "noires"]},
    "size": {"S": ["S"], "M": ["M"], "38": ["38"]},
}
ITEMS = (
    Item(("Lundi crew-neck T-shirt", "Tee-shirt col rond Lundi"), "t-shirt", "white"),
    Item(("Fil socks", "Chaussettes Fil"), "socks", "black"),
    Item(("Olive soap", "Savon Olive"), "soap"),
)
LINES = tuple(Line(f"p{n}", f"v{n}", 2) for n in range(3))


def told(text: str, items=ITEMS) -> list[tuple]:
    return [(each.kind, each.places, each.quantity) for each in read_changes(text, {}, items, WORDS)]


@pytest.mark.parametrize("text", [
    "oui", "yes please", "non", "no", "où est ma commande", "what is the weather like", "/affirm", "pourquoi pas",
    "ok merci", "non merci", "no thanks", "pas de problème", "no problem",
])
def test_changes_nothing_where_nothing_is_said_of_it(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(("text", "items"), [
    ("oui les trois", ITEMS), ("je prends les trois", ITEMS), ("yes all three", ITEMS), ("all 3 please", ITEMS),
    ("I'll take all three", ITEMS), ("oui les deux", ITEMS[:2]), ("je prends les deux, merci", ITEMS[:2]),
    ("yes both", ITEMS[:2]),
])
def test_so_many_as_there_are_is_everything_and_no_number_of_pieces(text: str, items: tuple[Item, ...]) -> None:
    assert not [each for each in told(text, items) if each[0] in ("count", "more")]


@pytest.mark.parametrize("text", ["ajoute les deux au panier", "les deux stp", "add both to my basket"])
def test_everything_into_the_basket_is_no_number_of_pieces(text: str) -> None:
    assert told(text, ITEMS[:2]) == []


@pytest.mark.parametrize("text", ["oui les deux", "ajoute les deux", "yes both", "take both of them", "les quatre"])
def test_so_many_as_there_are_not_is_asked_about(text: str) -> None:
    assert [kind for kind, *_ in told(text)] == ["unknown"]


def test_names_the_whole_only_where_nothing_follows() -> None:
    assert name_whole("ajoute les deux", 2) == name_whole("ajoute both", 2) == "ajoute all"
    for said in ("les deux premiers", "les trois", "sans les deux", "les deux en bleu"):
        assert name_whole(said, 2) == said


@pytest.mark.parametrize(("text", "places"), [
    ("sans le savon", (2,)), ("without the soap", (2,)), ("oui mais sans les chaussettes", (1,)),
    ("leave out the second one", (1,)), ("enlève le deuxième", (1,)), ("pas de chaussettes", (1,)),
    ("yes, but leave the soap out", (2,)), ("take off the last one", (2,)), ("sans le blanc", (0,)),
    ("je ne veux pas le savon", (2,)), ("remove the Lundi", (0,)), ("no socks", (1,)),
])
def test_leaves_out_what_is_named(text: str, places: tuple[int, ...]) -> None:
    assert told(text) == [("drop", places, 1)]


def test_leaves_out_everything_behind_one_verb() -> None:
    assert told("sans le savon et les chaussettes") == [("drop", (2,), 1), ("drop", (1,), 1)]


@pytest.mark.parametrize("text", [
    "tout sauf le savon", "take everything except the soap", "add everything but the soap", "prends tout sans le savon",
    "all of it but the soap", "ajoute-les sauf le savon", "yes to the whole lot apart from the soap",
    "only the T-shirt and the socks", "le tee-shirt et les chaussettes seulement", "tout hormis le troisième",
    "just remove the soap",
])
def test_all_but_what_is_named_stays(text: str) -> None:
    assert told(text) == [("drop", (2,), 1)]


@pytest.mark.parametrize("text", [
    "oui, juste le savon", "yes, only the soap", "seulement le savon", "uniquement le troisième", "the soap only",
    "je ne veux que le savon", "nothing but the soap", "rien que le savon", "laisse que le savon", "only a soap",
    "the soap and nothing else", "juste le savon, c'est tout", "add just the soap",
])
def test_only_what_is_named_stays(text: str) -> None:
    assert told(text) == [("drop", (0, 1), 1)]


def test_what_stays_alone_may_take_another_size() -> None:
    assert told("only the T-shirt in M") == [("size", (0,), 1), ("drop", (1, 2), 1)]


@pytest.mark.parametrize("text", ["only the scooter", "oui, juste la trottinette", "tout sauf la trottinette"])
def test_a_part_that_is_not_in_it_is_unknown(text: str) -> None:
    assert [each[0] for each in told(text)] == ["unknown"]


@pytest.mark.parametrize("text", [
    "juste une question", "je voulais juste savoir quand ça arrive", "not only the soap, everything", "just add it",
    "ajoute tout sans exception", "oui, tous", "take it all",
])
def test_hears_no_part_where_none_is_named(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(("text", "places", "quantity"), [
    ("deux savons", (2,), 2), ("3 socks", (1,), 3), ("mets deux tee-shirts", (0,), 2), ("two of each", (0, 1, 2), 2),
    ("un de chaque", (0, 1, 2), 1), ("only one soap", (2,), 1), ("three of the second one", (1,), 3),
])
def test_counts_anew(text: str, places: tuple[int, ...], quantity: int) -> None:
    assert told(text) == [("count", places, quantity)]


@pytest.mark.parametrize("text", ["add one more soap", "un savon de plus", "encore un savon", "another soap"])
def test_counts_one_more(text: str) -> None:
    assert told(text) == [("more", (2,), 1)]
    assert apply_simple(LINES, read_changes(text, {}, ITEMS, WORDS))[2].quantity == 3


@pytest.mark.parametrize("text", ["remplace le savon par une ceinture", "replace the soap with a belt"])
def test_puts_one_thing_in_the_place_of_another(text: str) -> None:
    drop, add = read_changes(text, {}, ITEMS, WORDS)
    assert (drop.kind, drop.places, add.kind, add.wish.types) == ("drop", (2,), "add", ("belt",))


def test_counts_the_only_one_by_a_number_alone() -> None:
    assert told("deux", ITEMS[:1]) == [("count", (0,), 2)]
    assert told("mets-en deux", ITEMS[:1]) == [("count", (0,), 2)]
    assert told("deux") == []


@pytest.mark.parametrize(("text", "places"), [
    ("les chaussettes en bleu marine", (1,)), ("the T-shirt in navy instead", (0,)), ("the first one in navy", (0,)),
])
def test_takes_another_colour_of_what_is_named(text: str, places: tuple[int, ...]) -> None:
    (change,) = read_changes(text, {}, ITEMS, WORDS)
    assert (change.kind, change.places, change.wish.colours[0]) == ("colour", places, "navy")


def test_takes_another_colour_of_the_only_one() -> None:
    (change,) = read_changes("the same in blue", {}, ITEMS[:1], WORDS)
    assert (change.kind, change.places, change.wish.colours[0]) == ("colour", (0,), "blue")


def test_does_not_guess_whose_colour_is_meant() -> None:
    assert [each.kind for each in read_changes("the same in blue", {}, ITEMS, WORDS)] == ["unknown"]


def test_takes_another_size_of_what_is_named() -> None:
    (change,) = read_changes("le tee-shirt en M", {}, ITEMS, WORDS)
    assert (change.kind, change.places, change.wish.sizes) == ("size", (0,), ("M",))


@pytest.mark.parametrize(("text", "quantity"), [
    ("add a belt", 1), ("ajoute une ceinture", 1), ("add two belts", 2), ("et une ceinture noire", 1),
    ("avec une ceinture", 1),
])
def test_adds_what_is_not_there_yet(text: str, quantity: int) -> None:
    (change,) = read_changes(text, {}, ITEMS, WORDS)
    assert (change.kind, change.quantity, change.wish.types) == ("add", quantity, ("belt",))


def test_says_that_it_does_not_know_what_is_to_go() -> None:
    assert told("sans la trottinette") == [("unknown", (), 1)]


def test_several_changes_of_one_message_all_count() -> None:
    changes = read_changes("deux savons, sans les chaussettes et ajoute une ceinture", {}, ITEMS, WORDS)
    assert [each.kind for each in changes] == ["count", "drop", "add"]
    assert apply_simple(LINES, changes) == (LINES[0], Line("p2", "v2", 2))


def test_no_piece_of_it_leaves_the_line_out() -> None:
    assert apply_simple(LINES, [Change("count", (0,), 0)]) == LINES[1:]


def test_one_variant_is_one_line() -> None:
    assert merge_lines([Line("p", "v", 2), Line("q", "w"), Line("p", "v", 1)]) == (Line("p", "v", 3), Line("q", "w"))


def test_hears_a_price_in_the_shops_own_currency() -> None:
    (change,) = read_changes("add a belt under 5000 yen", {}, ITEMS, WORDS, minor_per_unit=1)
    assert (change.kind, change.wish.price_max_minor) == ("add", 5_000)


@pytest.mark.parametrize(("text", "most"), [("add a belt under 12.50", 1_250), ("ajoute une ceinture, à 9 €", 0)])
def test_a_price_is_no_number_of_pieces(text: str, most: int) -> None:
    change = read_changes(text, {}, ITEMS, WORDS)[0]
    assert (change.kind, change.quantity, change.wish.price_max_minor) == ("add", 1, most)
