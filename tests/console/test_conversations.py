"""The conversations' pages: how they stand, who reads what was said, taking one over and giving it back."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.bootstrap import Services
from bot.channels.inbox import correct, receive
from bot.console import conversations as reading
from bot.console.conversations import list_talks
from bot.console.deeds import conversations as talking
from bot.contracts.messages import InboundMessage, MessageId
from bot.profile.conversations import note_inbound, open_conversation
from bot.profile.handoffs import add_handoff, person_in
from bot.profile.said_words import find_senders, settle_words
from bot.profile.store.tables import conversations, handoffs, inbox
from tests.conftest import NOW
from tests.console.test_customers import TALK, add_camille, deeds

PATH = f"/console/conversations/{TALK}"


@pytest.fixture
def camille(services: Services) -> str:
    return add_camille(services)


def add_talks(services: Services, count: int, channel: str = "whatsapp") -> None:
    """The first has the newest word."""
    with services.store.write() as connection:
        for n in range(count):
            talk = open_conversation(connection, channel, f"+3361234{n:04}", now=NOW, salt="a salt of sixteen",
                                     sender_id=f"talk-{channel}-{n:03}")
            at = NOW - timedelta(hours=1 + n // 2)  # two share a moment
            note_inbound(connection, talk.sender_id, now=at, language="fr" if n % 2 else "en")
            said = InboundMessage(MessageId(f"{channel}-{n}"), channel, talk.sender_id, "Où est mon dépôt ?")
            receive(connection, said, at)


def every_page(services: Services, **chosen: str) -> list[str]:
    found, before = [], ""
    with services.store.read() as connection:
        while True:
            talks, before = list_talks(connection, NOW, before=before, **chosen)
            found += [each.sender_id for each in talks]
            if not before:
                return found


def test_shows_each_conversation_once_over_all_pages(
    services: Services, camille: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE", 3)
    add_talks(services, 8)
    found = every_page(services)
    assert found[0] == TALK and len(found) == len(set(found)) == 9
    assert every_page(services, channel="whatsapp", language="en") == [f"talk-whatsapp-{n:03}" for n in (0, 2, 4, 6)]
    assert every_page(services, stand="live") == [TALK]
    assert every_page(services, stand="over") == found[1:]
    assert every_page(services, stand="waiting") == []


def test_whoever_waits_for_a_person_or_has_one_is_neither_live_nor_over(services: Services, camille: str) -> None:
    add_talks(services, 3)
    with services.store.write() as connection:
        for n, sender in enumerate((TALK, "talk-whatsapp-000", "talk-whatsapp-001")):
            made = add_handoff(
                connection, turn_key=str(n), reference=f"R{n}", sender_id=sender, customer_id=camille, channel="web",
                language="en", about="x", order_number="", email="", summary="", now=NOW,
            )
            if n == 1:
                connection.execute(
                    sa.update(handoffs).where(handoffs.c.handoff_id == made).values(state="taken", taken_by="une-cx"))
    assert every_page(services, stand="live") == []
    assert every_page(services, stand="over") == ["talk-whatsapp-002"]
    assert every_page(services, stand="taken") == ["talk-whatsapp-000"]
    # As each is told to stand, so it is found.
    with services.store.read() as connection:
        for stand in reading.STANDS:
            assert {each.stand for each in list_talks(connection, NOW, stand=stand)[0]} <= {stand}


def test_goes_by_its_indexes(services: Services) -> None:
    for query, index in (
        ("", "last_inbound"), ("channel = 'web' AND ", "channel_last_inbound"),
        ("language = 'fr' AND ", "language_last_inbound"),
        ("channel = 'web' AND language = 'fr' AND ", "channel_language"),
    ):
        with services.store.read() as connection:
            if connection.dialect.name != "sqlite":
                pytest.skip("a small table of PostgreSQL is read whole")
            plan = connection.exec_driver_sql(
                f"EXPLAIN QUERY PLAN SELECT * FROM {conversations.name} WHERE {query}last_inbound_at IS NOT NULL "
                "ORDER BY last_inbound_at DESC, sender_id DESC LIMIT 26"
            ).all()
        assert f"ix_conversations_{index}" in str(plan) and "TEMP B-TREE" not in str(plan), plan


def test_says_how_long_the_last_sitting_was(services: Services, camille: str) -> None:
    with services.store.write() as connection:
        for n, minutes in enumerate((90, 8, 3)):
            receive(connection, InboundMessage(MessageId(f"x{n}"), "web", TALK, "encore"),
                    NOW + timedelta(hours=2) - timedelta(minutes=minutes))
    with services.store.read() as connection:
        talk = reading.read_talk(connection, TALK, NOW)
    assert talk and (talk.messages, talk.lasted) == (2, timedelta(minutes=5))


@pytest.mark.parametrize("text", ["dépôt", "DEPOT"])
def test_finds_by_words_whatever_their_case_and_accents(services: Services, sign_in, text: str) -> None:
    add_talks(services, 1)
    html = sign_in("cx").post("/console/conversations", text=text).text
    assert "talk-whatsapp-000" in html
    assert deeds(services) == [("searched_words", "")]


def test_refuses_too_short_and_too_often(sign_in, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talking, "SEARCHES", 1)
    visitor = sign_in("cx")
    assert visitor.post("/console/conversations", text="a").status_code == 400
    assert "No conversation is like that." in visitor.post("/console/conversations", text="nothing").text
    assert visitor.post("/console/conversations", text="nothing").status_code == 429


def test_signs_alone_are_found_in_nothing(services: Services, sign_in) -> None:
    add_talks(services, 1)
    assert "talk-whatsapp" not in sign_in("cx").post("/console/conversations", text="???").text


def test_keeps_each_look_at_what_was_said(services: Services, sign_in, camille: str) -> None:
    assert "a secret word" in sign_in("cx").client.get(PATH).text
    assert deeds(services) == [("read", f"customer:{camille}")]
    analyst = sign_in("analyst")
    assert TALK not in analyst.client.get("/console/conversations").text
    assert analyst.client.get(PATH).status_code == 403


def test_is_taken_over_and_given_back(services: Services, sign_in, camille: str) -> None:
    cx, admin = sign_in("cx"), sign_in("admin")
    assert cx.post(f"{PATH}/give-back").status_code == 404
    assert cx.post(f"{PATH}/take").status_code == 303
    with services.store.read() as connection:
        held = person_in(connection, TALK)
    assert held and held.taken_by == "une-cx"
    assert "une-cx answers" in cx.client.get(PATH).text
    assert "Somebody else has this conversation." in admin.post(f"{PATH}/take").text
    assert every_page(services, stand="taken") == [TALK]
    assert cx.post(f"{PATH}/give-back").status_code == 303
    with services.store.read() as connection:
        assert person_in(connection, TALK) is None
    kept = [deed for deed, _ in deeds(services)]
    assert kept.count("took") == kept.count("gave_back") == 1


def test_there_is_no_conversation_that_there_is_not(sign_in) -> None:
    visitor = sign_in("cx")
    for path in ("/console/conversations/nobody", "/console/conversations/nobody/take"):
        send = visitor.post if path.endswith("take") else visitor.client.get
        assert send(path).status_code == 404


def say(services: Services, number: int, text: str) -> None:
    with services.store.write() as connection:
        talk = open_conversation(connection, "web", f"b{number}", now=NOW, salt="a salt of sixteen",
                                 sender_id=f"said-{number}")
        note_inbound(connection, talk.sender_id, now=NOW)
        receive(connection, InboundMessage(MessageId(f"said{number}"), "web", talk.sender_id, text), NOW)


def found(services: Services, text: str) -> list[str]:
    with services.store.read() as connection:
        return find_senders(connection, text, 10)


def test_finds_all_the_words_newest_first_and_the_beginning_of_the_last(services: Services) -> None:
    for n, text in enumerate(("Où est mon Colis ? L'ÉTÉ arrive", "colis perdu, cœur brisé", "rien", "un colis_perdu")):
        say(services, n, text)
    assert found(services, "COLIS") == ["said-3", "said-1", "said-0"]
    assert found(services, "perdu colis") == found(services, "colis perd") == ["said-3", "said-1"]
    assert found(services, "coli perdu") == []  # a beginning counts of the last word alone
    assert found(services, "l'été") == found(services, "ou ete") == ["said-0"]
    assert found(services, "co\u19b0is") == found(services, "\u1cf2") == []  # letters that FTS5 parts words at
    assert found(services, "coeur") == found(services, "Cœur") == ["said-1"]
    assert found(services, "AND OR NOT") == found(services, '"*" | & !') == []


def test_the_index_follows_what_becomes_of_a_message(services: Services) -> None:
    say(services, 1, "mon secretissime")
    with services.store.write() as connection:
        assert correct(connection, "web", "said1", "said-1", "un manteau")
    assert (found(services, "secretissime"), found(services, "manteau")) == ([], ["said-1"])
    with services.store.write() as connection:
        connection.execute(sa.delete(inbox))
    assert found(services, "manteau") == []


def test_what_is_deleted_stands_in_no_part_of_the_index(services: Services) -> None:
    if not services.store.is_sqlite:
        pytest.skip("PostgreSQL's VACUUM does it")
    for n in range(20):
        say(services, n, f"zqxwv{chr(97 + n)}k manteau")
    with services.store.write() as connection:
        connection.execute(sa.delete(inbox).where(inbox.c.sender_id == "said-7"))
    assert b"hk" in index_bytes(services)  # in an older part: the words before it say how it begins
    assert settle_words(services.store) > 0 == settle_words(services.store)
    assert b"hk" not in index_bytes(services)
    assert len(found(services, "manteau")) == 10


def index_bytes(services: Services) -> bytes:
    with services.store.read() as connection:
        return b"".join(connection.scalars(sa.text("SELECT block FROM inbox_words_data")))
