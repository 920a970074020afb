"""What somebody did not want to see again is theirs: it stands in the copy of their data, in their language."""

from datetime import datetime

import pytest

from bot.bootstrap import Services
from bot.commerce.types import ProductRef
from bot.privacy.export import export_person
from bot.privacy.page import render_page
from bot.profile.customers import create_customer
from bot.recommend.dislikes import note_dislike
from tests.privacy.people import SALT


@pytest.mark.parametrize(("language", "disliked", "again"), [
    ("en", "A product you did not want to see again", "A product you wanted to see again"),
    ("fr", "Un article que vous ne vouliez plus voir", "Un article que vous vouliez revoir"),
])
def test_a_no_and_its_taking_back_stand_in_the_copy(
    services: Services, now: datetime, language: str, disliked: str, again: str
) -> None:
    with services.store.write() as connection:
        person = create_customer(connection, now=now, salt=SALT)
    for key, is_taken_back in (("1", False), ("2", True)):
        note_dislike(services.store, person, ProductRef("a-coat"), key=key, now=now, is_taken_back=is_taken_back)
    copy = export_person(services, person, language=language)
    page = render_page(copy, language=language, timezone="Europe/Paris")
    assert "a-coat" in copy.to_json()
    assert disliked in page and again in page
