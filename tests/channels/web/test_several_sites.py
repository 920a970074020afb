"""Two `site` over one store and one Redis: a conversation is one, whichever its tabs are connected to."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from bot.contracts.messages import OutboundMessage
from bot.errors import FixConfiguration
from bot.prepare import complete_environment
from bot.profile.store.engine import Store
from bot.settings import Settings
from tests.channels.web.conftest import Clock, Refused, Tab
from tests.channels.web.test_receive import sender_of
from tests.conftest import miss
from tests.servers.redis import find_redis, run_redis
from tests.servers.web import WebSite, run_web_site

Open = Callable[..., Tab]


@pytest.fixture
def sites(store: Store, settings: Settings, clock: Clock) -> Iterator[tuple[WebSite, WebSite]]:
    program = find_redis()
    if not program:
        miss("Redis's server (Debian: redis-server)")
    with run_redis(program) as url:
        shared = replace(settings, redis_url=url)
        with run_web_site(store, shared, clock) as one, run_web_site(store, shared, clock) as other:
            yield one, other


def test_refuses_an_address_that_is_not_one_of_redis() -> None:
    with pytest.raises(FixConfiguration, match="PREVENANT_REDIS_URL"):
        Settings.from_env(complete_environment({"PREVENANT_REDIS_URL": "localhost:6379"}))


def test_shows_in_every_tab_what_is_handed_to_either_site(
    sites: tuple[WebSite, WebSite], open_tab: Open, store: Store
) -> None:
    session = sites[0].open_session()
    tabs = [open_tab(site) for site in sites]
    for tab in tabs:
        tab.enter(session)
    assert tabs[0].say("hello")["ok"]
    assert tabs[1].hears("message")["text"] == "hello"
    sites[1].show(sender_of(store), 1, OutboundMessage("Hello"))
    assert [tab.hears("message")["text"] for tab in tabs] == ["Hello", "Hello"]
    assert all(tab.heard_nothing("message") for tab in tabs)


def test_tells_the_tabs_of_every_site_that_their_person_signed_out(
    sites: tuple[WebSite, WebSite], open_tab: Open, store: Store, vouch: Callable[..., str]
) -> None:
    session = sites[0].open_session()
    first, second, third = (open_tab(site) for site in (sites[0], sites[1], sites[1]))
    for tab in (first, second):
        tab.enter(session, customer_token=vouch("camille"))
    sender_id = sender_of(store)
    with pytest.raises(Refused, match="session_ended"):  # the page knows nobody any more
        third.enter(session)
    for tab in (first, second):
        tab.hears("ended")
    sites[0].show(sender_id, 2, OutboundMessage("for somebody else"))
    assert all(tab.heard_nothing("message") for tab in (first, second))
