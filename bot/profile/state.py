"""The conversation state: what follows a person from channel to channel, kept in the store.

Pure data here; `read_state`, `write_state` and `apply_changes` are the only effects.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal

import sqlalchemy as sa

from bot.errors import Conflict
from bot.profile.store.tables import conversation_states
from bot.profile.store.upsert import insert_or_ignore, insert_or_update, is_listed, is_one_of, to_list
from bot.profile.told_sizes import without_kind

Expects = Literal[
    "yes_no", "choice", "order_number", "email", "phone", "postcode", "email_or_postcode", "identity", "code", "name",
    "address", "size", "detail", "agreement", "order", "basket", "text",
]
QUESTION_LIFETIME = timedelta(hours=24)
PROPOSAL_LIFETIME = timedelta(hours=1)  # of a basket that was shown and may have been meant for looking only
# The parts of a stated style that gainsay each other.
_LIKED_AND_REFUSED = (("colours", "avoid_colours"), ("materials", "avoid_materials"), ("types", "avoid_types"))
_STATE = sa.select(conversation_states.c.state, conversation_states.c.version).where(
    conversation_states.c.customer_id == sa.bindparam("customer")
)


@dataclass(frozen=True)
class OpenQuestion:
    """The one thing we asked and wait for. Affirm, deny and ordinals answer it and nothing else.

    `asked_by` names the handler of the answer: `request:change_email`, `nudge:cart_left`,
    `consent:marketing`. `options` are (key, title) of a choice; a button answers with
    `/affirm{"option": key}`. `context` is what the handler needs to do it.
    """

    expects: Expects
    asked_by: str
    asked_at: str  # ISO 8601, UTC
    options: tuple[tuple[str, str], ...] = ()
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Shown:
    """A product that the customer was shown: what "the second one" and "it" stand for."""

    product_ref: str
    title: str
    variant_ref: str = ""
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ConversationState:
    """Everything that follows the person; empty for a newcomer. `version` guards writes."""

    language: str = ""
    cart_ref: str = ""
    last_shown: tuple[Shown, ...] = ()
    last_product: Shown | None = None  # what "it" is
    # The search that `last_shown` answered: {"said": sentences, "like": the product that they follow, "at": ISO 8601,
    # "stores": where it is to be in stock}.
    search: dict[str, Any] = field(default_factory=dict)
    open_question: OpenQuestion | None = None
    request: dict[str, Any] = field(default_factory=dict)  # the half-done request: {"kind": ..., fields}
    nudge: dict[str, Any] = field(default_factory=dict)  # the last one delivered: outbox_id, trigger, facts
    last_order: str = ""  # the number of the order that was spoken of last: what "it" is where orders are meant
    handoff: dict[str, Any] = field(default_factory=dict)
    consent_asked: dict[str, str] = field(default_factory=dict)  # purpose -> when, ISO 8601
    # A guest's orders, proved by a code: order ref -> {"sender_id", "until"}; good in that conversation only.
    verified_orders: dict[str, Any] = field(default_factory=dict)
    style: dict[str, Any] = field(default_factory=dict)  # stated: colours, sizes, types, price band
    version: int = 0

    def question_at(self, now: datetime) -> OpenQuestion | None:
        """The open question, unless it has grown too old to be answered by a bare yes."""
        question = self.open_question
        lifetime = PROPOSAL_LIFETIME if question and question.expects == "basket" else QUESTION_LIFETIME
        if question and now - datetime.fromisoformat(question.asked_at) < lifetime:
            return question
        return None


_FIELDS = tuple(each for each in fields(ConversationState) if each.name != "version")


def read_state(connection: sa.Connection, customer_id: str) -> ConversationState:
    """The person's state; an empty one when there is none yet. `customer_id` is a root."""
    row = connection.execute(_STATE, {"customer": customer_id}).first()
    return replace(state_from_json(row.state), version=row.version) if row else ConversationState()


def read_states(connection: sa.Connection, customer_ids: Sequence[str]) -> dict[str, ConversationState]:
    """The states of many persons in one statement; those who have none yet are left out."""
    dialect = connection.dialect.name
    rows = connection.execute(_states_query(dialect), {"listed": to_list(dialect, customer_ids)}).all()
    return {row.customer_id: replace(state_from_json(row.state), version=row.version) for row in rows}


@cache
def _states_query(dialect: str) -> sa.Select[Any]:
    table = conversation_states.c
    return sa.select(table.customer_id, table.state, table.version).where(
        is_listed(dialect, table.customer_id, "listed"))


def write_state(connection: sa.Connection, customer_id: str, state: ConversationState, now: datetime) -> None:
    """Write the state over the version it was read at; Conflict when somebody wrote meanwhile."""
    values = {"state": _to_json(state), "version": state.version + 1, "updated_at": now}
    if state.version:
        changed = connection.execute(
            sa.update(conversation_states)
            .where(conversation_states.c.customer_id == customer_id, conversation_states.c.version == state.version)
            .values(**values)
        )
        if not changed.rowcount:
            raise Conflict("the conversation moved on meanwhile")
        return
    try:
        with connection.begin_nested():
            connection.execute(sa.insert(conversation_states).values(customer_id=customer_id, **values))
    except sa.exc.IntegrityError as error:
        raise Conflict("the conversation moved on meanwhile") from error


def lock_states(connection: sa.Connection, customer_ids: Sequence[str]) -> None:
    """Nobody else writes the states that are there until the transaction ends: taken in one order."""
    if connection.dialect.name == "sqlite":
        return  # who writes is alone
    mine = is_one_of(connection, conversation_states.c.customer_id, customer_ids)
    connection.execute(sa.select(conversation_states.c.customer_id).where(mine).order_by(conversation_states.c.customer_id).with_for_update()).all()


def write_states(connection: sa.Connection, states: Mapping[str, ConversationState], now: datetime) -> None:
    """Write many states, read in this transaction after `lock_states`. Conflict when one was begun meanwhile."""
    new = {owner: state for owner, state in states.items() if not state.version}
    if insert_or_ignore(connection, conversation_states, _rows(new, now), ("customer_id",)) < len(new):
        raise Conflict("the conversation moved on meanwhile")
    old = {owner: state for owner, state in states.items() if state.version}
    changes = ("state", "version", "updated_at")
    insert_or_update(connection, conversation_states, _rows(old, now), ("customer_id",), changes)


def _rows(states: Mapping[str, ConversationState], now: datetime) -> list[dict[str, Any]]:
    return [
        {"customer_id": owner, "state": _to_json(state), "version": state.version + 1, "updated_at": now}
        for owner, state in states.items()
    ]


def apply_changes(
    connection: sa.Connection, customer_id: str, before: ConversationState, after: ConversationState, now: datetime
) -> None:
    """Write what changed between two states onto the newest one, so that a concurrent writer's fields stay."""
    names = [each.name for each in fields(ConversationState) if each.name != "version"]
    changed = {name: getattr(after, name) for name in names if getattr(after, name) != getattr(before, name)}
    if changed:
        write_state(connection, customer_id, replace(read_state(connection, customer_id), **changed), now)


def join_states(older: Mapping[str, Any], newer: Mapping[str, Any]) -> dict[str, Any]:
    """The kept states of one person who was two: the newer one's fields first; what either refused stays refused."""
    style = _join_styles(older.get("style") or {}, newer.get("style") or {})
    return {**older, **newer, **({"style": style} if style else {})}


def _join_styles(older: Mapping[str, Any], newer: Mapping[str, Any]) -> dict[str, Any]:
    """What was stated, the newer word first; refusals of both, but for what the newer one likes, and so for likes."""
    older, newer = _with_kinds(older), _with_kinds(newer)
    joined = {**older, **newer, "disliked": _join(older.get("disliked", ()), newer.get("disliked", ()))}
    joined["known_sizes"] = {**older.get("known_sizes", {}), **newer.get("known_sizes", {})}
    for liked, refused in _LIKED_AND_REFUSED:
        likes, no = newer.get(liked, ()), newer.get(refused, ())
        joined[liked] = list(likes) or [each for each in older.get(liked, ()) if each not in no]
        joined[refused] = _join((each for each in older.get(refused, ()) if each not in likes), no)
    return {name: value for name, value in joined.items() if value}


def _with_kinds(style: Mapping[str, Any]) -> Mapping[str, Any]:
    """A style with its sizes as told of nothing in particular, where it was kept before sizes had kinds."""
    if "known_sizes" in style or not style.get("sizes"):
        return style
    return {**style, "sizes": [], "known_sizes": without_kind(style["sizes"])}


def _join(older: Iterable[str], newer: Iterable[str]) -> list[str]:
    return list(dict.fromkeys((*older, *newer)))


def _to_json(state: ConversationState) -> dict[str, Any]:
    """What is set alone: most is not, and `asdict` copies everything."""
    known = {each.name: getattr(state, each.name) for each in _FIELDS}
    return {name: _plain(value) for name, value in known.items() if value}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def state_from_json(data: Mapping[str, Any]) -> ConversationState:
    """The state that a row's JSON holds."""
    question = data.get("open_question")
    product = data.get("last_product")
    return ConversationState(**{
        **data,
        "last_shown": tuple(Shown(**shown) for shown in data.get("last_shown", ())),
        "last_product": Shown(**product) if product else None,
        "open_question": _question(question) if question else None,
    })


def _question(data: Mapping[str, Any]) -> OpenQuestion:
    return OpenQuestion(**{**data, "options": tuple((key, title) for key, title in data.get("options", ()))})
