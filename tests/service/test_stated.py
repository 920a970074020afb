"""What a product stands for: stated, or left unsaid."""

from dataclasses import replace

import pytest

from bot.commerce.types import Product, ProductRef
from bot.service.stated import tell_stated, topics_asked

WORDS = {"care": {"wool_cycle": ["wool cycle", "programme laine"]}, "material": {"wool": ["wool", "laine"]}}
BOOTS = Product(
    ref=ProductRef("boots"), slug="boots", names={"en": "Boots"}, descriptions={}, product_type="boots",
    attributes={
        "material": "wool", "care": "wool_cycle", "origin": "PT",
        "repair": {"fr": "ressemelables", "en": "can be resoled"},
    },
)  # fmt: skip


@pytest.mark.parametrize("topic", ["impact", "recycling"])
@pytest.mark.parametrize(("language", "said"), [("en", "I will not guess"), ("fr", "je ne veux pas l’inventer")])
def test_invents_nothing(topic, language, said):
    (told,) = tell_stated(BOOTS, [topic], WORDS, language)
    assert said in told


@pytest.mark.parametrize(("text", "topics"), [
    ("tell me more about it", ()), ("where is it made?", ("origin",)), ("c'est fabriqué où", ("origin",)),
    ("machine washable?", ("care",)), ("c'est lavable en machine ?", ("care",)), ("what material", ("material",)),
    ("elles se réparent ?", ("repair",)), ("quelle est son empreinte carbone", ("impact",)),
    ("is it recyclable and can it be repaired", ("repair", "recycling")),
    ("c'est fait où ?", ("origin",)), ("il vient d'où ?", ("origin",)), ("D’où viennent ces bottes ?", ("origin",)),
])  # fmt: skip
def test_hears_what_is_asked_in_both_languages(text, topics):
    assert topics_asked(text) == topics


@pytest.mark.parametrize(("language", "said"), [
    ("en", ["Material: wool.", "Made in: Portugal.", "Care: wool cycle.", "Repair: can be resoled."]),
    ("fr", ["Matière : laine.", "Fabrication : Portugal.", "Entretien : programme laine.",
            "Réparation : ressemelables."]),
])  # fmt: skip
def test_tells_what_the_product_states(language, said):
    assert tell_stated(BOOTS, ["material", "origin", "care", "repair"], WORDS, language) == said


@pytest.mark.parametrize(("language", "said"), [("en", "Material: wool, silk."), ("fr", "Matière : laine, silk.")])
def test_tells_each_of_several_values(language, said):
    scarf = replace(BOOTS, attributes={"material": ["wool", "silk"]})
    assert tell_stated(scarf, ["material"], WORDS, language) == [said]
