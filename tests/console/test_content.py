"""The content pages: what messages say and did, words proposed in their place, and the shop's tone."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from pytest_httpserver import HTTPServer

from bot.bootstrap import InForce, Services
from bot.charter.book import TONE
from bot.charter.content import dump_contents
from bot.charter.drafts import list_drafts, make_draft, note_answer
from bot.charter.kept import AGREED, propose, read_waiting, settle
from bot.console.charter_watch import note_changes
from bot.console.content import Counted, list_variants, read_counted, read_versions
from bot.console.content_figures import _MESSAGES, compare_in
from bot.console.deeds import content as deeds
from bot.console.deeds.drafts import DraftMoved, propose_it
from bot.console.people import find_person
from bot.console.result_figures import count_results
from bot.console.trail import read_trail
from bot.content.tone import Tone, dump_tone
from bot.decision.tables import read_table, write_table
from bot.decision.triggers import name_version
from bot.decision.versions import keep_versions
from bot.errors import FixInput
from bot.profile.identities import create_customers
from bot.profile.store.tables import decisions, events, outbox
from bot.profile.store.upsert import insert_many
from tests.conftest import NOW

PAGE = "/console/content"
CART = f"{PAGE}/journeys/cart_left"
PLAIN = "2"  # the third message of cart_left: on its own
GOOD = {
    "message": PLAIN, "text_fr": "{product} est dans votre panier, à {price}. Voulez-vous passer commande ?",
    "text_en": "{product} is in your basket, at {price}. Would you like to check out?",
    "subject_fr": "Votre panier", "subject_en": "Your basket", "why": "shorter",
}


def with_rival(services: Services) -> Services:
    """The shop with a second way of saying that the basket waits."""
    old = services.triggers[0]
    texts = {"fr": "Et {product}, à {price} ?", "en": "{product}, {price}?"}
    plain = replace(old.messages[2], variant="other", texts=texts)
    new = replace(old, messages=(*old.messages, plain))
    new = replace(new, version=name_version(new))
    return replace(services, triggers=(new, *services.triggers[1:]), charter=None)


def fill_rivals(services: Services, people: int = 1_200, rates: tuple[float, float] = (0.5, 0.2)) -> None:
    """Each second person is told by either variant; so many of them click."""
    trigger, at = services.triggers[0], NOW - timedelta(days=6)
    rows: dict[Any, list[dict[str, Any]]] = {decisions: [], outbox: [], events: []}
    with services.store.write() as connection:
        keep_versions(connection, [trigger], at)
        ids = create_customers(connection, people, now=at, salt="s")
        for n, customer in enumerate(ids):
            said = ("remind", "other")[n % 2]
            rows[decisions].append({
                "customer_id": customer, "trigger": "cart_left", "subject": "s", "chosen": f"web:{said}",
                "probability": 0.45, "decided_at": at, "version": trigger.version, "candidates": [
                    {"name": "web:remind", "value": 1.0, "probability": 0.45, "held": []},
                    {"name": "web:other", "value": 1.0, "probability": 0.45, "held": []},
                    {"name": "email:remind", "value": 0.2, "probability": 0.10, "held": []},
                ],
            })
            rows[outbox].append({
                "idempotency_key": f"c{n}", "kind": "nudge", "customer_id": customer, "sender_id": f"s{n}",
                "channel": "web", "address": "a", "purpose": "marketing", "nudge": "cart_left", "about": "s",
                "facts": {"variant": said, "version": trigger.version}, "payload": {"text": "x", "language": "fr"},
                "state": "seen", "not_before": at, "created_at": at, "sent_at": at,
            })
            if n // 2 % 10 < 10 * rates[n % 2]:
                rows[events].append({
                    "message_id": f"e{n}", "customer_id": customer, "silo": "mail", "type": "track",
                    "name": "Email Link Clicked", "properties": {}, "occurred_at": at + timedelta(hours=1),
                    "received_at": at,
                })
        for table, some in rows.items():
            insert_many(connection, table, some)
    for _ in range(3):
        count_results(services)


def test_says_that_nothing_left_where_nothing_did(sign_in: Callable[..., Any], services: Services) -> None:
    visitor = sign_in("analyst")
    html = visitor.client.get(CART).text
    assert "Nothing left with these words in 90 days." in html and "proven winner" not in html
    assert "/propose" not in html  # an analyst writes nothing
    listed = visitor.client.get(PAGE).text
    for each in services.triggers:
        assert f'href="{PAGE}/journeys/{each.name}"' in listed


def test_lists_what_was_asked_for(sign_in: Callable[..., Any]) -> None:
    visitor = sign_in("marketing")
    listed = visitor.client.get(PAGE, params={"journey": "winter_offers", "channel": "sms"}).text
    assert "LIVRAISON" in listed and "MAILLE15" not in listed and "/journeys/cart_left" not in listed
    assert "There is nothing of the kind" in visitor.client.get(PAGE, params={"journey": "<b>nothing</b>"}).text
    assert visitor.client.get(f"{PAGE}/journeys/nothing").status_code == 404


def test_a_winner_is_proven_by_what_chance_chose_between(services: Services) -> None:
    shop = with_rival(services)
    fill_rivals(shop)
    content = deeds.look_at(shop, shop.triggers[0])
    variants = {each.key[2]: each for each in content.variants}
    assert variants["remind"].won_on == ("web",) and variants["other"].won_on == ()
    assert variants["remind"].counts == {
        "sent": 600, "seen": 600, "clicked": 300, "replied": 0, "bought": 0, "opted_out": 0,
    }
    (line,) = variants["remind"].lines
    assert (line.channel, line.language) == ("web", "fr")
    (rival,) = variants["remind"].rivals
    assert (rival.variant, rival.comparison.times) == ("other", 1_200)
    assert rival.comparison.low < 0.3 < rival.comparison.high
    assert variants["suggest"].rivals == () and variants["suggest"].counts["sent"] == 0


def test_what_variants_of_one_name_did_for_two_offers_counts_once(services: Services) -> None:
    old = next(each for each in services.triggers if each.name == "winter_offers")
    plain = next(each for each in old.messages if each.offer == "MAILLE15")
    messages = tuple(replace(plain, offer=offer, variant=variant)
                     for offer in ("MAILLE15", "LIVRAISON") for variant in ("a", "b"))
    trigger = replace(old, messages=messages)
    row = {"nudge": "winter_offers:MAILLE15", "version": trigger.version, "channel": "email", "first": "a",
           "second": "b", "times": 100, "first_times": 50, "second_times": 50, "first_liked": 20, "second_liked": 10,
           "difference": 20.0, "squares": 60.0}
    variants = list_variants(trigger, [], Counted(pl.DataFrame(schema=_MESSAGES), pl.DataFrame([row])))
    found = {each.key[1:]: [rival.comparison.times for rival in each.rivals] for each in variants}
    assert found == {("MAILLE15", "a"): [100], ("MAILLE15", "b"): [100], ("LIVRAISON", "a"): [], ("LIVRAISON", "b"): []}


def test_no_winner_is_proven_where_the_two_are_alike(services: Services) -> None:
    shop = with_rival(services)
    fill_rivals(shop, rates=(0.3, 0.3))
    content = deeds.look_at(shop, shop.triggers[0])
    assert [each.won_on for each in content.variants] == [()] * len(content.variants)
    assert {rival.comparison.verdict for each in content.variants for rival in each.rivals} == {"unclear"}


def test_numbers_stay_with_the_words_that_they_are_of(services: Services) -> None:
    shop = with_rival(services)
    fill_rivals(shop, people=40)
    old = shop.triggers[0]
    reworded = replace(old, messages=tuple(
        replace(each, texts={**each.texts, "fr": "{product} ?"}) if each.variant == "other" else each
        for each in old.messages
    ))
    new = replace(reworded, version=name_version(reworded))
    with shop.store.read() as connection:
        counted, versions = read_counted(connection, NOW.date()), read_versions(connection, "cart_left")
    variants = {each.key[2]: each for each in list_variants(new, versions, counted)}
    assert variants["remind"].counts["sent"] == 20 and len(variants["remind"].wordings) == 1
    assert variants["other"].counts["sent"] == 0 and variants["other"].rivals == ()
    now, before = variants["other"].wordings
    assert (now.is_in_force, now.first_used_at) == (True, None)
    assert (before.is_in_force, before.counts["sent"], before.versions) == (False, 20, (old.version,))


def test_compares_within_the_channel_and_only_what_was_possible() -> None:
    candidates = [
        {"name": "web:a", "probability": 0.2, "held": []}, {"name": "web:b", "probability": 0.3, "held": []},
        {"name": "web:c", "probability": 0.0, "held": ["paused"]}, {"name": "email:a", "probability": 0.5, "held": []},
    ]
    assert list(compare_in(candidates, "web:b", 1)) == [(("a", "b"), [1, 0, 1, 0, 1, -1 / 0.6, (1 / 0.6) ** 2])]
    assert list(compare_in(candidates, "email:a", 1)) == [] and list(compare_in(candidates, "web:c", 1)) == []


def test_proposes_words_that_hold_and_says_what_is_wrong_with_others(sign_in: Callable[..., Any]) -> None:
    visitor = sign_in("marketing")
    html = visitor.post(f"{CART}/propose", message=PLAIN, by="patterns").text
    assert html.count('<form method="post" action="/console/content/journeys/cart_left/words"') == 3
    held = visitor.post(f"{CART}/words", **GOOD)
    assert held.status_code == 200 and "These words say what the message in force says" in held.text
    bad = visitor.post(f"{CART}/words", **{**GOOD, "text_en": "Hurry! <script>x</script> {product}, at {price}."})
    assert bad.status_code == 200 and "presses: “hurry”" in bad.text and "no longer asks about the order" in bad.text
    assert "<script>" not in bad.text and "&lt;script&gt;" in bad.text
    assert visitor.post(f"{CART}/words", **{**GOOD, "text_en": "x" * 601}).status_code == 400
    assert visitor.post(f"{CART}/words", **{**GOOD, "message": "99"}).status_code == 404
    assert visitor.post(f"{CART}/propose", message="x").status_code == 400


def test_says_why_words_that_hold_are_no_draft(services: Services, sign_in: Callable[..., Any]) -> None:
    visitor = sign_in("marketing")
    short = visitor.post(f"{CART}/draft", **{**GOOD, "why": "x"})
    assert short.status_code == 400 and "Please say why, in a few words." in short.text
    with services.store.write() as connection:
        person = find_person(connection, "une-marketing")
    old = services.triggers[0]
    templates = {"fr": "panier", "en": "basket"}
    approved = replace(old, messages=(replace(old.messages[2], channels=("whatsapp",), templates=templates),))
    asked = deeds.WordsDrafted.model_validate({**GOOD, "message": 0})
    assert person
    with pytest.raises(FixInput, match="whose vendor approves the words"):
        deeds.draft_words(services, person, approved, asked)


def test_a_draft_that_no_file_could_hold_is_not_added_to(services: Services, sign_in: Callable[..., Any]) -> None:
    visitor, body = sign_in("marketing"), {**write_table(services.triggers[0]), "messages": [3, "x"]}
    with services.store.write() as connection:
        make_draft(connection, "journey", "cart_left", body, base="", why="Odd.", by="une-marketing", now=NOW)
    assert visitor.post(f"{CART}/draft", **GOOD).status_code == 409


def test_one_click_makes_words_another_variant_in_a_draft(services: Services, sign_in: Callable[..., Any]) -> None:
    note_changes(services)
    visitor = sign_in("marketing")
    refused = visitor.post(f"{CART}/draft", **{**GOOD, "text_fr": "{product} : vite, passez commande !"})
    assert refused.status_code == 400 and "leaves out the fact {price}" in refused.text
    with services.store.read() as connection:
        assert list_drafts(connection) == []
    made = visitor.post(f"{CART}/draft", **GOOD)
    assert made.status_code == 303 and made.headers["location"] == "/console/drafts/1"
    visitor.post(f"{CART}/draft", **{**GOOD, "subject_fr": "", "why": "another"})
    with services.store.read() as connection:
        (draft,) = list_drafts(connection)
    assert (draft.kind, draft.name, draft.revision, draft.why) == ("journey", "cart_left", 2, "another")
    trigger = read_table("cart_left", draft.body)
    first, second = (each for each in trigger.messages if each.variant in ("remind_2", "remind_3"))
    assert (first.case, first.channels, first.subjects) == (
        "plain", ("web", "email"), {"fr": "Votre panier", "en": "Your basket"})
    assert first.texts["fr"].endswith("commande\u00a0?") and second.subjects == {}
    assert read_table("cart_left", write_table(trigger)) == trigger
    with services.store.write() as connection:
        person = find_person(connection, "une-marketing")
    assert person
    propose_it(services, person, draft.id, DraftMoved(revision=2))
    _agree(services)
    assert "remind_2" in {each.variant for each in InForce(services).read().triggers[0].messages}
    assert "Remind 2" in visitor.client.get(CART).text


def test_a_variant_is_not_for_channels_whose_words_are_approved(services: Services) -> None:
    trigger = next(each for each in services.triggers if each.name == "replenish")
    message = trigger.messages[0]
    only = replace(trigger, channels=("whatsapp",), messages=(replace(message, channels=("whatsapp",)),))
    asked = deeds.WordsDrafted(message=0, text_fr=message.texts["fr"], text_en=message.texts["en"], why="other words")
    with pytest.raises(FixInput, match="vendor approves"):
        deeds._write_variant(deeds.find_piece(only, 0), asked.as_proposal(), [])
    assert deeds._write_variant(deeds.find_piece(trigger, 0), asked.as_proposal(), [])["channels"] == ["web", "email"]


def test_the_language_model_is_asked_so_often_and_what_it_may_not_say_is_not_shown(
    services: Services, open_browser: Callable[..., Any], sign_in: Callable[..., Any], httpserver: HTTPServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deeds, "ASKS", 2)
    assert sign_in("marketing").post(f"{CART}/propose", message=PLAIN, by="model").status_code == 400  # none is named
    settings = replace(services.settings, content_model_url=httpserver.url_for("/v1"), content_model_name="m")
    visitor = open_browser(replace(services, settings=settings))
    visitor.client.cookies = sign_in("cx").client.cookies
    said = [{"fr": {"text": GOOD["text_fr"]}, "en": {"text": GOOD["text_en"]}},
            {"fr": {"text": "Dernière chance !"}, "en": {"text": "Last chance!"}}]
    httpserver.expect_ordered_request("/v1/chat/completions").respond_with_json(
        {"choices": [{"message": {"content": json.dumps({"proposals": said})}}]})
    shown = visitor.post(f"{CART}/propose", message=PLAIN, by="model").text
    assert "est dans votre panier" in shown and "Last chance" not in shown and "1 were refused" in shown
    httpserver.expect_ordered_request("/v1/chat/completions").respond_with_data("", 500)
    assert visitor.post(f"{CART}/propose", message=PLAIN, by="model").status_code == 503
    assert visitor.post(f"{CART}/propose", message=PLAIN, by="model").status_code == 429
    with services.store.read() as connection:
        entries = read_trail(connection)
    assert [(each.deed, each.about) for each in entries] == [("asked_model", "journey:cart_left")] * 2


def test_words_are_tried_by_the_tone(sign_in: Callable[..., Any]) -> None:
    visitor = sign_in("analyst")
    bad = visitor.post(f"{PAGE}/tone/try", language="fr", text="Cher client, ton panier ✨ <b>")
    assert "the shop never says “cher client”" in bad.text and "where the shop says vous" in bad.text
    assert "&lt;b&gt;" in bad.text
    assert "These words are in the shop" in visitor.post(f"{PAGE}/tone/try", language="en", text="Hello!").text
    assert "Draft another tone" not in bad.text


def test_another_tone_is_in_force_once_it_is_agreed_and_goes_back_by_a_draft(
    services: Services, sign_in: Callable[..., Any]
) -> None:
    note_changes(services)
    visitor = sign_in("cx")
    fields = {"address": "tu", "emoji": "true", "longest_sentence_words": "20", "signature_fr": "La Maison",
              "never_fr": "cher client\n\n  cher   ami ", "why": "we are among friends"}
    assert visitor.post(f"{PAGE}/tone", **{**fields, "signature_fr": "{name}"}).status_code == 400
    assert visitor.post(f"{PAGE}/tone", **fields).headers["location"] == "/console/drafts/1"
    with services.store.write() as connection:
        person = find_person(connection, "une-cx")
    assert person and InForce(services).read().tone == services.tone
    propose_it(services, person, 1, DraftMoved(revision=1))
    assert InForce(services).read().tone == services.tone
    _agree(services)
    wanted = Tone("tu", True, 20, {"fr": "La Maison", "en": ""}, {"fr": ("cher client", "cher ami"), "en": ()})
    assert InForce(services).read().tone == wanted
    note_changes(services)  # the file says what it said before: nothing is proposed
    with services.store.read() as connection:
        assert read_waiting(connection) == []
    html = visitor.client.get(f"{PAGE}/tone").text
    assert html.count("we are among friends") == 1 and html.count("Draft it again") == 1
    number = html.partition('name="version" value="')[2].partition('"')[0]
    assert visitor.post(f"{PAGE}/tone/restore", version=number, why="we were wrong").status_code == 303
    assert visitor.post(f"{PAGE}/tone/restore", version="9999", why="we were wrong").status_code == 404
    with services.store.read() as connection:
        (draft,) = list_drafts(connection, kind="tone")
    assert draft.body["fr"]["address"] == "vous" and draft.why == "we were wrong"


def test_a_charter_that_knew_no_tone_agrees_to_it_as_it_is(services: Services) -> None:
    with services.store.write() as connection:
        for subject, content in dump_contents(services).items():
            if subject != TONE:
                propose(connection, subject, content, by="charter", reason="", now=NOW, due_at=NOW, state=AGREED)
    assert note_changes(services) == 1
    with services.store.read() as connection:
        assert read_waiting(connection) == []
        # With what nobody agrees on, of which it had not heard either.
        adopted = [each.about for each in read_trail(connection) if each.deed == "adopted"]
        assert adopted == ["charter", "traits.toml", "goals.toml", "guardrails.toml"]
    assert dump_tone(InForce(services).read().tone) == dump_tone(services.tone)


def test_the_api_says_the_same(services: Services, sign_in: Callable[..., Any]) -> None:
    shop = with_rival(services)
    fill_rivals(shop)
    visitor = sign_in("marketing")
    told = visitor.client.get("/console/api/v1/content").json()
    assert [each["journey"] for each in told] == [each.name for each in services.triggers]
    one = visitor.client.get("/console/api/v1/content/journeys/cart_left").json()
    assert [each["variant"] for each in one["variants"]] == ["suggest", "remind", "add_back", "keeps"]
    headers = {"X-Form-Token": visitor.token()}
    base = "/console/api/v1/content"
    made = visitor.client.post(f"{base}/journeys/cart_left/propose", json={"message": 2}, headers=headers).json()
    assert len(made["proposals"]) == 3 and made["refused"] == 0
    words = {key: each for key, each in GOOD.items() if key != "why"} | {"message": 2}
    checked = visitor.client.post(f"{base}/journeys/cart_left/check", json=words, headers=headers).json()
    assert checked["holds"]
    bad = {**words, "text_en": "{product}!"}
    checked = visitor.client.post(f"{base}/journeys/cart_left/check", json=bad, headers=headers).json()
    assert not checked["holds"] and checked["findings"]["text.en"][0] == {"rule": "fact_lost", "what": "price"}
    refused = visitor.client.post(f"{base}/journeys/cart_left/draft", json={**bad, "why": "short"}, headers=headers)
    assert refused.status_code == 400 and "text_en" in refused.text
    kept = visitor.client.post(f"{base}/journeys/cart_left/draft", json={**words, "why": "short"}, headers=headers)
    assert kept.json() == {"draft": 1, "revision": 1}
    assert visitor.client.get(f"{base}/tone").json()["tone"]["address"] == "vous"


def _agree(services: Services) -> None:
    with services.store.write() as connection:
        for each in read_waiting(connection):
            settle(connection, each.id, AGREED, services.clock() + timedelta(seconds=1))
            note_answer(connection, each.id, "agreed", services.clock())
