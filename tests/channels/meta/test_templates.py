"""A template's facts are checked before Meta sees them: one bad fact and the whole message would be refused."""

import pytest

from bot.channels.meta.templates import render_template
from bot.contracts.messages import Template
from bot.errors import NotAllowed


@pytest.mark.parametrize("template", [
    Template("Late parcel", "fr"), Template("", "fr"), Template("late", "French"), Template("late", ""),
    Template("late", "fr", ("",)), Template("late", "fr", ("  ",)), Template("late", "fr", ("a\nb",)),
    Template("late", "fr", ("a\tb",)), Template("late", "fr", ("a     b",)), Template("late", "fr", ("x" * 1_025,)),
])
def test_sends_nothing_that_meta_would_refuse(template: Template) -> None:
    with pytest.raises(NotAllowed) as refused:
        render_template(template, "text")
    assert refused.value.reason == "parameters"


def test_sends_no_words_that_grew_too_long() -> None:
    with pytest.raises(NotAllowed):
        render_template(Template("late", "fr", ("x",)), "x" * 1_025)


def test_numbers_the_facts_in_their_order() -> None:
    rendered = render_template(Template("late", "en_GB", ("MP1", "Thursday 26/11")), "Your order MP1 ...")
    assert rendered == {
        "name": "late", "language": {"code": "en_GB"}, "components": [{"type": "body", "parameters": [
            {"type": "text", "text": "MP1"}, {"type": "text", "text": "Thursday 26/11"}]}],
    }
    assert render_template(Template("hello", "fr"), "Bonjour")["components"] == []
