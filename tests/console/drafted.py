"""Drafts, and a version of before, for tests that look at them."""

from dataclasses import replace

import sqlalchemy as sa

from bot.bootstrap import Services
from bot.charter.book import Subject
from bot.charter.drafts import DraftId, make_draft
from bot.charter.kept import AGREED, propose
from bot.decision.tables import write_table
from bot.decision.triggers import name_version
from bot.decision.versions import keep_versions
from bot.profile.store.tables import drafts


def table_of(services: Services, name: str = "cart_left") -> dict:
    """A journey's table, with a longer wait than it has."""
    return {**write_table(next(each for each in services.triggers if each.name == name)), "wait_seconds": 3_600}


def add_draft(services: Services) -> DraftId:
    """Somebody wants baskets left behind to wait longer."""
    with services.store.write() as connection:
        return make_draft(
            connection, "journey", "cart_left", table_of(services), base="", why="Later is better.", by="Léa",
            now=services.clock(),
        ).id


def agree_on_draft(services: Services, kind: str, name: str, body: dict) -> None:
    """The three have agreed on what somebody drafted, and no file has."""
    now = services.clock()
    with services.store.write() as connection:
        made = propose(connection, Subject(f"{kind}:{name}"), body, by="ada", reason="", now=now, due_at=now,
                       state=AGREED)
        draft = make_draft(connection, kind, name, body, base="", why="It was missing.", by="ada", now=now)
        connection.execute(sa.update(drafts).where(drafts.c.draft_id == draft.id).values(proposal_id=made))


def add_version(services: Services) -> None:
    """What baskets left behind were told before: fewer things, later, with nothing that follows."""
    now_said = next(each for each in services.triggers if each.name == "cart_left")
    first, *others = now_said.messages
    texts = {language: f"« Bonjour », {text}" for language, text in first.texts.items()}
    before = replace(
        now_said, wait_seconds=9.0, follow_ups=(), messages=(replace(first, texts=texts), *others[:-1])
    )
    with services.store.write() as connection:
        keep_versions(connection, [replace(before, version=name_version(before))], services.clock())
