"""The process `worker`: hands messages to Rasa, decides, and dispatches; a few loops side by side.

Every loop goes on at once after work and rests a little without; an error nobody foresaw is logged
and costs a pause, never the process.
"""

import os
import signal
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from traceback import extract_tb

import structlog

from bot.bootstrap import InForce, Services, open_services
from bot.carriers.watching import watch_due
from bot.channels.deliver import open_marks, open_senders
from bot.channels.email.returned import look_into_mailbox
from bot.channels.handover import Around, RasaGateway, work_inbox
from bot.channels.inbox import is_anything_waiting
from bot.channels.outbox import ANSWERS
from bot.channels.sent_files import Sources, open_sources
from bot.console.assistant.proposing import propose_if_due
from bot.console.charter_watch import note_changes
from bot.console.figures import count_figures
from bot.console.late import reopen_late_days
from bot.console.lift_figures import measure_lift
from bot.console.offer_truth import note_given_offers
from bot.console.past.filling import work_on_past
from bot.console.past.state import as_measured
from bot.console.result_figures import count_results
from bot.console.silo_figures import count_silos
from bot.cores import leave_no_core
from bot.decision.calendar import note_days
from bot.decision.learning import learn_from_outcomes
from bot.decision.waits import run_triggers
from bot.errors import Conflict, FixConfiguration, RetryLater
from bot.garbage import freeze_what_stays
from bot.handoff.answering import leave_silent
from bot.handoff.mirror import open_desk, tell_desk
from bot.intake.carrier_news import tell_news
from bot.intake.shop_changes import pull_changes
from bot.intake.shop_webhook import read_hints
from bot.intake.sightings import note_looks
from bot.logs import set_up_logs
from bot.measure.alarms import watch_journeys
from bot.nudges.dispatch import Sender, dispatch_once
from bot.nudges.heard_offers import hear_offers
from bot.nudges.schedule import decide_due
from bot.nudges.tracker import TrackerNotes
from bot.privacy.erase import run_due
from bot.privacy.retention import run_if_due
from bot.profile.answering import refresh_answering
from bot.profile.computed import refresh_computed_traits
from bot.profile.segments.members import keep_segments_current
from bot.profile.tombstones import require_keys
from bot.service.photo_try_on import PhotoTryOn, delete_lent, forget_wishes
from bot.settings import Settings

log = structlog.get_logger()
NUDGE_LOOPS = 2  # one commits while another calls
INBOX_LOOPS = 4  # customers who are answered at the same time
_INBOX_SECONDS, _SOON_SECONDS, _UNASKED_SECONDS, AFTER_ERROR_SECONDS = 0.05, 0.1, 5.0, 2.0


@dataclass(frozen=True)
class Loop:
    """Work done again and again; `work` returns how much there was."""

    name: str
    work: Callable[[], int]
    rest_seconds: float = _SOON_SECONDS
    bell: Event | None = None  # rung by a loop that makes work for this one, which then rests no longer

    def run(self, stop: Event) -> None:
        """Until `stop`: at once again after work, else after a rest."""
        while not stop.is_set():
            did = self.attempt()
            if did is None:
                stop.wait(AFTER_ERROR_SECONDS)
            elif not did:
                self._rest(stop)

    def attempt(self) -> int | None:
        """One pass: how much was done; None after an error, which is logged and costs the loop a pause."""
        try:
            return self.work()
        except (RetryLater, Conflict) as error:
            log.info("loop_waits", loop=self.name, error=type(error).__name__)
        except FixConfiguration as error:
            log.error("loop_needs_a_setting", loop=self.name, why=str(error))
        except Exception as error:  # noqa: BLE001  # the outer loop: one bad row must not silence everybody
            log.error("loop_failed", loop=self.name, error=type(error).__name__, at=_place_of(error))
        return None

    def _rest(self, stop: Event) -> None:
        if self.bell is None:
            stop.wait(self.rest_seconds)
        elif self.bell.wait(self.rest_seconds):
            self.bell.clear()


def build_loops(
    services: Services, senders: Sender, *, inbox_loops: int = INBOX_LOOPS, nudge_loops: int = NUDGE_LOOPS
) -> list[Loop]:
    """What the worker does, in the order of the two ways through the house."""
    settings, store, clock = services.settings, services.store, services.clock
    gateway = RasaGateway(settings.rasa_url, settings.internal_secret, settings.turn_deadline_seconds)
    notes = TrackerNotes(settings)
    sources, marks = open_sources(settings), open_marks(store, settings)
    around = Around(sources, marks, PhotoTryOn(store, settings, sources, marks))
    inbox_bell, bell = Event(), Event()
    agreed = InForce(services)

    def look() -> int:
        with store.read() as connection:
            if is_anything_waiting(connection, clock()):
                inbox_bell.set()
        return 0

    def answer() -> int:
        answered = work_inbox(store, gateway, clock, around=around)
        if answered:
            bell.set()
        return answered

    return [
        Loop("inbox", look, _INBOX_SECONDS),  # one looks, so that the others need not
        *(Loop(f"inbox-{n}", answer, _UNASKED_SECONDS, inbox_bell) for n in range(inbox_loops)),
        Loop("replies", lambda: dispatch_once(services, senders, kinds=ANSWERS), bell=bell),
        Loop("shop-changes", lambda: pull_changes(store, services.commerce, clock, salt=settings.holdout_salt), 0.3),
        Loop("looks", lambda: note_looks(store, services.commerce, clock), 5.0),
        *_hear_shop(services),
        Loop("people", lambda: leave_silent(store, clock(), services.policy.shop.people_leave_after), 5.0),
        *_tell_desk(services),
        *_watch_carriers(services),
        *_watch_mailbox(services),
        *_forget_photos(services, sources),
        Loop("traits", lambda: refresh_computed_traits(store, now=clock()), 1.0),
        Loop("answering", lambda: refresh_answering(store, now=clock(), timezone=settings.timezone), 1.0),
        Loop("segments", lambda: keep_segments_current(store, agreed.read().segments, now=clock()), 1.0),
        Loop("calendar", lambda: note_days(store, clock(), settings.timezone), 60.0),
        Loop("charter", lambda: note_changes(services), 10.0),
        Loop("taken-offers", lambda: hear_offers(services), 1.0),
        Loop("deciding", lambda: _decide(agreed.read())),
        Loop("finding", lambda: services.finder.renew(clock()), 30.0),
        Loop("learning", lambda: learn_from_outcomes(services, clock()), 5.0),
        Loop("alarms", lambda: watch_journeys(store, agreed.read().goals, agreed.read().triggers, clock()), 60.0),
        Loop("figures", lambda: count_figures(as_measured(services)), 60.0),
        Loop("late", lambda: reopen_late_days(services), 600.0),
        Loop("offers", lambda: note_given_offers(services), 60.0),
        Loop("silos", lambda: count_silos(services), 60.0),
        Loop("results", lambda: count_results(as_measured(services)) + measure_lift(as_measured(services)), 60.0),
        Loop("made-up-past", lambda: work_on_past(services), 1.0),
        Loop("assistant", lambda: propose_if_due(as_measured(agreed.read())), 600.0),
        Loop("privacy", lambda: run_due(services) + run_if_due(services), 2.0),
        *(Loop(f"nudges-{n}", lambda: dispatch_once(agreed.read(), senders, kinds=("nudge",), tell=notes))
          for n in range(nudge_loops)),
    ]


def _decide(services: Services) -> int:
    return run_triggers(services, services.clock()) + decide_due(services, services.clock())


def _tell_desk(services: Services) -> list[Loop]:
    desk = open_desk(services.settings)
    return [Loop("desk", lambda: tell_desk(services.store, desk, services.clock()), 1.0)] if desk else []


def _watch_mailbox(services: Services) -> list[Loop]:
    store, settings, clock = services.store, services.settings, services.clock
    if not settings.bounce_mailbox:
        return []
    return [Loop("returned-letters", lambda: look_into_mailbox(store, settings, clock()), 60.0)]


def _forget_photos(services: Services, sources: Sources) -> list[Loop]:
    store, clock = services.store, services.clock
    if not sources:
        return []
    return [
        Loop("lent-media", lambda: delete_lent(store, sources, clock()), 1.0),
        Loop("photo-wishes", lambda: forget_wishes(store, clock()), 300.0),
    ]


def _hear_shop(services: Services) -> list[Loop]:
    store, commerce, clock, salt = services.store, services.commerce, services.clock, services.settings.holdout_salt
    if not services.settings.engine_webhook_secret:
        return []
    return [Loop("shop-calls", lambda: read_hints(store, commerce, clock, salt=salt))]


def _watch_carriers(services: Services) -> list[Loop]:
    store, carrier, clock, salt = services.store, services.carrier, services.clock, services.settings.holdout_salt
    if carrier is None:
        return []
    return [
        Loop("parcels", lambda: watch_due(store, carrier, clock), 1.0),
        Loop("parcel-news", lambda: tell_news(store, services.commerce, clock, salt=salt), 0.3),
    ]


def run_loops(loops: list[Loop], stop: Event) -> None:
    """Run every loop until `stop`, then wait until each has put down what it held."""
    threads = [Thread(target=loop.run, args=(stop,), name=loop.name) for loop in loops]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main() -> None:
    """The worker from the environment's settings, until SIGTERM or Ctrl-C."""
    settings = Settings.from_env(os.environ)
    set_up_logs(settings.log_level)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    services = open_services(settings)
    leave_no_core()
    with services.store.read() as connection:
        require_keys(connection)
    freeze_what_stays()
    log.info("worker_started")
    with closing(services), closing(open_senders(settings)) as senders:
        run_loops(build_loops(services, senders), stop)


def _place_of(error: Exception) -> list[str]:
    """Where it happened, innermost last. The error's own words may hold a customer's, and stay out of logs."""
    frames = extract_tb(error.__traceback__)[-4:]
    return [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames]


if __name__ == "__main__":
    main()
