"""What came back, by HTTP or out of a mailbox: kept once, of our letters alone, and the address is left alone."""

import socket
from contextlib import suppress
from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.channels.email import returned
from bot.channels.email.returned import build_returned_router, keep_returned, look_into_mailbox
from bot.channels.outbox import enqueue, list_rows, mark_all_sending, mark_sent
from bot.contracts.messages import OutboundMessage
from bot.errors import FixConfiguration, Unavailable
from bot.profile.consent import consent_state
from bot.profile.customers import resolve_identity
from bot.profile.store.engine import Store
from bot.profile.suppressions import list_suppressions
from bot.settings import Settings
from tests.channels.email.test_bounces import COMPLAINT, OURS, report

SECRET = "a-secret-of-the-mail-server"
GONE = report("5.1.1", "550 5.1.1 unknown")


@pytest.fixture
def customer(store: Store, now: datetime) -> str:
    """Somebody to whom a letter left."""
    with store.write() as connection:
        person = resolve_identity(connection, "email", "Ada@example.org", source="shop", is_verified=True, now=now,
                                  salt="s" * 16)
        made = enqueue(connection, idempotency_key="k", kind="nudge", customer_id=person, sender_id="", channel="email",
                       address="Ada@example.org", purpose="marketing", payload=OutboundMessage("Hello"), now=now)
        assert made
        mark_all_sending(connection, [made], now)
        mark_sent(connection, made, OURS, now)
    return person


def _kept(store: Store) -> list[tuple[str, str, str, bool]]:
    with store.read() as connection:
        return [(each.address, each.scope, each.reason, each.until is None) for each in list_suppressions(connection)]


def _row(store: Store) -> tuple[str, str]:
    with store.read() as connection:
        (row,) = list_rows(connection)
    return row.state, row.reason


@pytest.mark.parametrize("raw", [
    b"Subject: I am on holiday\n\nBack on Monday.", report("5.1.1", "550", message_id="<somebody@else.example>"),
    report("4.4.1", "later", action="delayed"),
])
def test_silences_nobody_for_a_letter_that_is_no_report_on_ours(
    store: Store, now: datetime, customer: str, raw: bytes
) -> None:
    assert not keep_returned(store, raw, now)
    assert (_kept(store), _row(store)) == ([], ("sent", ""))


def test_leaves_an_address_alone_where_nobody_is(store: Store, now: datetime, customer: str) -> None:
    for _ in range(2):
        assert keep_returned(store, GONE, now)
    assert _kept(store) == [("ada@example.org", "all", "no_such_address", True)]
    assert _row(store) == ("failed", "no_such_address")


def test_waits_longer_each_time_a_mailbox_is_full(store: Store, now: datetime, customer: str) -> None:
    for number in range(3):
        with store.write() as connection:
            made = enqueue(connection, idempotency_key=f"k-{number}", kind="nudge", customer_id=customer, sender_id="",
                           channel="email", address="ada@example.org", purpose="service",
                           payload=OutboundMessage("Hello"), now=now)
            mark_all_sending(connection, [made or 0], now)
            mark_sent(connection, made or 0, f"<{number}@shop.example>", now)
        for _ in range(2):  # the same report twice is one
            keep_returned(store, report("5.2.2", "552 5.2.2 full", message_id=f"<{number}@shop.example>"), now)
    with store.read() as connection:
        (kept,) = list_suppressions(connection)
    assert (kept.scope, kept.until) == ("nudges", now + timedelta(days=4))


def test_takes_a_complaint_for_a_no(store: Store, now: datetime, customer: str) -> None:
    assert keep_returned(store, COMPLAINT, now)
    assert _kept(store) == [("ada@example.org", "nudges", "complaint", True)]
    with store.read() as connection:
        assert consent_state(connection, customer, "marketing", "email") == "withdrawn"
    assert _row(store) == ("sent", "")


def test_blames_no_address_for_what_was_blocked(store: Store, now: datetime, customer: str) -> None:
    assert keep_returned(store, report("5.7.1", "554 5.7.1 listed"), now)
    assert (_kept(store), _row(store)) == ([], ("failed", "blocked"))


@pytest.mark.parametrize(("authorization", "status", "kept"), [
    ("", 401, 0), ("Bearer ", 401, 0), ("Bearer guess", 401, 0), (f"Basic {SECRET}", 401, 0),
    (f"Bearer {SECRET}", 200, 1),
])
def test_opens_to_the_mail_server_alone(
    store: Store, now: datetime, customer: str, authorization: str, status: int, kept: int
) -> None:
    app = FastAPI()
    app.include_router(build_returned_router(store, Settings(bounce_secret=SECRET), lambda: now))
    with TestClient(app) as site:
        answer = site.post("/webhooks/email", content=GONE, headers={"Authorization": authorization})
    assert (answer.status_code, len(_kept(store))) == (status, kept)


class Mailbox(Thread):
    """An IMAP server with some letters: just what a look needs, by RFC 3501."""

    def __init__(self, letters: list[bytes], *, lets_in: bool = True) -> None:
        super().__init__(daemon=True)
        self.letters, self.lets_in, self.seen, self.deleted = letters, lets_in, set[int](), False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def run(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with suppress(OSError), connection, connection.makefile("rwb") as wire:
                self._serve(wire)

    def _serve(self, wire: Any) -> None:
        self._say(wire, b"* OK ready")
        for line in wire:
            tag, _, rest = line.strip().partition(b" ")
            word = rest.upper()
            if word.startswith(b"LOGIN") and not self.lets_in:
                self._say(wire, tag + b" NO [AUTHENTICATIONFAILED] who are you")
                continue
            if word.startswith(b"CAPABILITY"):
                self._say(wire, b"* CAPABILITY IMAP4rev1")
            elif word.startswith(b"SELECT"):
                self._say(wire, b"* %d EXISTS" % len(self.letters))
            elif word.startswith(b"SEARCH"):
                unseen = [str(n).encode() for n in range(1, len(self.letters) + 1) if n not in self.seen]
                self._say(wire, b"* SEARCH " + b" ".join(unseen))
            elif word.startswith(b"FETCH"):
                number = int(rest.split()[1])
                letter = self.letters[number - 1]
                self._say(wire, b"* %d FETCH (BODY[]<0> {%d}\r\n%s)" % (number, len(letter), letter))
            elif word.startswith(b"STORE"):
                self.deleted = self.deleted or b"DELETED" in word
                self.seen.add(int(rest.split()[1]))
            self._say(wire, tag + b" OK done")

    @staticmethod
    def _say(wire: Any, line: bytes) -> None:
        wire.write(line + b"\r\n")
        wire.flush()


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without TLS, which the machine has no certificate for."""
    monkeypatch.setattr(returned.imaplib, "IMAP4_SSL", returned.imaplib.IMAP4)


def _settings(port: int) -> Settings:
    return Settings(bounce_mailbox=f"imaps://bounce%40shop.example:word@127.0.0.1:{port}/INBOX")


def test_reads_what_is_new_in_the_mailbox_once_and_deletes_nothing(
    store: Store, now: datetime, customer: str, plain: None
) -> None:
    box = Mailbox([b"Subject: holiday\n\nBack soon.", GONE])
    box.start()
    assert [look_into_mailbox(store, _settings(box.port), now) for _ in range(2)] == [2, 0]
    box.listener.close()
    assert [each[2] for each in _kept(store)] == ["no_such_address"] and not box.deleted


def test_names_the_setting_of_a_mailbox_that_refuses_us(store: Store, now: datetime, plain: None) -> None:
    box = Mailbox([], lets_in=False)
    box.start()
    with pytest.raises(FixConfiguration, match="PREVENANT_BOUNCE_MAILBOX"):
        look_into_mailbox(store, _settings(box.port), now)
    box.listener.close()


def test_may_look_again_where_the_mailbox_is_away_or_speaks_no_tls(store: Store, now: datetime) -> None:
    with pytest.raises(Unavailable):
        look_into_mailbox(store, _settings(9), now)
    box = Mailbox([])
    box.start()
    with pytest.raises(Unavailable):
        look_into_mailbox(store, _settings(box.port), now)
    box.listener.close()


def test_finds_a_letter_by_an_index(store: Store) -> None:
    with store.read() as connection:
        names = {each["name"] for each in sa.inspect(connection).get_indexes("outbox")}
    assert "ix_outbox_vendor" in names
