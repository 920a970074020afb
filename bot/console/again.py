"""The console: a password that is asked for again, before what a session that was left open must not do."""

from bot.bootstrap import Services
from bot.console.passwords import is_password
from bot.console.people import Person
from bot.profile.rate_limits import give_back, take

TRIES, TRIES_SECONDS = 10, 900
_NOT_YOURS = "That is not your present password."
_TOO_MANY = "Too many tries. Please wait a quarter of an hour."


def doubt_password(services: Services, person: Person, password: str) -> str:
    """What is wrong with it, an English sentence; "" where nothing is. Writes."""
    key, now = f"console:again:{person.id}", services.clock()
    with services.store.write() as connection:
        if not take(connection, key, limit=TRIES, window_seconds=TRIES_SECONDS, now=now):
            return _TOO_MANY
    if not is_password(person.password_hash, password):
        return _NOT_YOURS
    with services.store.write() as connection:
        give_back(connection, key)
    return ""
