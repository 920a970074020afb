"""Only what we or the shop signed, for this use, just now, says who speaks."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from bot.channels.web.tokens import SESSION_LIFE, make_session, read_cart_token, read_customer, read_session
from bot.errors import NotAllowed
from bot.settings import Settings
from bot.storefront.session import collector_token, widget_token

Vouch = Callable[..., str]
CART_SECRET = "a secret of at least thirty-two characters"


@pytest.mark.parametrize("token", ["", None, 7, [], "nonsense", "a.b.c", "é" * 9, "x" * 5_000])
def test_knows_nobody_by_nonsense(settings: Settings, now: datetime, token: Any) -> None:
    with pytest.raises(NotAllowed, match="session_invalid"):
        read_session(settings, token, now)
    with pytest.raises(NotAllowed, match="token_invalid"):
        read_customer(settings, token, now)


def test_reads_its_own_session_until_it_is_too_old(settings: Settings, now: datetime) -> None:
    session = make_session(settings, now)
    assert len(read_session(settings, session, now)) == 32
    assert read_session(settings, session, now + SESSION_LIFE - timedelta(seconds=1))
    with pytest.raises(NotAllowed, match="session_invalid"):
        read_session(settings, session, now + SESSION_LIFE)


def test_makes_every_session_another(settings: Settings, now: datetime) -> None:
    assert make_session(settings, now) != make_session(settings, now)


def test_refuses_a_session_that_others_signed(settings: Settings, now: datetime, vouch: Vouch) -> None:
    claims = {"sid": "s", "aud": "prevenant-widget-session", "exp": now + timedelta(days=1)}
    forged = [jwt.encode(claims, "another-secret-" + "x" * 20, algorithm="HS256"), jwt.encode(claims, None, "none")]
    meant_otherwise = [
        jwt.encode({**claims, "aud": "prevenant_session"}, settings.session_secret, algorithm="HS256"), vouch(),
    ]
    for token in (*forged, *meant_otherwise):
        with pytest.raises(NotAllowed, match="session_invalid"):
            read_session(settings, token, now)


def test_reads_the_shops_word(settings: Settings, now: datetime) -> None:
    token = widget_token(settings, now, ref="camille", email="camille@example.com", name="Camille")
    customer = read_customer(settings, token, now)
    assert (customer.ref, customer.email) == ("camille", "camille@example.com")
    assert customer.until == now + timedelta(minutes=5)


@pytest.mark.parametrize(
    "forged",
    [
        {"secret": "another-secret-" + "x" * 20}, {"aud": "somebody-else"}, {"iss": "somebody-else"}, {"jti": None},
        {"aud": None}, {"exp": None}, {"iat": None}, {"sub": ""}, {"jti": ""}, {"exp": 9e18},
    ],
)
def test_refuses_a_forged_word(settings: Settings, now: datetime, vouch: Vouch, forged: dict[str, Any]) -> None:
    with pytest.raises(NotAllowed, match="token_invalid"):
        read_customer(settings, vouch(**forged), now)


def test_refuses_a_word_that_is_old_early_or_good_for_too_long(
    settings: Settings, now: datetime, vouch: Vouch
) -> None:
    late = vouch()
    early = vouch(iat=now + timedelta(minutes=2), exp=now + timedelta(minutes=4))
    long = vouch(exp=now + timedelta(minutes=6))
    for token, moment in ((late, now + timedelta(minutes=5)), (early, now), (long, now)):
        with pytest.raises(NotAllowed, match="token_invalid"):
            read_customer(settings, token, moment)


def test_refuses_the_collectors_word(settings: Settings, now: datetime) -> None:
    with pytest.raises(NotAllowed, match="token_invalid"):
        read_customer(settings, collector_token(settings, now, "camille"), now)


def test_believes_no_basket_that_we_did_not_sign() -> None:
    forged = jwt.encode({"cart": "c1"}, "another secret of thirty-two characters", algorithm="HS256")
    assert read_cart_token(forged, CART_SECRET) == ""
    assert read_cart_token("nonsense", CART_SECRET) == ""


def test_believes_no_basket_whose_token_ran_out() -> None:
    old = jwt.encode({"cart": "c1", "exp": datetime.now(UTC) - timedelta(hours=1)}, CART_SECRET, algorithm="HS256")
    assert read_cart_token(old, CART_SECRET) == ""


def test_reads_the_basket_of_a_page_out_of_its_token() -> None:
    assert read_cart_token(jwt.encode({"cart": "c1"}, CART_SECRET, algorithm="HS256"), CART_SECRET) == "c1"
