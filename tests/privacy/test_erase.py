"""Promise 7: a person who is erased is nowhere any more, in no row, byte or file; their neighbour is untouched."""

from dataclasses import replace
from multiprocessing import get_context
from signal import SIGKILL

import pytest
import sqlalchemy as sa

from bot.bootstrap import Services
from bot.errors import Conflict, FixConfiguration, NotFound, Unavailable
from bot.privacy import erase
from bot.privacy.erase import request_erasure, run_due, run_erasure
from bot.privacy.erasures import LEASE, LONGEST_WAIT, REST, find_erasure, keep_going, take_up
from bot.privacy.export import export_person
from bot.privacy.handlers.registry import NO_PERSONAL_DATA, OUTSIDE_HANDLERS, STORE_HANDLERS
from bot.privacy.subject import find_person
from bot.profile.audit import audit_of
from bot.profile.consent import has_consent, record_consent
from bot.profile.customers import resolve_identity
from bot.profile.photo_wishes import lend, list_lent
from bot.profile.said_words import find_senders, settle_words
from bot.profile.store.tables import audit, conversations, erasures, lent_media, metadata, outbox, tombstones
from bot.profile.tombstones import require_keys
from bot.settings import Settings
from tests.privacy.erase_process import run_until_killed
from tests.privacy.people import SALT, WALTER, ZELDA, Person, settle
from tests.privacy.search import search, tables_with_rows


@pytest.fixture
def zelda(services: Services) -> str:
    settle(services, WALTER)
    return settle(services, ZELDA)


def _erase(services: Services, root: str) -> int:
    erasure_id = request_erasure(services, root, source="command")
    assert run_erasure(services, erasure_id)
    return erasure_id


def _copy(services: Services, person: Person):
    document = export_person(services, find_person(services, "email", person.email), language="en").document
    return document["parts"]


def test_the_search_finds_the_person_in_every_table_and_file_before(services: Services, zelda: str) -> None:
    assert tables_with_rows(services.store) - {"alembic_version"} >= set(metadata.tables) - {
        "erasures", "tombstones", "import_runs", "value_models", "pauses", "journeys", "sightings", "candidate_sets",
        "console_people", "console_sessions", "console_figures",
        "console_factors", "console_recovery_codes", "console_tokens", "console_subjects",
        "charter_proposals", "charter_answers", "charter_owners", "drafts", "assistant_proposals",
        "content_pictures",
        *(() if services.store.is_sqlite else ("crowd_blocks", "crowd_changes")),
    }
    shown = {part["name"]: part["data"] for part in _copy(services, ZELDA)}
    empty = [
        (name, table) for name, data in shown.items() for table, rows in data.items() if not rows
    ]
    assert empty == []
    assert all(row["candidates"] and "candidate_set" not in row for row in shown["decisions"]["decisions"])
    found = search(services, ZELDA.texts)
    assert any("trackers" in place for place in found) and "worker.log" in found


def test_nothing_is_left_of_an_erased_person_and_all_of_the_neighbour(services: Services, zelda: str) -> None:
    before = _copy(services, WALTER)
    _erase(services, zelda)
    assert search(services, [*ZELDA.texts, zelda]) == {}
    assert _copy(services, WALTER) == before
    with pytest.raises(NotFound):
        find_person(services, "email", ZELDA.email)


def test_a_channel_still_deletes_what_it_was_given_of_somebody_who_is_erased(services: Services, zelda: str) -> None:
    now = services.clock()
    with services.store.write() as connection:
        lend(connection, "whatsapp", "M1", ZELDA.sender, now, shown_by="a reply that is erased, too")
    _erase(services, zelda)
    with services.store.read() as connection:
        rows = connection.execute(sa.select(lent_media).where(lent_media.c.sender_id != WALTER.sender)).all()
        assert {(row.sender_id, row.reply_key) for row in rows} == {("", "")} and len(rows) == 2
        assert "M1" in {each.media_id for each in list_lent(connection, now)}


def test_keeps_an_audit_trail_of_numbers_only(services: Services, zelda: str) -> None:
    erasure_id = _erase(services, zelda)
    with services.store.read() as connection:
        trail = audit_of(connection, f"erased:{erasure_id}")
        row = connection.execute(sa.select(erasures)).one()
        assert not connection.scalar(sa.select(sa.func.count()).where(audit.c.customer_id == zelda))
    assert [each.action for each in trail] == ["erased", "erasure_asked", "change_email"]
    assert {each.object_ref for each in trail} == {f"erasure:{erasure_id}", "customer:erased"}
    assert (row.root_id, row.subject, row.state) == ("", {}, "done")
    assert set(row.steps) == {each.name for each in (*OUTSIDE_HANDLERS, *STORE_HANDLERS)}
    assert all(row.steps[name] for name in row.steps)


def test_keeps_the_shops_orders_without_the_person(services: Services, zelda: str) -> None:
    orders = services.commerce.list_orders(ZELDA.ref).items
    _erase(services, zelda)
    for before in orders:
        after = services.commerce.get_order(before.ref)
        assert (after.totals, after.email, after.customer_ref) == (before.totals, "", None)


def test_leaves_the_account_alone_where_it_is_told_to(services: Services, zelda: str) -> None:
    run_erasure(services, request_erasure(services, zelda, source="command", keeps_account=True))
    assert services.commerce.get_customer(ZELDA.ref).email == ZELDA.email
    with services.store.read() as connection:
        assert not connection.scalar(sa.select(sa.func.count()).where(outbox.c.address == ZELDA.email))


def test_does_it_once_however_often_it_is_asked(services: Services, zelda: str) -> None:
    first = request_erasure(services, zelda, source="command")
    assert request_erasure(services, zelda, source="chat") == first
    assert run_erasure(services, first)
    assert not run_erasure(services, first) and run_due(services) == 0


def test_nothing_of_ours_leaves_from_the_moment_of_asking(services: Services, zelda: str) -> None:
    request_erasure(services, zelda, source="chat")
    with services.store.read() as connection:
        assert not has_consent(connection, zelda, "marketing", "web")


def test_waits_for_the_last_answer_of_the_chat(services: Services, zelda: str, clock) -> None:
    erasure_id = request_erasure(services, zelda, source="chat")
    with services.store.write() as connection:
        connection.execute(sa.text("UPDATE inbox SET state = 'working'"))
    assert run_due(services) == 0
    with services.store.write() as connection:
        connection.execute(sa.text("UPDATE inbox SET state = 'done'"))
        connection.execute(sa.text("UPDATE outbox SET state = 'sent' WHERE state = 'pending'"))
    assert run_due(services) == 1
    done = find_erasure(services.store, erasure_id)
    assert done and done.state == "done"


def test_does_not_wait_for_ever(services: Services, zelda: str, clock) -> None:
    request_erasure(services, zelda, source="chat")
    with services.store.write() as connection:
        connection.execute(sa.text("UPDATE inbox SET state = 'working'"))
    clock.wait(minutes=11)
    assert run_due(services) == 1


def test_begins_nothing_while_the_shop_is_down_and_goes_on_later(services: Services, zelda: str, monkeypatch) -> None:
    request_erasure(services, zelda, source="command")
    with services.store.write() as connection:
        connection.execute(sa.text("UPDATE outbox SET state = 'sent' WHERE state = 'pending'"))
    with monkeypatch.context() as patch:
        patch.setattr(type(services.commerce), "get_customer", _down)
        assert run_due(services) == 0
    with monkeypatch.context() as patch:
        patch.setattr(type(services.commerce), "close_account", _down)
        assert run_due(services) == 0
    assert run_due(services) == 1
    assert search(services, ZELDA.texts) == {}


def test_a_step_that_fails_is_tried_again_after_seconds_and_holds_no_other_up(
    services: Services, zelda: str, clock, monkeypatch
) -> None:
    request_erasure(services, zelda, source="command")
    request_erasure(services, find_person(services, "email", WALTER.email), source="command")
    with services.store.write() as connection:
        connection.execute(sa.text("UPDATE outbox SET state = 'sent' WHERE state = 'pending'"))
    with monkeypatch.context() as patch:
        patch.setattr(type(OUTSIDE_HANDLERS[1]), "erase", _break)
        with pytest.raises(ZeroDivisionError):
            run_due(services)
    assert run_due(services) == 1  # the neighbour's
    clock.now += REST
    assert run_due(services) == 1
    assert search(services, [*ZELDA.texts, *WALTER.texts]) == {}


def _break(*_args, **_kwargs):
    raise ZeroDivisionError


def test_another_process_goes_on_a_minute_after_one_was_killed(services: Services, zelda: str, clock) -> None:
    erasure_id = request_erasure(services, zelda, source="command")
    killed = take_up(services.store, erasure_id, clock.now)
    assert killed and take_up(services.store, erasure_id, clock.now) is None
    clock.now += LEASE
    assert run_erasure(services, erasure_id)
    with services.store.write() as connection, pytest.raises(Conflict):
        keep_going(connection, killed, clock.now, subject={"members": [zelda]})  # it was only slow
    assert search(services, [zelda]) == {}


def _down(*_args, **_kwargs):
    raise Unavailable("down")


def test_takes_what_arrived_while_it_ran(services: Services, zelda: str, monkeypatch) -> None:
    swept = erase._sweep

    def arrive_then_sweep(*args):
        with services.store.write() as connection:
            resolve_identity(connection, "email", ZELDA.email, source="web", is_verified=False,
                             now=services.clock(), salt=SALT)
        return swept(*args)

    monkeypatch.setattr(erase, "_sweep", arrive_then_sweep)
    _erase(services, zelda)
    assert search(services, ZELDA.texts) == {}


@pytest.mark.parametrize("value", [ZELDA.email.upper(), f" {ZELDA.email}"])
def test_a_later_import_of_the_address_gets_no_marketing(services: Services, zelda: str, clock, value: str) -> None:
    _erase(services, zelda)
    clock.wait(days=1)
    stranger = _import(services, "email", value, "crm", clock.now)
    with services.store.read() as connection:
        assert not has_consent(connection, stranger, "marketing", "email")
    _say_yes(services, stranger, "chat", clock.now)
    with services.store.read() as connection:
        assert has_consent(connection, stranger, "marketing", "email")


def test_a_phone_is_known_again_however_it_is_written(services: Services, zelda: str, clock) -> None:
    _erase(services, zelda)
    stranger = _import(services, "phone", "06 39 98 00 01", "crm", clock.now)
    neighbour = _import(services, "phone", "06 39 98 77 77", "crm", clock.now)
    with services.store.read() as connection:
        assert not has_consent(connection, stranger, "marketing", "email")
        assert has_consent(connection, neighbour, "marketing", "email")


def test_the_decisions_bulk_reader_sees_the_tombstone_too(services: Services, zelda: str, clock) -> None:
    from bot.decision.choose import CONSENT_GRANTED, CONSENT_WITHDRAWN
    from bot.decision.persons import read_persons

    _erase(services, zelda)
    stranger = _import(services, "email", ZELDA.email, "crm", clock.now)
    neighbour = _import(services, "email", "other@example.com", "crm", clock.now)
    with services.store.read() as connection:
        persons = read_persons(connection, [stranger, neighbour], "marketing", clock.now)
    assert persons[stranger].consent["email"] == CONSENT_WITHDRAWN
    assert persons[neighbour].consent["email"] == CONSENT_GRANTED


def _import(services: Services, kind: str, value: str, source: str, now) -> str:
    with services.store.write() as connection:
        stranger = resolve_identity(connection, kind, value, source=source, is_verified=False, now=now, salt=SALT)
    _say_yes(services, stranger, source, now)
    return stranger


def _say_yes(services: Services, customer: str, source: str, now) -> None:
    with services.store.write() as connection:
        record_consent(connection, customer, purpose="marketing", channel="email", state="granted", source=source,
                       wording="", now=now)


def test_a_changed_secret_refuses_to_start_and_silences_until_it_is_listed(services, zelda: str, clock) -> None:
    from bot.bootstrap import open_services

    _erase(services, zelda)
    neighbour = _import(services, "email", "other@example.com", "crm", clock.now)
    other = replace(services.settings, session_secret="another-" + "x" * 24)
    both = replace(other, tombstone_secrets=f"new-{'n' * 20}, {services.settings.session_secret}")
    opened = open_services(other, clock=clock)
    with opened.store.read() as connection:
        with pytest.raises(FixConfiguration, match="TOMBSTONE_SECRETS"):
            require_keys(connection)
        assert not has_consent(connection, neighbour, "marketing", "email")
    opened.close()
    opened = open_services(both, clock=clock)
    stranger = _import(opened, "email", ZELDA.email, "crm", clock.now)
    with opened.store.read() as connection:
        require_keys(connection)
        assert not has_consent(connection, stranger, "marketing", "email")
        assert has_consent(connection, neighbour, "marketing", "email")
    opened.close()


def test_the_tombstone_holds_no_address(services: Services, zelda: str) -> None:
    _erase(services, zelda)
    with services.store.read() as connection:
        rows = connection.execute(sa.select(tombstones)).all()
    assert len(rows) == 2 * 3 and all(len(row.address_hash) == 64 for row in rows)


@pytest.mark.slow
def test_goes_on_where_it_was_killed_at_any_handler(services: Services, settings: Settings, zelda: str, clock) -> None:
    before = _copy(services, WALTER)
    erasure_id = request_erasure(services, zelda, source="command")
    names = [*(each.name for each in OUTSIDE_HANDLERS), *(each.name for each in STORE_HANDLERS[:-1]), "sweep", "finish",
             "files"]
    processes = get_context("forkserver")  # which imports once what each of them needs, opens nothing, and forks
    processes.set_forkserver_preload([run_until_killed.__module__])
    for number, name in enumerate(names):
        process = processes.Process(target=run_until_killed, args=(settings, erasure_id, name, 6 * (number + 1)))
        process.start()
        process.join()
        assert process.exitcode == -SIGKILL, name
        process.close()
    clock.wait(minutes=6 * len(names) + 6)
    assert run_due(services) == 1
    assert search(services, [*ZELDA.texts, zelda]) == {}
    assert _copy(services, WALTER) == before


def test_no_table_is_free_of_personal_data_that_an_erasure_writes_into(services: Services, zelda: str) -> None:
    _erase(services, zelda)
    with services.store.read() as connection:
        for name in NO_PERSONAL_DATA:
            rows = connection.execute(sa.select(metadata.tables[name])).all()
            assert not [row for row in rows for text in (*ZELDA.texts, zelda) if text in str(row)]


def test_no_word_of_an_erased_person_is_found(services: Services, zelda: str) -> None:
    def find(person: Person) -> list[str]:
        with services.store.read() as connection:
            return find_senders(connection, person.mark, 9)

    assert (find(ZELDA), find(WALTER)) == ([ZELDA.sender], [WALTER.sender])
    _erase(services, zelda)
    assert (find(ZELDA), find(WALTER)) == ([], [WALTER.sender])
    assert settle_words(services.store) == 0  # nor in what the index keeps of older messages


def test_several_that_are_due_empty_the_files_once_and_no_word_of_any_is_left(
    services: Services, zelda: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with services.store.read() as connection:
        walter = connection.scalar(
            sa.select(conversations.c.customer_id).where(conversations.c.sender_id == WALTER.sender))
    assert walter
    settled: list[int] = []
    monkeypatch.setattr(erase, "settle_words", lambda store: settled.append(settle_words(store)))
    for person in (zelda, walter):
        request_erasure(services, person, source="command")
    later = replace(services, clock=lambda: services.clock() + LONGEST_WAIT)
    assert run_due(later) == 2
    if services.store.is_sqlite:
        assert len(settled) == 1 and settle_words(services.store) == 0
        with services.store.read() as connection:
            index = b"".join(connection.scalars(sa.text("SELECT block FROM inbox_words_data")))
        assert not [each for each in (ZELDA.mark, WALTER.mark) if each.casefold().encode()[2:] in index]
    assert run_due(later) == 0
