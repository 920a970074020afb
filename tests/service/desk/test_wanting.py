"""What is wanted instead of a line, in the words people use, and what comes up to it."""

import pytest

from bot.commerce.types import OrderLine, ProductRef, Variant, VariantRef
from bot.service.desk.naming import find_described, find_mentions, plain
from bot.service.desk.segments import cut_descriptions, means_every_order
from bot.service.desk.wanting import find_variants, merge_wishes, read_wish

P = ProductRef("p")


def variant(ref: str, price: int, **options: str) -> Variant:
    return Variant(VariantRef(ref), P, ref, "", options, price, "EUR")


def line(number: str, title: str, **options: str) -> OrderLine:
    return OrderLine(
        id=number, variant_ref=VariantRef(number), product_ref=P, sku=number, title=title, options=options,
        unit_price_minor=5000, ordered=1,
    )


SHELF = line("own", "Bookshelf", material="glass", color="black", height="4 ft")
SHELVES = [
    variant("own", 5000, material="glass", color="black", height="4 ft"),
    variant("b5", 5500, material="glass", color="black", height="5 ft"),
    variant("b6", 6000, material="glass", color="white", height="6 ft"),
    variant("w5", 4000, material="wood", color="brown", height="5 ft"),
    variant("m3", 3000, material="metal", color="white", height="3 ft"),
]
ALL = frozenset(str(each.ref) for each in SHELVES)


def choose(said: str, sellable: frozenset[str] = ALL) -> list[str]:
    return [str(each.ref) for each in find_variants(SHELF, read_wish(plain(said), SHELF, SHELVES), SHELVES, sellable)]


@pytest.mark.parametrize(("said", "expected"), [
    ("a taller one", ["b5"]),
    ("the tallest one", ["b6"]),
    ("a smaller one", ["m3"]),
    ("the cheapest one you have", ["m3"]),
    ("a 5 ft one, whichever is cheapest", ["w5"]),
    ("the wooden one", ["w5"]),
    ("a 6 ft glass one", ["b6"]),
    ("in white but not metal", ["b6"]),
    ("any other colour, 5 ft", ["w5"]),
    ("brown or white, 5 ft", ["w5"]),
    ("the same one again", ["own"]),
])
def test_finds_what_people_mean(said: str, expected: list[str]) -> None:
    assert choose(said) == expected


@pytest.mark.parametrize(("before", "now", "expected"), [
    ("a white one", "6 ft", ["b6"]),
    ("a 5 ft one", "in glass", ["b5"]),
    ("a white one", "brown instead", ["w5"]),
])
def test_keeps_what_was_said_before(before: str, now: str, expected: list[str]) -> None:
    wish = merge_wishes(*(read_wish(plain(said), SHELF, SHELVES) for said in (before, now)))
    assert [str(each.ref) for each in find_variants(SHELF, wish, SHELVES, ALL)] == expected


def test_takes_the_second_choice_only_where_the_first_cannot_be_had() -> None:
    said = "the 6 ft white one. If it is not available, then the brown one"
    assert choose(said) == ["b6"]
    assert choose(said, ALL - {"b6"}) == ["w5"]


def test_finds_nothing_where_nothing_fits() -> None:
    assert choose("a 6 ft metal one") == []


LINES = [
    line("1", "Desk Lamp", color="black"), line("2", "T-Shirt", color="red"), line("3", "Vacuum Cleaner", color="blue"),
]


@pytest.mark.parametrize(("text", "expected"), [
    ("the vacuum", ["3"]),
    ("my tshirts", ["2"]),
    ("the tee", ["2"]),
    ("the vacum cleener", ["3"]),
    ("two things first", []),
])
def test_knows_things_by_what_people_call_them(text: str, expected: list[str]) -> None:
    assert [line_id for each in find_mentions(text, LINES, {}) for line_id in each.line_ids] == expected


def test_knows_a_thing_by_its_looks() -> None:
    assert find_described(plain("the red one"), LINES) == ("2",)
    assert find_described(plain("the green one"), LINES) == ()


def test_reads_every_order_only_where_it_is_said() -> None:
    assert means_every_order("cancel all my pending orders") and not means_every_order("cancel all of it")


def test_takes_what_only_tells_the_order_for_no_thing_of_its_own() -> None:
    class Order:
        def __init__(self, *lines: OrderLine) -> None:
            self.lines = lines

    one, other = Order(LINES[0], LINES[1]), Order(LINES[2])
    said, meant = cut_descriptions(plain("return the shirt from the order with the lamp"), [one, other], {})
    assert meant == [one] and "lamp" not in said and "shirt" in said


HELMETS = [
    variant(ref, 20000, size=size, color=color, ventilation=air)
    for ref, size, color, air in (
        ("lbl", "L", "black", "low"), ("sbm", "S", "black", "medium"), ("mwl", "M", "white", "low"),
        ("swm", "S", "white", "medium"), ("lbm", "L", "black", "medium"),
    )
]
HELMET = line("lbl", "Cycling Helmet", size="L", color="black", ventilation="low")
BOOTS = [
    variant(ref, 20000, size=size, material=material, waterproof=dry)
    for ref, size, material, dry in (
        ("12l", "12", "leather", "yes"), ("7sn", "7", "synthetic", "no"), ("7sy", "7", "synthetic", "yes"),
    )
]
BOOT = line("12l", "Hiking Boots", size="12", material="leather", waterproof="yes")


@pytest.mark.parametrize(("said", "own", "shelf", "expected"), [
    ("S, medium. the black one", HELMET, HELMETS, ["sbm"]),
    ("S, black, medium", HELMET, HELMETS, ["sbm"]),
    ("medium", HELMET, HELMETS, ["mwl"]),
    ("L with medium ventilation", HELMET, HELMETS, ["lbm"]),
    ("white, size S, in place of the black low one", HELMET, HELMETS, ["swm"]),
    ("I'd want size 7, synthetic, and they don't need to be waterproof", BOOT, BOOTS, ["7sn"]),
    ("size 7 in synthetic, waterproof", BOOT, BOOTS, ["7sy"]),
])
def test_takes_a_word_for_the_option_that_nothing_else_was_said_of(said, own, shelf, expected) -> None:
    sellable = frozenset(str(each.ref) for each in shelf)
    found = find_variants(own, read_wish(plain(said), own, shelf), shelf, sellable)
    assert [str(each.ref) for each in found] == expected
