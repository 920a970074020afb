"""Who waits for a person appears in the support desk, with the case and every word from there on; answers come back.

Each step is kept as soon as it is done. After a crash between the two a line may stand twice before the shop's people;
what customers read is said once (`answer` is told the desk's own message id).
"""

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
import structlog

from bot.channels.windows import may_write
from bot.errors import FixInput, NotFound
from bot.handoff.answering import MAX_ANSWER_CHARACTERS, answer, give_back, leaves_by_email
from bot.handoff.chatwoot import Chatwoot
from bot.handoff.protocol import DeskNews, DeskRef, Newcomer, Picture, SupportDesk
from bot.profile.conversations import Conversation, get_conversation
from bot.profile.handoffs import HandoffRow, find_outside, find_twin, list_for_desk, note_outside, note_told
from bot.profile.pictures import find_picture
from bot.profile.store.engine import Store
from bot.service.transcript import Said, read_transcript
from bot.settings import Settings
from bot.texts.catalogue import translate

log = structlog.get_logger()
_AUTHOR = "Prévenant"  # of somebody over there who has no name
_CLOSED = "{channel} takes no answer any more: the customer has not written there for too long."
_BY_EMAIL = "Your answer leaves by e-mail."
_NO_EMAIL = "And no e-mail address is known."


def open_desk(settings: Settings) -> SupportDesk | None:
    """The support desk of this installation, or None. Opens no connection."""
    if not settings.chatwoot_url:
        return None
    return Chatwoot(
        settings.chatwoot_url, account=settings.chatwoot_account, inbox=settings.chatwoot_inbox,
        bot_token=settings.chatwoot_bot_token, webhook_secret=settings.chatwoot_webhook_secret,
        timeout_seconds=settings.turn_deadline_seconds,
    )


def tell_desk(store: Store, desk: SupportDesk, now: datetime) -> int:
    """Tell the desk what is new; how many requests had news. RetryLater when it is away. Writes."""
    with store.read() as connection:
        rows = list_for_desk(connection)
    newest = {row.outside_ref: row.handoff_id for row in rows if row.outside_state == "open" and row.state != "ended"}
    told = [row for row in rows if row.handoff_id == newest.get(row.outside_ref, row.handoff_id)]
    return sum([_tell(store, desk, row, now) for row in told])


def hear_desk(connection: sa.Connection, news: DeskNews, now: datetime) -> None:
    """Pass on what somebody over there said, or give the conversation back to the bot. Writes."""
    row = find_outside(connection, news.ref)
    if row is None:
        log.info("desk_speaks_of_a_stranger", ref=news.ref)
        return
    if news.kind == "given_back":
        note_outside(connection, row, news.ref, "closed")
        give_back(connection, row, row.taken_by, now)
        return
    note_outside(connection, row, news.ref, "open")
    for number, piece in enumerate(_cut(news.text)):
        key = f"desk:{news.message_id}:{number}"
        answer(connection, row, news.author or _AUTHOR, piece, key, now, takes_over=True)


def _tell(store: Store, desk: SupportDesk, row: HandoffRow, now: datetime) -> bool:
    try:
        if row.state == "ended":
            return _close(store, desk, row)
        if row.outside_state != "open":
            _open(store, desk, row)
            return True
        return _tell_new_words(store, desk, row, now)
    except NotFound:
        log.warning("desk_lost_conversation", handoff_id=row.handoff_id)
        with store.write() as connection:
            note_outside(connection, row, row.outside_ref, "gone")
        return True


def _open(store: Store, desk: SupportDesk, row: HandoffRow) -> None:
    with store.read() as connection:
        twin = find_twin(connection, row)
        said = read_transcript(connection, row.sender_id)
    if twin:
        _join(store, desk, row, twin)
        return
    is_known = bool(row.name)
    facts = {"reference": row.reference, "channel": row.channel, "about": row.about, "order": row.order_number}
    ref = desk.open_conversation(Newcomer(
        key=f"prevenant-{row.reference}-{row.handoff_id}", name=row.name or row.reference,
        email=row.email if is_known else "", facts={name: value for name, value in facts.items() if value},
    ))
    with store.write() as connection:
        note_outside(connection, row, ref, "made")
    desk.write_note(ref, _describe(row, said))
    for each in said:
        if picture := _find_picture(store, each):
            desk.write_picture(ref, each.text, picture)
    desk.set_open(ref, is_open=True)
    heard, told = _newest(said, 0, 0)
    with store.write() as connection:
        note_outside(connection, row, ref, "open")
        note_told(connection, replace(row, outside_ref=ref), heard=heard, told=told)
    log.info("desk_told_of_request", handoff_id=row.handoff_id)


def _join(store: Store, desk: SupportDesk, row: HandoffRow, twin: HandoffRow) -> None:
    """Somebody who waits already asks again: it stays one conversation over there."""
    desk.write_note(DeskRef(twin.outside_ref), _describe(row, []))
    with store.write() as connection:
        note_outside(connection, row, twin.outside_ref, "open")
        note_told(connection, twin, heard=twin.outside_heard, told=twin.outside_told)


def _tell_new_words(store: Store, desk: SupportDesk, row: HandoffRow, now: datetime) -> bool:
    with store.read() as connection:
        conversation = get_conversation(connection, row.sender_id)
        said = read_transcript(
            connection, row.sender_id, heard_after=row.outside_heard, told_after=row.outside_told
        )
    heard, told = row.outside_heard, row.outside_told
    for each in said:
        if f":{row.handoff_id}:desk:" in each.key:  # the desk knows its own words, but not whether they arrive
            _warn_of_closed(desk, row, conversation, now)
        else:
            _repeat(store, desk, row, each)
        heard, told = _newest([each], heard, told)
        with store.write() as connection:
            note_told(connection, row, heard=heard, told=told)
    return bool(said)


def _repeat(store: Store, desk: SupportDesk, row: HandoffRow, said: Said) -> None:
    ref = DeskRef(row.outside_ref)
    try:
        if picture := _find_picture(store, said):
            desk.write_picture(ref, said.text, picture)
        elif said.who == "customer":
            desk.write_customer(ref, said.text)
        else:
            desk.write_bot(ref, f"{said.author}: {said.text}" if said.author else said.text)
    except FixInput:
        log.warning("desk_refused_words", handoff_id=row.handoff_id, position=said.position)


def _warn_of_closed(desk: SupportDesk, row: HandoffRow, conversation: Conversation | None, now: datetime) -> None:
    """Whoever answered learns that the channel will refuse it, and what goes in its place."""
    if conversation is None or may_write(conversation.channel, conversation.last_inbound_at, now, is_human=True):
        return
    told = translate(row.language, _CLOSED, channel=conversation.channel)
    also = _BY_EMAIL if leaves_by_email(row, conversation, now) else _NO_EMAIL
    desk.write_note(DeskRef(row.outside_ref), f"{told} {translate(row.language, also)}")


def _find_picture(store: Store, said: Said) -> Picture | None:
    if not said.picture_id:
        return None
    with store.read() as connection:
        found = find_picture(connection, said.picture_id)
    return Picture(found.content_type, found.content) if found else None


def _close(store: Store, desk: SupportDesk, row: HandoffRow) -> bool:
    desk.set_open(DeskRef(row.outside_ref), is_open=False)
    with store.write() as connection:
        note_outside(connection, row, row.outside_ref, "closed")
    return True


def _describe(row: HandoffRow, said: list[Said]) -> str:
    names = {"customer": translate(row.language, "Customer"), "bot": translate(row.language, "Bot")}
    lines = [f"{each.author or names.get(each.who, '')}: {each.text}" for each in said]
    return "\n\n".join(part for part in (f"{row.reference} · {row.channel}", row.summary, "\n".join(lines)) if part)


def _newest(said: list[Said], heard: int, told: int) -> tuple[int, int]:
    ours = [each.position for each in said if each.who != "customer"]
    theirs = [each.position for each in said if each.who == "customer"]
    return max([heard, *theirs]), max([told, *ours])


def _cut(text: str) -> list[str]:
    return [text[start : start + MAX_ANSWER_CHARACTERS] for start in range(0, len(text), MAX_ANSWER_CHARACTERS)]


