"""A yes that a letter has to confirm counts as no until then; what nobody declared is refused."""

import pytest
import sqlalchemy as sa

from bot.bootstrap import Services
from bot.errors import FixInput
from bot.privacy.links import read_link
from bot.privacy.opt_in import Yes, confirm, find_country, grant
from bot.privacy.opt_in_rate import count_opt_ins
from bot.profile.consent import consent_state, has_consent, note_asked, record_consent
from bot.profile.customers import link_identity, merge_customers, resolve_identity
from bot.profile.store.tables import outbox, privacy_links
from bot.profile.traits import set_trait
from tests.privacy.people import SALT

WORDS = "Shall I write to you?"


def _person(services: Services, name: str, country: str = "", phone: str = "") -> str:
    now = services.clock()
    with services.store.write() as connection:
        root = resolve_identity(connection, "email", f"{name}@example.com", source="shop", is_verified=True, now=now,
                                salt=SALT)
        if country:
            set_trait(connection, root, "country", country, silo="crm", now=now)
        if phone:
            link_identity(connection, root, "phone", phone, source="shop", now=now)
    return root


def _yes(root: str, channel: str = "email", key: str = "k", purpose: str = "marketing", **named) -> Yes:
    return Yes(root, purpose, channel, "chat", WORDS, key, "en", **named)


def _state(services: Services, root: str, channel: str = "email") -> str:
    with services.store.read() as connection:
        return consent_state(connection, root, "marketing", channel)


def _token(services: Services) -> str:
    with services.store.read() as connection:
        row = connection.execute(sa.select(outbox).order_by(outbox.c.outbox_id.desc()).limit(1)).one()
    return str(row.payload["quick_replies"][0]["url"]).rsplit("/", 1)[1]


def _follow(services: Services, token: str) -> bool:
    with services.store.write() as connection:
        link = read_link(connection, "consent", token, services.clock())
        return link is not None and confirm(connection, services, link, services.clock())


def test_counts_as_no_until_the_letter_is_confirmed(services: Services) -> None:
    root = _person(services, "grete", "DE")
    assert grant(services, _yes(root)) == "pending"
    assert _state(services, root) == "pending"
    with services.store.read() as connection:
        assert not has_consent(connection, root, "marketing", "email")
    assert _follow(services, _token(services))
    assert _state(services, root) == "granted"


@pytest.mark.parametrize(("country", "channel", "expected"), [
    ("FR", "email", "granted"), ("AT", "email", "pending"), ("AT", "web", "granted"), ("US", "email", "granted"),
    ("", "email", "pending"), ("DE", "sms", "pending"),
])
def test_asks_for_a_letter_where_the_country_wants_it(services: Services, country, channel, expected) -> None:
    assert grant(services, _yes(_person(services, "p", country), channel)) == expected


def test_reads_the_country_from_the_account_the_phone_or_the_locale(services: Services) -> None:
    german = _person(services, "a", phone="+4930901820")
    assert find_country(services, german, "")[0] == "DE"
    assert find_country(services, german, "camille") == ("FR", "camille.laurier@example.com")


def test_stays_no_when_it_was_taken_back_before_the_letter(services: Services, clock) -> None:
    root = _person(services, "grete", "DE")
    grant(services, _yes(root))
    token = _token(services)
    clock.wait(minutes=1)
    with services.store.write() as connection:
        record_consent(connection, root, purpose="marketing", channel="email", state="withdrawn", source="chat",
                       wording="", now=clock.now)
    assert not _follow(services, token) and _state(services, root) == "withdrawn"


def test_a_letter_is_good_for_hours_only(services: Services, clock) -> None:
    root = _person(services, "grete", "DE")
    grant(services, _yes(root))
    token = _token(services)
    clock.wait(hours=72)
    assert not _follow(services, token) and _state(services, root) == "pending"


def test_who_confirmed_before_is_not_asked_again(services: Services, clock) -> None:
    root = _person(services, "grete", "DE")
    grant(services, _yes(root))
    _follow(services, _token(services))
    clock.wait(days=1)
    assert grant(services, _yes(root, key="later")) == "granted"


def test_the_same_message_sends_one_letter(services: Services) -> None:
    root = _person(services, "grete", "DE")
    for _ in range(2):
        grant(services, _yes(root))
    with services.store.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(privacy_links)) == 1


def test_a_merged_person_with_a_pending_part_has_not_consented(services: Services, clock) -> None:
    one, other = _person(services, "a", "FR"), _person(services, "b", "DE")
    grant(services, _yes(one, key="1"))
    grant(services, _yes(other, key="2"))
    clock.wait(minutes=1)
    with services.store.write() as connection:
        merge_customers(connection, one, other, reason="test", now=clock.now)
        assert not has_consent(connection, one, "marketing", "email")


@pytest.mark.parametrize(("purpose", "channel"), [("research", "email"), ("marketing", "pigeon")])
def test_refuses_what_nobody_declared(services: Services, purpose: str, channel: str) -> None:
    root = _person(services, "a", "FR")
    with pytest.raises(FixInput, match="not declared"):
        grant(services, _yes(root, channel, purpose=purpose))
    with services.store.write() as connection, pytest.raises(FixInput, match="not declared"):
        record_consent(connection, root, purpose=purpose, channel=channel, state="granted", source="t", wording="",
                       now=services.clock())


def test_counts_who_was_asked_and_what_they_said(services: Services, clock) -> None:
    people = [_person(services, f"p{number}", "FR") for number in range(5)]
    with services.store.write() as connection:
        for root in people[:4]:
            note_asked(connection, root, purpose="marketing", channel="web", wording=WORDS, now=clock.now)
        note_asked(connection, people[0], purpose="marketing", channel="web", wording=WORDS, now=clock.now)
    for number, state in enumerate(("granted", "withdrawn", "granted")):
        with services.store.write() as connection:
            record_consent(connection, people[number], purpose="marketing", channel="web", state=state, source="chat",
                           wording=WORDS, now=clock.now)
    grant(services, _yes(people[4], "web", key="unasked"))
    grant(services, _yes(_person(services, "de", "DE"), "email", key="letter"))
    with services.store.read() as connection:
        rows = {(row["purpose"], row["channel"]): row for row in count_opt_ins(connection)}
    web, email = rows["marketing", "web"], rows["marketing", "email"]
    assert (web["asked"], web["granted"], web["withdrawn"], web["rate"]) == (4, 3, 1, 0.5)
    assert (email["asked"], email["pending"], email["rate"]) == (0, 1, None)
