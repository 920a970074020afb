"""The console: what must be read again later, by nobody else: encrypted for one purpose, by the settings' secret."""

import base64
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.settings import Settings


def seal(text: str, purpose: str, settings: Settings, now: datetime) -> str:
    """The text, encrypted and signed by the newest secret."""
    return _open_keys(purpose, settings).encrypt_at_time(text.encode(), int(now.timestamp())).decode()


def unseal(sealed: str, purpose: str, settings: Settings, *, since: datetime | None = None) -> str | None:
    """The text again; None where it was sealed for something else, by a secret that is gone, or before `since`."""
    keys = _open_keys(purpose, settings)
    try:
        text = keys.decrypt(sealed.encode()).decode()
        is_old = since is not None and keys.extract_timestamp(sealed.encode()) < since.timestamp()
    except InvalidToken:
        return None
    return None if is_old else text


def _open_keys(purpose: str, settings: Settings) -> MultiFernet:
    return MultiFernet([_make_key(each, purpose) for each in settings.console_secret_list])


def _make_key(secret: str, purpose: str) -> Fernet:
    derive = HKDF(SHA256(), length=32, salt=None, info=f"prevenant-console:{purpose}".encode())
    return Fernet(base64.urlsafe_b64encode(derive.derive(secret.encode())))
