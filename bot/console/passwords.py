"""The console: passwords, hashed by argon2id with the library's own cost; made up where nobody chose one."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.errors import FixInput
from bot.settings import PLACEHOLDER

LEAST_CHARACTERS, MOST_CHARACTERS = 12, 200
_LEAST_DIFFERENT = 5  # characters: not aaaaaaaaaaaa
_HASHER = PasswordHasher()


def hash_password(password: str) -> str:
    """What the store keeps of it."""
    return _HASHER.hash(password)


def is_password(kept: str, given: str) -> bool:
    """Whether it opens the door; whoever has no account costs the same time: see `NOBODY`."""
    try:
        return _HASHER.verify(kept, given[:MOST_CHARACTERS])
    except (VerificationError, InvalidHashError):
        return False


def make_password() -> str:
    """A random one, of 128 bits."""
    return secrets.token_urlsafe(16)


def require_password(password: str, name: str) -> str:
    """The password; FixInput for one that is too short, too long, a placeholder, or the name over again."""
    plain = password.casefold()
    if not LEAST_CHARACTERS <= len(password) <= MOST_CHARACTERS:
        raise FixInput("password", f"must have {LEAST_CHARACTERS} to {MOST_CHARACTERS} characters")
    if PLACEHOLDER in plain or "password" in plain or len(set(plain)) < _LEAST_DIFFERENT:
        raise FixInput("password", "is one that anybody would try first")
    if name and name.casefold() in plain:
        raise FixInput("password", "must not hold the name")
    return password


# argon2id of a random word that nobody kept: compared with where no account has the name.
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
