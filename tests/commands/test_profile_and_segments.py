"""`prevenant profile` and `prevenant segments`, as they are typed."""

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.bootstrap import utc_now
from bot.commands import segments
from bot.commands.opening import opened
from bot.errors import FixInput, NotFound
from bot.profile.consent import record_consent
from bot.profile.customers import create_customer, link_identity
from bot.profile.events import Event, append_events
from bot.profile.traits import set_trait


@pytest.fixture
def camille(store):
    """Somebody who bought a navy coat, and of whom two silos say different things."""
    now = utc_now() - timedelta(hours=1)
    with store.write() as connection:
        person = create_customer(connection, now=now, salt="salt-for-tests-0123")
        link_identity(connection, person, "email", "camille@shop.example", source="shop", now=now)
        set_trait(connection, person, "city", "Lyon", silo="shop", now=now)
        set_trait(connection, person, "city", "Nice", silo="crm", now=now)
        record_consent(connection, person, purpose="marketing", channel="email", state="granted", source="t",
                       wording="", now=now)
        line = {"product_id": "p1", "product_type": "coat", "colour": "navy", "price_minor": 9_900}
        properties = {"order_id": "o1", "currency": "EUR", "products": [line]}
        append_events(connection, [Event("e1", person, "shop", "track", "Order Completed", properties, now, now)])
    return person


def test_nobody_is_shown_for_an_identity_nobody_has(run):
    with pytest.raises(NotFound, match=r"nobody is known as 'email=x@y\.example'"):
        run("profile", "show", "email=x@y.example")


@pytest.mark.parametrize("words", [("email=Camille@shop.example",), None])
def test_shows_a_customer_by_any_identity_with_what_lost(run, camille, words):
    run("segments", "refresh")
    told = json.loads(run("profile", "show", *(words or (camille,)), "--json"))
    assert told["customer_id"] == camille
    city = told["traits"]["city"]
    assert (city["value"], city["silo"], city["lost"][0]["value"], city["lost"][0]["reason"]) == \
        ("Lyon", "shop", "Nice", "less_trusted")
    assert told["traits"]["spend"]["value"] == {"EUR": 9_900}
    assert told["consents"]["marketing"]["email"] == "granted"
    assert {"navy_lovers", "may_be_written_to"} <= set(told["segments"])


@pytest.mark.parametrize(("language", "says"), [("en", "trusted"), ("fr", "fiable")])
def test_shows_it_to_people_in_their_language(run, camille, language, says, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert says in run("profile", "show", camille, "--language", language)


def test_explains_one_trait_with_every_value_that_lost(run, camille):
    with pytest.raises(NotFound, match=r"nobody said 'shoe_size' of .*; known is city"):
        run("profile", "explain", camille, "shoe_size")
    told = json.loads(run("profile", "explain", camille, "city", "--json"))
    assert (told["value"], told["silo"], [each["value"] for each in told["lost"]]) == ("Lyon", "shop", ["Nice"])
    shown = run("profile", "explain", camille, "city", "--language", "fr")
    assert "Lyon" in shown and "× Nice" in shown


def test_previews_a_rule_and_its_statement(run, camille):
    run("segments", "refresh")
    out = run("segments", "preview", "a acheté 'coat' en 30 jours", "--sql").splitlines()
    assert json.loads(out[-1]) == {"count": 1, "share": 1.0, "examples": [camille]}
    assert out[0].startswith("SELECT person.customer_id") and "'coat'" in "\n".join(out) and ":" not in out[0]


def test_a_rule_that_is_none_is_refused(run):
    with pytest.raises(FixInput, match="column 8: expected"):
        run("segments", "preview", "bought ]")


def test_lists_refreshes_and_refuses_a_seed_too_small(run, camille):
    told = json.loads(run("segments", "refresh"))
    assert told["segments"]["navy_lovers"] == {"persons": 1, "entered": 1, "left": 0}
    assert "navy_lovers" in run("segments")
    with pytest.raises(FixInput, match="needs 20 persons"):
        run("segments", "lookalike", "navy_lovers")
    with pytest.raises(NotFound, match="there is no segment 'nobody'"):
        run("segments", "lookalike", "nobody")


def test_a_seed_that_tells_too_much_is_no_seed(run, camille, monkeypatch):
    @contextmanager
    def hushed():
        with opened() as services:
            never = services.privacy.assistant.model_copy(update={"never": ["product viewed"]})
            yield replace(services, privacy=services.privacy.model_copy(update={"assistant": never}))

    monkeypatch.setattr(segments, "opened", hushed)
    with pytest.raises(FixInput, match="tells too much"):
        run("segments", "lookalike", "just_looking")


def test_a_file_of_customers_makes_nobody_seen(run, tmp_path):
    file, mapping = tmp_path / "crm.csv", tmp_path / "crm.toml"
    file.write_text("id,first name\n7,Ada\n")
    mapping.write_text('records = "people"\n[identities]\ncustomer_id = "id"\n[traits]\nfirst_name = "first name"\n')
    run("import", "file", str(file), "--mapping", str(mapping), "--silo", "crm")
    told = json.loads(run("profile", "show", "customer_id=crm:7", "--json"))
    assert (told["last_seen"], told["traits"]["first_name"]["value"]) == (None, "Ada")
    assert json.loads(run("segments", "preview", "never seen"))["count"] == 1
