"""The console: a company's own sign-in (OpenID Connect): authorization code with PKCE, state and nonce -> who it is.

Refusals: NotAllowed, with a word of why; Unavailable, where the provider is silent or says what nobody understands.
"""

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from bot.console.roles import Role
from bot.errors import NotAllowed, Unavailable
from bot.settings import Settings

BACK_PATH = "/console/sign-in/company/back"
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")  # never one that shares a secret
_KEPT = timedelta(hours=1)  # of what the provider says of itself
_TIMEOUT_SECONDS, _LEEWAY_SECONDS = 5, 60
_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True)
class Errand:
    """What a browser keeps, sealed, while it is at the company's door."""

    state: str
    nonce: str
    verifier: str

    def to_text(self) -> str:
        """For the cookie."""
        return json.dumps([self.state, self.nonce, self.verifier])


@dataclass(frozen=True)
class Comer:
    """Whom the company's sign-in means."""

    issuer: str
    subject: str
    name: str
    role: Role | None  # None: in no group that opens the console


def read_errand(text: str | None) -> Errand:
    """What was kept; NotAllowed where nothing was, or too long ago."""
    if text is None:
        raise NotAllowed("begin_again")
    return Errand(*json.loads(text))


class Company:
    """A provider, asked about itself once an hour. Opens nothing until the first sign-in."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._said: tuple[datetime, Mapping[str, Any]] | None = None

    def begin(self, now: datetime) -> tuple[str, Errand]:
        """Where the browser goes, and what it keeps meanwhile. Asks the provider."""
        errand = Errand(*(secrets.token_urlsafe(48) for _ in range(3)))
        address, _ = self._open_session().create_authorization_url(
            self._discover(now)["authorization_endpoint"], state=errand.state, code_verifier=errand.verifier,
            nonce=errand.nonce,
        )
        return str(address), errand

    def finish(self, errand: Errand, said: Mapping[str, str], now: datetime) -> Comer:
        """Who came back with this answer. Asks the provider."""
        issuer = self._settings.console_oidc_issuer
        if not hmac.compare_digest(said.get("state", "").encode(), errand.state.encode()):
            raise NotAllowed("state")
        if said.get("iss", issuer) != issuer:  # RFC 9207: an answer of another provider
            raise NotAllowed("issuer")
        if not said.get("code"):
            raise NotAllowed("denied")
        about = self._discover(now)
        claims = _read_claims(self._fetch_token(about, errand, said["code"]), self._fetch(about["jwks_uri"]),
                              self._settings, errand.nonce, now)
        role = find_role(claims.get(self._settings.console_oidc_group_claim), self._settings.console_oidc_roles)
        return Comer(issuer, claims["sub"], str(claims.get(self._settings.console_oidc_name_claim) or ""), role)

    def _open_session(self) -> OAuth2Session:
        settings = self._settings
        return OAuth2Session(
            settings.console_oidc_client_id, settings.console_oidc_client_secret or None,
            token_endpoint_auth_method="client_secret_basic" if settings.console_oidc_client_secret else "none",
            scope="openid profile email", redirect_uri=f"{settings.public_url}{BACK_PATH}",
            code_challenge_method="S256", default_timeout=_TIMEOUT_SECONDS,
        )

    def _fetch_token(self, about: Mapping[str, Any], errand: Errand, code: str) -> str:
        try:
            with self._open_session() as session:
                token = session.fetch_token(about["token_endpoint"], code=code, code_verifier=errand.verifier)
        except AuthlibBaseError as error:
            raise NotAllowed("code", f"the provider refused the code: {error.error}") from error
        except (requests.RequestException, ValueError) as error:
            raise Unavailable("the provider's token endpoint does not answer") from error
        found = token.get("id_token")
        if not isinstance(found, str):
            raise Unavailable("the provider gives no id_token: is the scope openid allowed?")
        return found

    def _discover(self, now: datetime) -> Mapping[str, Any]:
        """What the provider says of itself; it must be the issuer that the settings name, and as safe."""
        if self._said is None or self._said[0] <= now - _KEPT:
            issuer = self._settings.console_oidc_issuer
            about = self._fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            needs_https = issuer.startswith("https:")
            if about.get("issuer") != issuer or not all(_is_address(about.get(each), needs_https) for each in _NEEDED):
                raise Unavailable("the provider describes another issuer, or leaves its addresses out")
            self._said = now, about
        return self._said[1]

    def _fetch(self, address: str) -> Mapping[str, Any]:
        try:
            answer = requests.get(address, timeout=_TIMEOUT_SECONDS, allow_redirects=False)
            answer.raise_for_status()
            found = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise Unavailable("the provider does not answer") from error
        if answer.status_code != 200 or not isinstance(found, dict):
            raise Unavailable("the provider answers what nobody understands")
        return found


def find_role(groups: object, roles: Mapping[str, Role]) -> Role | None:
    """The role of the first group, in the settings' order, that somebody is in. Pure."""
    mine = {groups} if isinstance(groups, str) else set(groups) if isinstance(groups, list) else set()
    return next((role for group, role in roles.items() if group in mine), None)


def _read_claims(
    token: str, keys: Mapping[str, Any], settings: Settings, nonce: str, now: datetime
) -> Mapping[str, Any]:
    """What an id_token says, once its signature, issuer, audience, time and nonce are right."""
    us = settings.console_oidc_client_id
    registry = jwt.JWTClaimsRegistry(
        int(now.timestamp()), _LEEWAY_SECONDS, sub={"essential": True}, exp={"essential": True},
        iat={"essential": True}, iss={"essential": True, "value": settings.console_oidc_issuer},
        aud={"essential": True, "value": us}, nonce={"essential": True, "value": nonce},
    )
    try:
        claims = jwt.decode(token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS).claims  # type: ignore[arg-type]
        registry.validate(claims)
    except (JoseError, ValueError, KeyError) as error:
        raise NotAllowed("id_token", f"the id_token does not hold: {type(error).__name__}") from error
    is_for_us = claims.get("azp", us) == us
    is_subject = isinstance(claims["sub"], str) and 0 < len(claims["sub"]) <= 255 and claims["sub"].isprintable()
    if not is_for_us or not is_subject:
        raise NotAllowed("id_token", "the id_token is for somebody else")
    return claims


def _is_address(value: object, needs_https: bool) -> bool:
    return isinstance(value, str) and value.startswith("https://" if needs_https else ("http://", "https://"))
