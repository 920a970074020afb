"""An installation looked at: settings in, findings out. Changes nothing, and needs no process of ours to run."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

import requests
import sqlalchemy as sa

from bot.bootstrap import Clock, open_engine, open_services, utc_now
from bot.commands.findings import is_sound
from bot.commerce.checking import Ability, Doubt, Finding, compare_clocks, list_abilities, look, read_one_of_each
from bot.commerce.engines import CHECKS, checks_of
from bot.commerce.protocol import CommerceEngine
from bot.errors import FixConfiguration, PrevenantError, Unavailable
from bot.prepare import complete_environment, is_model_current
from bot.processes import list_processes
from bot.profile.store.engine import Store
from bot.profile.store.migrate import is_current
from bot.settings import Settings

_ANSWER_SECONDS = 2.0
_TOOK, _REFUSED = 200, 401


def examine(environ: Mapping[str, str], clock: Clock) -> Iterator[Finding]:
    """Everything, the settings first: with wrong ones nothing else can be looked at."""
    try:
        complete = complete_environment(environ)
        settings = Settings.from_env(complete)
    except PrevenantError as error:
        yield Finding("settings", "every setting", "failed", str(error))
        return
    yield Finding("settings", "every setting", "ok", f"{settings.mode}, shop {settings.shop}, engine {settings.engine}")
    yield look("settings", "the shop's files", lambda: _read_shop(settings))
    yield from examine_front(settings)
    yield from examine_store(settings, clock)
    yield from examine_engine(settings, clock)
    yield examine_model()
    yield from examine_processes(settings, complete)


def examine_front(settings: Settings) -> Iterator[Finding]:
    """In production: which pages hold the widget, and whose word on who asks is believed. Nothing in the demo."""
    if settings.is_demo:
        return
    yield look("front", "the shop's pages", lambda: _name_pages(settings))
    yield look("front", "the proxies", lambda: _name_proxies(settings))


def _name_pages(settings: Settings) -> str:
    if not settings.shop_origin_list and settings.storefront_url:
        raise Doubt(
            "only the bot's own pages may hold the widget, as PREVENANT_STOREFRONT_URL is no https:// origin: name the "
            "shop's pages in PREVENANT_SHOP_ORIGINS"
        )
    if not settings.shop_origin_list:
        raise Doubt("only the bot's own pages may hold the widget: name the shop's in PREVENANT_SHOP_ORIGINS")
    return f"{', '.join(settings.shop_origin_list)} may hold the widget"


def _name_proxies(settings: Settings) -> str:
    if not settings.trusted_proxy_list:
        raise Doubt(
            "none is trusted: behind one everybody is one address, whom one stranger's tries keep out of the console. "
            "Name it in PREVENANT_TRUSTED_PROXIES"
        )
    return f"{', '.join(settings.trusted_proxy_list)} are believed when they say who asks"


def examine_engine(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """The back end's own checks, one of each object, and the secret of its calls. No object is read where the shop is
    not reached, or something failed.
    """
    if settings.engine not in CHECKS:
        yield Finding("engine", settings.engine, "failed", f"PREVENANT_ENGINE must be one of {', '.join(CHECKS)}")
        return
    told: list[Finding] = []
    for found in checks_of(settings.engine).check_back_end(settings, clock):
        told.append(found)
        yield found
    if told[0].state == "ok" and is_sound(told):
        yield from _read_shop_objects(settings, clock)
    yield from examine_webhooks(settings, clock)


def list_abilities_of(environ: Mapping[str, str], findings: Sequence[Finding]) -> list[Ability]:
    """What works with the engine that these settings name, in the light of what was found."""
    with _opened(Settings.from_env(complete_environment(environ)), utc_now) as engine:
        return list_abilities(engine.capabilities(), findings)


@contextmanager
def _opened(settings: Settings, clock: Clock) -> Iterator[CommerceEngine]:
    engine = open_engine(settings, clock)
    try:
        yield engine
    finally:
        getattr(engine, "close", lambda: None)()  # where it keeps connections, as in `Services.close`


def _read_shop_objects(settings: Settings, clock: Clock) -> Iterator[Finding]:
    try:
        sample = checks_of(settings.engine).find_sample(settings)
    except PrevenantError as error:
        yield Finding("reading", "a customer and an order", "failed", str(error))
        return
    with _opened(settings, clock) as engine:
        yield from read_one_of_each(engine, sample)


def examine_webhooks(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """A signed call that tells of nothing: read here, and taken by the `site` that runs."""
    if not settings.engine_webhook_secret:
        yield Finding("webhooks", "the secret", "ok", "none is set: changes are polled")
        return
    yield look("webhooks", "the secret", lambda: _read_probe(settings, clock), {"webhooks"})
    yield look("webhooks", "the open door", lambda: _post_probe(settings, clock()))


def _read_probe(settings: Settings, clock: Clock) -> str:
    probe = checks_of(settings.engine).make_probe(settings, clock())
    with _opened(settings, clock) as engine:
        engine.read_webhook(probe.body, probe.headers, clock())
    return "a call signed with it is believed"


def _post_probe(settings: Settings, now: datetime) -> str:
    probe = checks_of(settings.engine).make_probe(settings, now)
    address = f"{settings.site_internal_url}/webhooks/shop"
    try:
        answer = requests.post(address, data=probe.body, headers=dict(probe.headers), timeout=_ANSWER_SECONDS)
    except requests.RequestException:
        raise Doubt("the site does not run: `prevenant run`, then look again") from None
    if answer.status_code == _REFUSED:
        raise FixConfiguration("the site that runs has another secret: start it again")
    if answer.status_code != _TOOK:
        raise FixConfiguration(f"the site that runs answers {answer.status_code} at /webhooks/shop: start it again")
    return f"the site takes it; from outside it is {settings.public_url}/webhooks/shop"


def examine_store(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """The store reached, its schema, and its clock where it has one of its own."""
    store = Store(settings.database_url)
    try:
        yield look("store", "reached", lambda: _open_store(store))
        if not store.is_sqlite:
            yield _compare_store_clock(store, clock)
    finally:
        store.close()


def _open_store(store: Store) -> str:
    url = store.url.render_as_string(hide_password=True)
    if store.is_sqlite and not Path(store.url.database or "").is_file():
        raise Doubt(f"{url} is not made yet: `prevenant run` does that")
    try:
        if not is_current(store):
            raise Doubt("its schema is older: the next start brings it up to date")
    except sa.exc.SQLAlchemyError as error:
        raise Unavailable(f"{url}: {type(error).__name__}") from error
    return url


def _compare_store_clock(store: Store, clock: Clock) -> Finding:
    try:
        with store.read() as connection:
            theirs: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    except sa.exc.SQLAlchemyError as error:
        return Finding("clock", "the store's", "warning", type(error).__name__)
    return compare_clocks("the store's", theirs, clock())


def examine_model() -> Finding:
    """Whether Rasa's model is there, and of what the files say now."""
    if is_model_current():
        return Finding("model", "Rasa's model", "ok", "trained on the files as they are")
    return Finding("model", "Rasa's model", "warning", "missing or older than its files: the next start trains it")


def examine_processes(settings: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Those that answer an address; that they do not run is no fault."""
    for process in list_processes(settings, environ):
        if process.ready_url:
            yield look("processes", process.name, partial(_ask, process.ready_url))


def _ask(url: str) -> str:
    try:
        answer = requests.get(url, timeout=_ANSWER_SECONDS)
    except requests.RequestException:
        raise Doubt("does not run") from None
    if not answer.ok:
        raise Unavailable(f"answers {answer.status_code}: var/log says why")
    return "answers"


def _read_shop(settings: Settings) -> str:
    open_services(settings).close()
    return f"data/shops/{settings.shop} is as it must be"
