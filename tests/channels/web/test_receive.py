"""The sockets, by the real client: nothing lost, nothing twice, nothing to anybody else."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from bot.channels.inbox import claim_next, finish
from bot.channels.web.rating import TRIES_A_MINUTE
from bot.channels.web.receive import MESSAGES_A_MINUTE, MOST_BYTES
from bot.contracts.messages import OutboundMessage
from bot.profile.satisfaction import CONVERSATION_RATED, count_opinions
from bot.profile.store.engine import Store
from bot.profile.store.tables import conversations, events, inbox, messages
from bot.settings import Settings
from tests.channels.web.conftest import Clock, Refused, Tab
from tests.servers.web import WebSite, run_web_site

Open = Callable[..., Tab]
Vouch = Callable[..., str]
HELLO = OutboundMessage("Hello")


def sender_of(store: Store, channel: str = "web") -> str:
    with store.read() as connection:
        return str(connection.scalar(sa.select(conversations.c.sender_id).where(conversations.c.channel == channel)))


def count(store: Store, table: sa.Table) -> int:
    with store.read() as connection:
        return int(connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0)


def answer_all(store: Store, clock: Clock) -> None:
    with store.write() as connection:
        for row in claim_next(connection, lease_seconds=30, now=clock.now, limit=10):
            finish(connection, row)


# -- who gets in ----------------------------------------------------------------------------------


def test_says_nothing_to_a_new_browser(site: WebSite, open_tab: Open) -> None:
    ready = open_tab().enter(site.open_session())
    assert ready == {
        "messages": [], "has_more": False, "is_typing": False, "is_signed_in": False, "continues_on": [],
    }


@pytest.mark.parametrize("auth", [{}, {"session": ""}, {"session": "forged.by.hand"}, {"session": {"sid": "x"}}])
def test_refuses_a_browser_without_a_session_of_ours(site: WebSite, open_tab: Open, auth: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="session_invalid"):
        open_tab().enter(**auth)


def test_refuses_an_old_session(site: WebSite, open_tab: Open, clock: Clock) -> None:
    session = site.open_session()
    clock.forward(days=181)
    with pytest.raises(Refused, match="session_invalid"):
        open_tab().enter(session)


def test_refuses_a_false_an_old_and_a_used_token(
    site: WebSite, open_tab: Open, vouch: Vouch, clock: Clock, store: Store
) -> None:
    used, old = vouch(), vouch(iat=clock.now, exp=clock.now)
    open_tab().enter(site.open_session(), customer_token=used)
    for token in (used, old, vouch(secret="somebody-elses-" + "x" * 20)):
        with pytest.raises(Refused, match="token_invalid"):
            open_tab().enter(site.open_session(), customer_token=token)
    assert count(store, conversations) == 1


def test_refuses_a_page_of_another_site(site: WebSite, open_tab: Open) -> None:
    for path, headers in (
        ("/socket.io/?EIO=4&transport=polling", {"Origin": "http://evil.example"}),
        ("/socket.io/?EIO=4&transport=polling", {"Origin": "null"}),
    ):
        assert requests.get(site.url + path, headers=headers, timeout=5).status_code == 400
    own = requests.get(f"{site.url}/socket.io/?EIO=4&transport=polling", headers={"Origin": site.url}, timeout=5)
    assert own.status_code == 200


# -- what is said ---------------------------------------------------------------------------------


def test_keeps_what_was_said_for_the_worker_and_the_other_tabs(site: WebSite, open_tab: Open, store: Store) -> None:
    session = site.open_session()
    one, two = open_tab(), open_tab()
    one.enter(session)
    two.enter(session)
    answer = one.say("Where is my order?", id="client-id-1", page={"url": "/cart"})
    assert answer["ok"]
    heard = two.hears("message")
    assert (heard["id"], heard["text"], heard["direction"]) == ("client-id-1", "Where is my order?", "in")
    assert heard["position"] == answer["position"]
    assert one.heard_nothing("message")
    assert one.hears("typing") == {"is_typing": True}
    with store.read() as connection:
        row = connection.execute(sa.select(inbox)).one()
    assert row.payload["page"] == {"url": "/cart"}
    assert row.sender_id == sender_of(store)


def test_keeps_once_what_is_sent_again(site: WebSite, open_tab: Open, store: Store) -> None:
    tab = open_tab()
    tab.enter(site.open_session())
    answers = [tab.say("Hello", id="the-same-id") for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert (count(store, inbox), count(store, messages)) == (1, 1)


def test_lets_two_people_use_the_same_id(site: WebSite, open_tab: Open, store: Store) -> None:
    for _ in range(2):
        tab = open_tab()
        tab.enter(site.open_session())
        assert tab.say("Hello", id="the-same-id")["ok"]
    assert count(store, inbox) == 2


def test_names_the_field_that_is_wrong(site: WebSite, open_tab: Open, store: Store) -> None:
    tab = open_tab()
    tab.enter(site.open_session())
    assert tab.ask("say", {"id": "abcdefgh", "text": ""}) == {"ok": False, "error": "invalid", "field": "text"}
    assert tab.ask("say", "nonsense")["field"] == "body"
    assert count(store, messages) == 0


def test_slows_down_who_writes_too_much_and_keeps_nothing_of_it(
    site: WebSite, open_tab: Open, store: Store, clock: Clock
) -> None:
    tab = open_tab()
    tab.enter(site.open_session())
    assert all(tab.say("a")["ok"] for _ in range(MESSAGES_A_MINUTE))
    refused = tab.say("one more", id="one-more-id")
    assert (refused["ok"], refused["error"]) == (False, "rate_limited")
    assert count(store, messages) == count(store, inbox) == MESSAGES_A_MINUTE
    clock.forward(seconds=61)
    assert tab.say("one more", id="one-more-id")["ok"]


def test_drops_a_socket_that_sends_too_much_at_once(site: WebSite, open_tab: Open, store: Store) -> None:
    tab = open_tab()
    tab.enter(site.open_session())
    tab.wait(tab.client.emit("say", {"id": "abcdefgh", "text": "a", "page": {"x": "y" * MOST_BYTES}}))
    tab.hears("disconnect")
    assert count(store, messages) == 0


# -- what is answered -----------------------------------------------------------------------------


def test_shows_an_answer_in_every_tab_and_nowhere_else(site: WebSite, open_tab: Open, store: Store) -> None:
    session = site.open_session()
    tabs = [open_tab(), open_tab()]
    for tab in tabs:
        tab.enter(session)
    sender = sender_of(store)
    stranger = open_tab()
    stranger.enter(site.open_session())
    site.show(sender, 1, HELLO)
    for tab in tabs:
        heard = tab.hears("message")
        assert (heard["text"], heard["kind"], heard["direction"]) == ("Hello", "reply", "out")
    assert stranger.heard_nothing("message")


def test_loses_nothing_over_a_broken_line(site: WebSite, open_tab: Open, store: Store) -> None:
    session = site.open_session()
    tab = open_tab()
    tab.enter(session)
    sender = sender_of(store)
    site.show(sender, 1, HELLO)
    position = tab.hears("message")["position"]
    tab.leave()
    site.show(sender, 2, OutboundMessage("While you were away"))
    back = open_tab().enter(session, after=position)
    assert [each["text"] for each in back["messages"]] == ["While you were away"]
    whole = open_tab().enter(session)
    assert [each["text"] for each in whole["messages"]] == ["Hello", "While you were away"]


def test_loses_nothing_over_a_restart(
    store: Store, settings: Settings, clock: Clock, open_tab: Open, site: WebSite
) -> None:
    session = site.open_session()
    tab = open_tab()
    tab.enter(session)
    tab.say("Hello")
    with run_web_site(store, settings, clock) as restarted:
        ready = open_tab(restarted).enter(session)
    assert [each["text"] for each in ready["messages"]] == ["Hello"]
    assert ready["is_typing"] is True  # the answer is still owed


def test_stops_typing_when_the_answer_is_made(site: WebSite, open_tab: Open, store: Store, clock: Clock) -> None:
    tab = open_tab()
    tab.enter(site.open_session())
    tab.say("Hello")
    assert tab.hears("typing") == {"is_typing": True}
    answer_all(store, clock)
    assert tab.hears("typing") == {"is_typing": False}


def test_tells_the_other_tabs_what_was_seen(site: WebSite, open_tab: Open, store: Store) -> None:
    session = site.open_session()
    one, two = open_tab(), open_tab()
    one.enter(session)
    two.enter(session)
    site.show(sender_of(store), 1, HELLO)
    position = one.hears("message")["position"]
    assert one.ask("receipts", {"delivered": [position], "seen": [position]}) == {"ok": True}
    assert two.hears("seen") == {"positions": [position]}
    assert open_tab().enter(session)["messages"][0]["is_seen"] is True


def test_pages_back(site: WebSite, open_tab: Open, store: Store) -> None:
    tab = open_tab()
    tab.enter(site.open_session())
    positions = [tab.say(f"{number}")["position"] for number in range(3)]
    earlier = tab.ask("earlier", {"before": positions[2]})
    assert ([each["text"] for each in earlier["messages"]], earlier["has_more"]) == (["0", "1"], False)
    assert tab.ask("earlier", "nonsense") == {"messages": [], "has_more": False}


# -- who is signed in -----------------------------------------------------------------------------


def test_knows_who_is_signed_in(site: WebSite, open_tab: Open, vouch: Vouch, store: Store) -> None:
    assert open_tab().enter(site.open_session(), customer_token=vouch("camille"))["is_signed_in"] is True
    with store.read() as connection:
        assert connection.scalar(sa.select(conversations.c.verified_ref)) == "camille"


def test_ends_in_every_tab_when_the_person_signs_out(
    site: WebSite, open_tab: Open, vouch: Vouch, store: Store
) -> None:
    session = site.open_session()
    signed_in = open_tab()
    signed_in.enter(session, customer_token=vouch("camille"))
    signed_in.say("my secret")
    with pytest.raises(Refused, match="session_ended"):
        open_tab().enter(session)
    signed_in.hears("ended")
    signed_in.hears("disconnect")
    with pytest.raises(Refused, match="session_ended"):
        open_tab().enter(session, customer_token=vouch("camille"))
    assert open_tab().enter(site.open_session())["messages"] == []


def test_gives_no_signed_in_conversation_to_somebody_else(
    site: WebSite, open_tab: Open, vouch: Vouch, store: Store
) -> None:
    session = site.open_session()
    open_tab().enter(session, customer_token=vouch("camille"))
    with pytest.raises(Refused, match="session_ended"):
        open_tab().enter(session, customer_token=vouch("hugo"))


def test_prolongs_a_proof_before_it_runs_out(
    site: WebSite, open_tab: Open, vouch: Vouch, store: Store, clock: Clock
) -> None:
    tab = open_tab()
    tab.enter(site.open_session(), customer_token=vouch("camille"))
    clock.forward(minutes=4)
    token = vouch("camille")
    assert tab.ask("confirm", {"customer_token": token}) == {"ok": True}
    with store.read() as connection:
        until = connection.scalar(sa.select(conversations.c.verified_until))
    assert until is not None
    assert (until - clock.now).total_seconds() == 300
    for wrong in ({"customer_token": token}, {"customer_token": "forged"}, None):
        assert tab.ask("confirm", wrong) == {"ok": False, "error": "token_invalid"}


def test_ends_when_somebody_else_confirms(site: WebSite, open_tab: Open, vouch: Vouch) -> None:
    tab = open_tab()
    tab.enter(site.open_session(), customer_token=vouch("camille"))
    tab.wait(tab.client.emit("confirm", {"customer_token": vouch("hugo")}))
    tab.hears("ended")
    tab.hears("disconnect")


def test_keeps_nothing_that_is_said_after_the_end(
    site: WebSite, open_tab: Open, vouch: Vouch, store: Store
) -> None:
    tab = open_tab()
    tab.enter(site.open_session(), customer_token=vouch("camille"))
    with store.write() as connection:
        connection.execute(sa.update(conversations).values(channel="web-ended"))
    assert tab.say("too late")["error"] == "session_ended"
    assert count(store, inbox) == 0


# -- how it was -----------------------------------------------------------------------------------


def test_takes_no_rating_of_nothing(site: WebSite, open_tab: Open, store: Store) -> None:
    tab = open_tab()
    tab.enter(site.open_session())
    assert tab.ask("rate", {"stars": 5})["error"] == "nothing_said"
    assert count(store, events) == 0


@pytest.mark.parametrize("said", [None, "5", {}, {"stars": 0}, {"stars": 6}, {"stars": True}, {"stars": 4.5}])
def test_refuses_a_rating_that_is_none(site: WebSite, open_tab: Open, store: Store, said: Any) -> None:
    tab = open_tab()
    tab.enter(site.open_session())
    tab.say("Hello")
    assert tab.ask("rate", said) == {"ok": False, "error": "invalid", "field": "stars"}
    assert count(store, events) == 0


def test_counts_the_first_rating_of_a_day(site: WebSite, open_tab: Open, store: Store, clock: Clock) -> None:
    tab = open_tab()
    tab.enter(site.open_session())
    tab.say("Hello")
    assert tab.ask("rate", {"stars": 2}) == {"ok": True, "is_new": True}
    assert tab.ask("rate", {"stars": 5}) == {"ok": True, "is_new": False}
    clock.forward(days=1)
    assert tab.ask("rate", {"stars": 4})["is_new"]
    with store.read() as connection:
        rows = connection.execute(sa.select(events).order_by(events.c.event_id)).all()
        owner = connection.scalar(sa.select(conversations.c.customer_id))
        assert set(connection.scalars(sa.select(events.c.customer_id))) == {owner}
    assert [(row.name, row.properties["rating"]) for row in rows] == [(CONVERSATION_RATED, 2), (CONVERSATION_RATED, 4)]
    assert count_opinions(rows)["stars"] == 6  # type: ignore[arg-type]  # rows have what is read of them


def test_slows_down_who_rates_without_end(site: WebSite, open_tab: Open) -> None:
    tab = open_tab()
    tab.enter(site.open_session())
    tab.say("Hello")
    answers = [tab.ask("rate", {"stars": 1}) for _ in range(TRIES_A_MINUTE + 1)]
    assert answers[-1]["error"] == "rate_limited"
