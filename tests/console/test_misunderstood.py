"""What was not understood: in groups, without personal data, taken as training lines that somebody read."""

import json
import re

import pytest
import sqlalchemy as sa
import yaml

from bot.bootstrap import Services
from bot.console import misunderstood
from bot.console.deeds import training
from bot.console.likeness import group_alike
from bot.console.misunderstood import INTENTS, cut_personal, write_training
from bot.privacy.handlers.outside import forget_trackers, open_trackers, tracker_events
from bot.profile.store.engine import Store
from tests.conftest import NOW
from tests.console.test_customers import deeds
from tests.console.test_pages import XSS

PATH = "/console/misunderstood"
SAID = (
    "vous faites les ourlets ?", "faites-vous des ourlets", "faites vous aussi les ourlets ?",
    "bon cadeau perdu", "ourlets : vous les faites ? mon 06 12 34 56 78",
)


def add_lines(services: Services, said=SAID, *, sender: str = "talk", intent: str = "nlu_fallback", **more) -> None:
    """As Rasa keeps what was said."""
    store = Store(services.settings.tracker_database_url)
    with store.write() as connection:
        if not sa.inspect(connection).has_table("events"):
            tracker_events.metadata.create_all(connection)
            connection.exec_driver_sql("ALTER TABLE events ADD COLUMN intent_name VARCHAR(255)")
        for text in said:
            event = {
                "event": "user", "text": text, "metadata": {"language": "fr", "expects": ""}, "parse_data": {
                    "intent_ranking": [{"name": "nlu_fallback", "confidence": 0.6},
                                       {"name": "product_details", "confidence": 0.3},
                                       {"name": "return_item", "confidence": 0.1}], "entities": [],
                }, **more,
            }
            connection.execute(sa.text(
                "INSERT INTO events (sender_id, type_name, timestamp, intent_name, data) "
                "VALUES (:s, 'user', :t, :i, :d)"
            ), {"s": sender, "t": NOW.timestamp(), "i": intent, "d": json.dumps(event)})
    store.close()


def test_puts_together_what_is_alike() -> None:
    groups = group_alike(SAID[:4])
    assert groups == [[0, 1, 2], [3]]
    assert group_alike([]) == [] and group_alike(["a"]) == [[0]]
    assert sorted(n for group in group_alike(["", "?!", "?!", "…", "bonjour"]) for n in group) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("text", "shown"), [
    ("écrivez à ada@example.org vite", "écrivez à … vite"), ("06 12 34 56 78", "…"),
    ("commande #90021 ?", "commande #… ?"),
    ("voir https://example.org/u/x", "voir …"), ("taille 38", "taille 38"), ("[a](b)\n- c", "a (b) - c"),
])
def test_cuts_what_names_somebody_by_its_shape(text: str, shown: str) -> None:
    assert cut_personal(text) == shown


def test_writes_what_training_reads() -> None:
    text = write_training([("greet", "coucou : toi"), ("thank", "# merci"), ("greet", "coucou : toi")], "fr")
    assert yaml.safe_load(text) == {"version": "3.1", "nlu": [
        {"intent": "greet", "metadata": {"language": "fr"}, "examples": "- coucou : toi\n"},
        {"intent": "thank", "metadata": {"language": "fr"}, "examples": "- # merci\n"},
    ]}
    assert {"track_order", "out_of_scope"} <= set(INTENTS) and "nlu_fallback" not in INTENTS


def test_shows_groups_and_leaves_out_what_is_no_wish(services: Services, sign_in) -> None:
    visitor = sign_in("cx")
    assert "Everything was understood" in visitor.client.get(f"{PATH}?language=fr").text
    add_lines(services)
    add_lines(services, ["12 rue des Lilas"], metadata={"language": "fr", "expects": "address"})
    add_lines(services, ["/restart", ""])
    add_lines(services, ["do you hem trousers"], metadata={"language": "en"})
    add_lines(services, ["where is my parcel"], intent="track_order")
    html = visitor.client.get(f"{PATH}?language=fr").text
    assert "4 messages like it" in html and "one message" in html and "product details (30%)" in html
    assert not any(each in html for each in ("Lilas", "restart", "trousers", "06 12", "parcel?"))
    assert len(re.findall(r'name="line_\d+" checked', html)) == 4  # not the one that something was cut out of
    assert "trousers" in visitor.client.get(f"{PATH}?language=en").text
    assert deeds(services)[0] == ("looked", "misunderstood")


def test_what_an_erased_person_wrote_is_gone(services: Services, sign_in) -> None:
    add_lines(services, SAID[:2], sender="gone")
    add_lines(services, SAID[3:4])
    with open_trackers(services.settings) as trackers:
        assert trackers
        forget_trackers(trackers, ["gone"])
    html = sign_in("cx").client.get(f"{PATH}?language=fr").text
    assert "ourlet" not in html and "bon cadeau" in html


def test_gives_the_lines_that_were_ticked(services: Services, sign_in) -> None:
    add_lines(services)
    answer = sign_in("cx").post(PATH, language="fr", line_1="on", intent_1="product_details", line_4="on",
                                intent_4="return_item", intent_2="greet")
    assert answer.headers["content-disposition"] == f'attachment; filename="reviewed-{NOW:%Y-%m-%d}.fr.yml"'
    read = {each["intent"]: each["examples"] for each in yaml.safe_load(answer.text)["nlu"]}
    assert read == {"product_details": f"- {SAID[0]}\n", "return_item": f"- {SAID[3]}\n"}
    assert ("trained", "misunderstood") in deeds(services)


def test_refuses_what_is_no_meaning_or_no_line(services: Services, sign_in, monkeypatch: pytest.MonkeyPatch) -> None:
    add_lines(services)
    visitor = sign_in("cx")
    assert visitor.post(PATH, language="fr").status_code == 400
    assert visitor.post(PATH, language="fr", line_1="on", intent_1="").status_code == 400
    assert visitor.post(PATH, language="fr", line_x="on", intent_x="greet").status_code == 400
    assert visitor.post(PATH, language="fr", line_99="on", intent_99="greet").status_code == 404
    assert visitor.post(PATH, language="en", line_1="on", intent_1="greet").status_code == 404
    monkeypatch.setattr(training, "LOOKS", 0)
    assert visitor.client.get(PATH).status_code == 429


def test_what_was_said_is_shown_as_words(services: Services, sign_in) -> None:
    add_lines(services, XSS)
    html = sign_in("admin").client.get(f"{PATH}?language=fr").text
    assert "lines" in html and not any(each in html for each in XSS if "<" in each)


def test_looks_at_the_newest_alone(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    add_lines(services)
    monkeypatch.setattr(misunderstood, "_LOOKED_AT", 2)
    assert [each.line_id for each in misunderstood.read_lines(services.settings, "fr")] == [5, 4]


def test_what_was_not_understood_needs_somebody_who_may_read_it(services: Services, sign_in) -> None:
    visitor = sign_in("cx")
    assert "not understood" not in visitor.client.get("/console").text
    add_lines(services)
    found = re.search(r'href="(/console/misunderstood\?language=fr)"><b>(\d+)</b>', visitor.client.get("/console").text)
    assert found and int(found[2]) == len(SAID)
    shown = visitor.client.get(found[1]).text
    assert shown.count('name="line_') == len(SAID)
    assert "misunderstood" not in sign_in("marketing").client.get("/console").text
