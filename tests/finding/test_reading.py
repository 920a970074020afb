"""What a sentence asks for, in both languages."""

import pytest

from bot.finding.index import Index
from bot.finding.reading import read_asked


def _read(index: Index, text: str, language: str = "en", *, is_following: bool = False):
    return read_asked(text, index.lexicon, language=language, sizes=index.sizes, is_following=is_following)


@pytest.mark.parametrize("text", ["", "bonjour", "I am looking for something", "je cherche quelque chose"])
def test_hears_no_demand_where_none_is_made(index, text):
    asked = _read(index, text)
    assert asked.demands == ()
    assert not asked.says_anything


@pytest.mark.parametrize(("text", "language"), [
    ("une robe rouge pour un mariage, moins de 80 €, en 38", "fr"),
    ("a red dress for a wedding, under 80 euros, size 38", "en"),
])
def test_hears_every_part_of_a_sentence(index, text, language):
    asked = _read(index, text, language)
    assert {kind: asked.of(kind) for kind in ("product_type", "colour", "size", "occasion")} == {
        "product_type": ("dress",), "colour": ("red",), "size": ("38",), "occasion": ("wedding",),
    }  # fmt: skip
    assert asked.price_max_minor == 8_000


@pytest.mark.parametrize(("text", "kind", "value"), [
    ("warm but not wool", "material", "wool"),
    ("un pull sans laine", "material", "wool"),
    ("chaussures ni cuir ni daim", "material", "suede"),
    ("beanie, anything but red", "colour", "red"),
    ("un bonnet, tout sauf rouge", "colour", "red"),
    ("robe d'été mais pas à fleurs", "pattern", "floral"),
    ("I don't like wool", "material", "wool"), ("I dont really want anything in wool", "material", "wool"),
    ("don't show me any dresses", "product_type", "dress"), ("I can't wear silk", "material", "silk"),
    ("I dislike red", "colour", "red"), ("je ne veux plus de laine", "material", "wool"),
])
def test_a_no_keeps_away_what_it_names(index, text, kind, value):
    asked = _read(index, text)
    assert value in asked.avoided(kind)
    assert value not in asked.of(kind)


@pytest.mark.parametrize("text", [
    "don't you have a wool coat?", "I don't have a wool coat yet", "je n'ai plus de laine",
])
def test_a_question_is_no_no(index, text):
    assert "wool" in _read(index, text).of("material")


def test_a_no_ends_with_its_thought(index):
    asked = _read(index, "not red, but a blue coat")
    assert asked.avoided("colour") == ("red",)
    assert "blue" in asked.of("colour")


@pytest.mark.parametrize(("text", "low", "high"), [
    ("manteau entre 200 et 250 €", 20_000, 25_000), ("coat between 200 and 250 euros", 20_000, 25_000),
    ("pas plus de 49,90 €", 0, 4_990), ("under a hundred", 0, 10_000), ("pull homme moins de cent euros", 0, 10_000),
    ("moins de 1 200 €", 0, 120_000), ("moins de 1\u202f200,50 €", 0, 120_050), ("under 1,200 euros", 0, 120_000),
    ("between 1,200 and 1,500 euros", 120_000, 150_000), ("manteau sous 1.200 €", 0, 120_000),
    ("une robe à 80 euros", 0, 8_000), ("a dress for €80", 0, 8_000), ("robe à partir de 80 €", 8_000, 0),
    ("a coat over 300", 30_000, 0), ("black dress max 120 euros", 0, 12_000), ("jean en 38", 0, 0),
])  # fmt: skip
def test_hears_prices(index, text, low, high):
    asked = _read(index, text)
    assert (asked.price_min_minor, asked.price_max_minor) == (low, high)


@pytest.mark.parametrize(("text", "low", "high"), [
    ("un manteau livré sous 3 jours", 0, 0), ("sizes from 38 to 40", 0, 0),
    ("robe en 38 à 80 euros", 0, 8_000), ("baskets 60 à 90 euros", 6_000, 9_000),
    ("trainers between 60-90€", 6_000, 9_000),
    ("a skirt, €60-€90", 6_000, 9_000),
    ("between fifty and eighty euros, a skirt", 5_000, 8_000),
    ("une jupe entre cinquante et quatre-vingts euros", 5_000, 8_000),
    ("max fifty bucks", 0, 5_000), ("entre 100 et 150 balles un blouson", 10_000, 15_000),
    ("une ceinture autour de 30€", 1_800, 3_600), ("about 100 euros coat", 6_000, 12_000),
    ("robe noire 80€", 0, 8_000), ("jupe moins de 70e", 0, 7_000),
    ("jumper from 50 euros", 5_000, 0), ("moins de deux cents euros", 0, 20_000), ("40 euros ou moins", 0, 4_000),
])  # fmt: skip
def test_hears_prices_as_people_say_them(index, text, low, high):
    asked = _read(index, text)
    assert (asked.price_min_minor, asked.price_max_minor) == (low, high)


@pytest.mark.parametrize(("text", "currency", "low", "high"), [
    ("a coat under 5000 yen", "JPY", 0, 5_000), ("a coat under ¥5,000", "JPY", 0, 5_000),
    ("moins de 12 000 yens", "JPY", 0, 12_000),
    ("between 10,000 and 20,000 yen", "JPY", 10_000, 20_000), ("under 1,500,000 won", "KRW", 0, 1_500_000),
    ("a dress under 12.500 KD", "KWD", 0, 12_500), ("a dress under 12.5 dinars", "KWD", 0, 12_500),
    ("under KWD 1,200", "KWD", 0, 1_200_000), ("under 49.90 yen", "JPY", 0, 49), ("under 80 CHF", "CHF", 0, 8_000),
])  # fmt: skip
def test_hears_prices_in_the_shops_own_currency(index, text, currency, low, high):
    asked = read_asked(text, index.lexicon, currency=currency)
    assert (asked.price_min_minor, asked.price_max_minor) == (low, high)
    assert not asked.is_other_currency
    assert not {"yen", "won", "kd", "kwd", "dinar", "chf"} & {*asked.rest}


@pytest.mark.parametrize(("text", "is_other"), [
    ("a coat under 100 dollars", True), ("a coat under £100", True), ("moins de 5000 yens", True),
    ("a coat under 100", False), ("a coat under 100 €", False), ("moins de 100 balles", False), ("dollars", False),
])  # fmt: skip
def test_knows_a_limit_in_a_currency_that_is_not_the_shops(index, text, is_other):
    assert _read(index, text).is_other_currency is is_other


@pytest.mark.parametrize(("text", "size"), [
    ("dress in extra large", "XL"), ("une robe en taille moyenne", "M"), ("a jumper in medium", "M"),
    ("sweat gris chiné homme L", "L"), ("baskets blanches femme 39 pas cher", "39"),
    ("linen trousers mens 44 navy", "44"),
    ("a large brown leather bag", ""), ("un petit sac noir", ""), ("for my 45 year old wife", ""), ("men's", ""),
    ("robe 45 euros", ""), ("un pull à 40€", ""),
])  # fmt: skip
def test_hears_sizes_in_words_and_without_a_word_for_them(index, text, size):
    assert _read(index, text).of("size") == ((size,) if size else ())


@pytest.mark.parametrize(("text", "types", "kind", "values"), [
    ("no wool sweater", ("sweater",), "material", {"wool", "merino", "tweed"}),
    ("wool-free jumper", ("sweater",), "material", {"wool", "merino", "tweed"}),
    ("pas de polyester, une robe", ("dress",), "material", {"recycled_polyester"}),
    ("ni noir ni gris, un pull", ("sweater",), "colour", {"black", "grey", "charcoal"}),
    ("a charcoal jumper, no other grey", ("sweater",), "colour", {"grey"}),
])  # fmt: skip
def test_a_no_means_what_stands_beside_it(index, text, types, kind, values):
    asked = _read(index, text)
    assert asked.of("product_type") == types
    assert {*asked.avoided(kind)} == values


def test_a_no_does_not_reach_what_it_is_for(index):
    asked = _read(index, "anything but jeans for the weekend")
    assert asked.avoided("product_type") == ("jeans",)
    assert asked.of("occasion") == ("weekend",)


@pytest.mark.parametrize(("text", "colours"), [
    ("robe lie de vin", ("burgundy",)), ("dark red jumper", ("burgundy",)), ("haut bleu pétrole", ("teal",)),
    ("mustard yellow hat", ("mustard",)), ("manteau couleur chameau", ("camel",)), ("off white trousers", ("ecru",)),
])  # fmt: skip
def test_knows_colours_by_other_names(index, text, colours):
    assert _read(index, text).of("colour") == colours


@pytest.mark.parametrize(("text", "language", "types"), [
    ("robe pull", "fr", {"dress"}), ("sweater dress", "en", {"dress"}),
    ("une étole pour mettre sur ma robe", "fr", {"scarf"}), ("chaussettes invisibles pour baskets", "fr", {"socks"}),
    ("a jumper or a cardigan", "en", {"sweater", "cardigan"}), ("skirts and dresses", "en", {"skirt", "dress"}),
])  # fmt: skip
def test_looks_for_the_head_of_the_sentence(index, text, language, types):
    assert set(_read(index, text, language).of("product_type")) == types


@pytest.mark.parametrize("text", [
    "montre-moi une robe", "montrez-moi des robes", "tu me montres une robe ?", "pouvez-vous me montrer une robe",
])
def test_to_show_something_is_no_watch(index, text):
    asked = _read(index, index.spelling.correct(text), "fr")
    assert asked.of("product_type") == ("dress",)
    assert all(each.values for each in asked.demands)


def test_a_please_is_no_pattern(index):
    asked = _read(index, index.spelling.correct("une robe s'il vous plaît"), "fr")
    assert asked.of("pattern") == ()
    assert asked.rest == ()


def test_knows_what_the_shop_does_not_sell(index):
    demand = _read(index, "une machine à laver", "fr").demands[0]
    assert (demand.kind, demand.values) == ("product_type", ())


@pytest.mark.parametrize(("text", "what"), [
    ("something like this but cheaper", "is_cheap"), ("la même chose en moins cher", "is_cheap"),
    ("warmer than this one", "is_warm"), ("pareil mais plus chaud", "is_warm"),
])  # fmt: skip
def test_follows_what_is_on_the_screen(index, text, what):
    assert _read(index, text, is_following=True).is_like
    assert getattr(_read(index, text, is_following=True), what)
    assert not _read(index, text).is_like


@pytest.mark.parametrize(("text", "genders"), [
    ("a present for my boyfriend", ("men",)), ("un cadeau pour ma tante", ("women",)), ("boyfriend jeans", ()),
])  # fmt: skip
def test_a_relative_says_who_it_is_for_and_a_cut_does_not(index, text, genders):
    assert _read(index, text).of("gender") == genders


def test_an_age_says_who_it_is_for(index):
    demands = _read(index, "jumper for a 6 year old").demands
    assert any(each.kind == "gender" and not each.values for each in demands)


def test_hears_where_it_is_to_be_made(index):
    assert _read(index, "chaussures fabriquées en France", "fr").of("origin") == ("FR",)
    assert _read(index, "shoes made in Italy").of("origin") == ("IT",)


@pytest.mark.parametrize(("text", "language"), [
    ("shoes not made in Italy", "en"), ("shoes that aren't made in Italy", "en"), ("nothing made in Italy", "en"),
    ("chaussures pas fabriquées en Italie", "fr"), ("rien de fabriqué en Italie", "fr"),
    ("chaussures qui n'ont pas été fabriquées en Italie", "fr"),
])  # fmt: skip
def test_hears_where_it_must_not_be_made(index, text, language):
    asked = _read(index, text, language)
    assert (asked.of("origin"), asked.avoided("origin")) == ((), ("IT",))


@pytest.mark.parametrize("text", ["chaussures pas chères fabriquées en Italie", "shoes without a heel, made in Italy"])
def test_a_no_to_something_else_is_none_to_where_it_is_made(index, text):
    assert _read(index, text, "fr").of("origin") == ("IT",)


@pytest.mark.parametrize(("text", "language", "codes"), [
    ("un pull fabriqué en Europe", "fr", {"ES", "FR", "IT", "PT"}),
    ("jumper made in the EU", "en", {"ES", "FR", "IT", "PT"}),
    ("French-made jumper", "en", {"FR"}), ("un sac de fabrication italienne", "fr", {"IT"}),
    ("jeans made in Italy or Tunisia", "en", {"IT", "TN"}), ("chaussettes d'origine portugaise", "fr", {"PT"}),
    ("made in france pour homme", "fr", {"FR"}), ("un pull made in China", "fr", set()),
])  # fmt: skip
def test_hears_wider_places_and_other_words_for_them(index, text, language, codes):
    demand = next(each for each in _read(index, text, language).demands if each.kind == "origin")
    assert ({*demand.values}, demand.is_avoided) == (codes, False)


@pytest.mark.parametrize(("text", "language", "kind"), [
    ("un pull réparable", "fr", "repair"), ("boots that can be resoled", "en", "repair"),
    ("low impact jeans", "en", "impact"), ("un jean éco-responsable", "fr", "impact"),
    ("un manteau recyclable", "fr", "recycling"),
])  # fmt: skip
def test_hears_what_a_product_is_to_stand_for(index, text, language, kind):
    asked = _read(index, text, language)
    assert asked.of(kind) == ("stated",)
    assert asked.stands_for == (kind,)


def test_recycled_is_what_it_is_made_of_and_recyclable_what_becomes_of_it(index):
    assert _read(index, "a recycled bag").of("material") == ("recycled_polyester", "recycled_nylon")
    assert _read(index, "a recyclable bag").of("material") == ()


@pytest.mark.parametrize("text", ["je ne suis plus végane", "I am no longer vegan", "I'm not vegan"])
def test_who_is_not_vegan_keeps_nothing_away(index, text):
    assert _read(index, text).avoided("material") == ()


def test_vegan_keeps_away_what_is_of_animals(index):
    asked = _read(index, "vegan boots")
    assert {"leather", "suede", "wool", "silk"} <= {*asked.avoided("material")}
    assert asked.stands_for == ("material",)


@pytest.mark.parametrize(("typed", "meant"), [
    ("baskets blaches", "baskets blanche"), ("echarpe a careaux", "echarpe a carreaux"),
    ("garden party", "garden party"),
])  # fmt: skip
def test_puts_slips_right_and_leaves_words_alone_that_it_does_not_know(index, typed, meant):
    assert index.spelling.correct(typed) == meant


@pytest.mark.parametrize(("text", "language", "phrase"), [
    ("un pull sans col roulé", "fr", ("col", "roul")), ("a sweater, not a turtleneck", "en", ("turtleneck",)),
    ("une robe, pas une robe de soirée", "fr", ("robe", "de", "soir")),
])
def test_a_kind_of_what_is_wanted_is_refused_by_its_name(index, text, language, phrase):
    asked = _read(index, text, language)
    assert asked.avoided("product_type") == ()
    assert asked.of("product_type")
    assert [each.phrase for each in asked.demands if each.kind == "text" and each.is_avoided] == [phrase]


def test_another_type_is_refused_as_before(index):
    asked = _read(index, "une robe, pas un jean", "fr")
    assert (asked.of("product_type"), asked.avoided("product_type")) == (("dress",), ("jeans",))


@pytest.mark.parametrize(("text", "kind", "left"), [
    ("pas forcément en laine, un pull", "material", ("sweater",)),
    ("not necessarily black, a bag", "colour", ("handbag",)),
    ("a bag, it doesn't have to be leather", "material", ("handbag",)),
    ("un pull pas obligatoirement rouge", "colour", ("sweater",)),
    ("un manteau qui n'est pas nécessairement noir ou marron", "colour", ("coat",)),
])
def test_what_is_left_free_is_neither_wanted_nor_refused(index, text, kind, left):
    asked = _read(index, text, "fr")
    assert (asked.of(kind), asked.avoided(kind), asked.of("product_type")) == ((), (), left)


def test_what_is_left_free_ends_with_its_thought(index):
    asked = _read(index, "un pull pas obligatoirement bleu marine pour l'hiver, en laine", "fr")
    assert asked.of("colour") == ()
    assert asked.of("season")
    assert "wool" in asked.of("material")


@pytest.mark.parametrize(("text", "sizes"), [
    ("jean taille 38 ou 40", ("38", "40")), ("shoes in 38 or 39", ("38", "39")), ("un jean 38/40", ("38", "40")),
    ("robe en 38, 40 ou 42", ("38", "40", "42")), ("a shirt in S or M", ("S", "M")),
    ("robe en 38 et 50 euros", ("38",)), ("robe en 38 ou 40 à 80 €", ("38", "40")), ("un sweat en 2XL", ("XXL",)),
    ("a coat in size 2 XL", ("XXL",)), ("a 3XL hoodie", ("XXXL",)), ("une robe livrée en 48 h", ()),
    ("a dress delivered in 24 hours", ()), ("un jean en 30 jours", ()), ("en 48 heures, une robe", ()),
    ("une robe livrée en 24-48 h", ()), ("a dress in 38 or 40 days", ()), ("un jean livré en 38/40h", ()),
])
def test_either_of_several_sizes_does(index, text, sizes):
    assert _read(index, text).of("size") == sizes
