"""The service desk: what a message adds to the work in hand, agrees to, takes back, or wants besides."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from actions import identify
from actions.aftersales import (
    ASKED_BY,
    WHOLE,
    absorb_and_go_on,
    ask_yes,
    drop,
    go_on,
    is_done_here,
    start,
    take_order,
)
from actions.agreed import confirm, take_code
from actions.asking import Handler, plain, prepend
from actions.base import Reply, Turn
from actions.desk import SERVICE, SHELF, spelled_out, to_draft, work_of
from actions.desk_sorting import numbers_in, sort_out, takes_over
from actions.orders import find_proved
from actions.own_orders import eligible_orders, facts_of, names_of, own_order, own_orders
from actions.reading import Read, absorb
from actions.telling import find_shown, tell_all
from actions.which_order import find_numbers
from bot.contracts.messages import OutboundMessage
from bot.profile.state import OpenQuestion
from bot.service.aftersales import SWAPS, Draft, Facts, may, with_lines
from bot.service.answers import Answer, asks_to_stop
from bot.service.desk.agreeing import agrees, is_all, is_bare_no, is_conditional, is_filler, puts_off, says_no
from bot.service.desk.clauses import Clause, read_clauses
from bot.service.desk.naming import find_mentions
from bot.service.desk.naming import plain as plain_words
from bot.service.desk.segments import Segment, find_segments

LONG_NO = 5  # words: a longer no says what should be different


def answer_order(turn: Turn, question: OpenQuestion, given: Answer) -> Reply | None:
    """The reply to a message while a piece of work waits for something; None when it is about something else."""
    request = turn.state.request
    draft, step, line = Draft.from_json(request["draft"]), str(request["step"]), str(request.get("line", ""))
    if not turn.is_verified and find_proved(turn, draft.number) is None:
        return identify.begin(replace(turn, entities={}, text=""), "order_service", {"do": draft.do})
    if step == "code":
        return take_code(turn, draft, _facts(turn, draft), given)
    if turn.text.startswith("/"):
        return _take_tap(turn, draft, step, line, given)
    return _take_words(turn, draft, step, line, given)


def _facts(turn: Turn, draft: Draft) -> Facts:
    return facts_of(turn, own_order(turn, draft.number))


def _take_tap(turn: Turn, draft: Draft, step: str, line: str, given: Answer) -> Reply:
    if given.kind == "no":
        return drop(turn, draft)
    if step == "order":
        number = given.option or given.entity("order_number")
        return take_order(turn, draft, own_order(turn, number)) if number else start(turn, draft)
    facts = _facts(turn, draft)
    if step == "confirm":
        return confirm(turn, draft, facts) if given.kind == "yes" else ask_yes(turn, draft, facts)
    return go_on(turn, Read(_choose(draft, facts, step, line, given.option)), facts)


def _choose(draft: Draft, facts: Facts, step: str, line: str, option: str) -> Draft:
    """The draft with the option that was picked."""
    match step if option else "":
        case "reason":
            return replace(draft, reason=option)
        case "method":
            return replace(draft, method=option)
        case "wish":
            return replace(draft, changes={**draft.changes, line: option})
        case "which":
            return with_lines(draft, line.split(",") if option == WHOLE else [option])
        case "lines":
            return with_lines(draft, [each.id for each in facts.order.lines] if option == WHOLE else [option])
        case _:
            return draft


def _take_words(turn: Turn, draft: Draft, step: str, line: str, given: Answer) -> Reply | None:
    turn = spelled_out(turn, draft.number)
    clauses = read_clauses(turn.text, is_asked=True)
    said = plain_words(turn.text)
    is_no = says_no(said) or is_bare_no(said)
    assents = _assents(clauses) if step == "confirm" and not is_no and not puts_off(said) else []
    if assents and (reply := _agree_and_go_on(turn, draft, clauses, assents)) is not None:
        return reply
    told = tell_all(turn, clauses, draft, line)
    if told and (shown := find_shown(turn, clauses, line=line)):
        turn = replace(turn, state=replace(turn.state, last_product=shown))
    segments = [each for each in find_segments(clauses) if each.do != "person"]
    own, others = sort_out(turn, draft, segments, step)
    if asks_to_stop(turn.text) and not own and not others:
        return drop(turn, draft)
    if others and (is_no or others[0].is_instead or takes_over(turn, draft, others[0])) and not own:
        return prepend(_take_over(turn, draft, others), *told)
    kept = replace(
        turn,
        state=_with_later(turn, draft, others),
        text=" ".join(each.text for each in own) if own or told else turn.text,
    )
    if others and not own and not told and not agrees(turn.text):
        kept = replace(kept, text="")
    if step == "order":
        return _take_which(kept, draft, given, told, bool(others))
    reply = _take_detail(kept, draft, step, line, given, is_asked=bool(told), is_no=is_no, said=said)
    if reply is None and (told or others):
        reply = go_on(kept, Read(draft), _facts(turn, draft))
    return prepend(reply, *told) if reply else None


def _assents(clauses: Sequence[Clause]) -> list[Clause]:
    """The clauses that are a clear yes and nothing else; a filler beside a question is none."""
    found = [each for each in clauses if not each.do and not each.ask and agrees(each.text)]
    asks = any(each.ask or "?" in each.text for each in clauses)
    return [] if asks and all(is_filler(each.text) for each in found) else found


def _agree_and_go_on(turn: Turn, draft: Draft, clauses: Sequence[Clause], assents: Sequence[Clause]) -> Reply | None:
    """A yes with other work or a question beside it: done first, and what was asked is told as it is then. None where
    the message changes what is agreed to, or says nothing beside the yes.
    """
    rest = [each for each in clauses if each not in assents]
    segments = [each for each in find_segments(rest) if each.do != "person"]
    own, others = sort_out(turn, draft, segments, "confirm")
    if any(each.do for each in own) or not (others or any(each.ask for each in rest)):
        return None
    facts = _facts(turn, draft)
    words = " ".join(each.text for each in own)
    if words and absorb(replace(turn, text=words), draft, facts, "confirm").draft != draft:
        return None
    done = confirm(replace(turn, state=_with_later(turn, draft, others)), draft, facts)
    told = tell_all(turn, rest, None, scope=[order for order in own_orders(turn) if order.number == draft.number])
    if done.state is None or done.state.open_question is None or len(done.messages) < 2:
        return replace(done, messages=(*done.messages, *told))
    return replace(done, messages=(*done.messages[:-1], *told, done.messages[-1]))


def _take_over(turn: Turn, draft: Draft, segments: Sequence[Segment]) -> Reply:
    """Begin other work in the place of the one in hand; about the same order, where no other is named."""
    first, do = segments[0], work_of(segments[0])
    waits = [draft.to_json()] if do in ("address", "payment") and draft.do in SWAPS and draft.number else []
    later = [*(to_draft(each, draft.do) for each in segments[1:]), *waits, *turn.state.request.get("later", ())]
    state = replace(turn.state, request={"later": later}, last_order=draft.number or turn.state.last_order)
    said = replace(turn, text=first.text, state=state)
    if not is_done_here(turn, do) or do == "home":
        return start(said, Draft(do))
    order = next((each for each in own_orders(turn) if each.number == draft.number), None)
    numbers = [each for each in numbers_in(turn, first) if each.number != draft.number]
    can = order is not None and (may(order, do) or do in SWAPS or do == "return" and may(order, "cancel"))
    if order and not numbers and can:
        lines = [line for each in eligible_orders(turn, do) for line in each.lines if line not in order.lines]
        here = find_mentions(first.text, order.lines, names_of(turn, order.lines))
        if here or not find_mentions(first.text, lines, names_of(turn, lines)):
            kept = draft.lines if do in (*SWAPS, "return") and draft.do in (*SWAPS, "return") and not here else ()
            return take_order(said, Draft(do, lines=kept), order)
    return start(said, Draft(do, said=draft.said if not draft.number else ""))


def _with_later(turn: Turn, draft: Draft, others: Sequence[Segment]) -> Any:
    """The state with other work waiting, on the order in hand where it names none."""
    if not others:
        return turn.state
    later = [*turn.state.request.get("later", ()), *(to_draft(each, draft.do) for each in others)]
    return replace(
        turn.state, request={**turn.state.request, "later": later}, last_order=draft.number or turn.state.last_order
    )


def _take_which(
    turn: Turn, draft: Draft, given: Answer, told: Sequence[OutboundMessage], has_others: bool
) -> Reply | None:
    """The answer to "which order"."""
    if given.kind == "no" and not find_numbers(turn, own_orders(turn)):
        return drop(turn, draft)
    if given.kind == "choice" and given.option and len(turn.text.split()) < 8:
        return prepend(take_order(turn, draft, own_order(turn, given.option)), *told)
    if is_all(plain_words(turn.text)):
        return drop(turn, draft)
    if re.search(r"\b(?:both|all|les deux|toutes)\b", plain_words(turn.text)) and len(turn.text.split()) < 9:
        turn = replace(turn, text=f"{turn.text} all orders")
    return prepend(
        start(replace(turn, text=f"{draft.said} . {turn.text}" if turn.text else draft.said), replace(draft, said="")),
        *told,
    )


def _take_detail(
    turn: Turn, draft: Draft, step: str, line: str, given: Answer, *, is_asked: bool, is_no: bool, said: str
) -> Reply | None:
    """What the words add, else a yes, a no or a picked option. None when they are about something else."""
    facts = _facts(turn, draft)
    read = absorb(turn, draft, facts, step, line)
    if draft.lines and not read.draft.lines:  # "I keep the kettle after all"
        return drop(turn, draft)
    if read.draft != draft and not (step == "confirm" and _is_the_same(read.draft, draft)):
        return go_on(turn, read, facts)
    if read.unsure and step == "which" and not (given.kind == "choice" and given.option):
        return go_on(turn, read, facts)
    if read.is_method_refused and not agrees(turn.text):
        return go_on(turn, read, facts)
    if step == "confirm" and read.is_heard and (is_no or not agrees(turn.text)):
        return ask_yes(turn, draft, facts)
    if step == "confirm":
        return _take_yes_or_no(turn, draft, facts, is_asked=is_asked, is_no=is_no, said=said)
    if read.unmet or read.is_method_refused or read.is_partial:
        return go_on(turn, read, facts)
    if given.kind == "choice" and given.option:
        return go_on(turn, Read(_choose(draft, facts, step, line, given.option)), facts)
    if (given.kind == "no" or is_no) and len(said.split()) < LONG_NO and not is_asked and not read.is_heard:
        return drop(turn, draft)
    if is_asked or not turn.text:
        return None
    return None if _is_elsewhere(turn) else absorb_and_go_on(turn, draft, facts, step, line)


def _is_the_same(one: Draft, other: Draft) -> bool:
    return replace(one, words={}) == replace(other, words={})


def _take_yes_or_no(turn: Turn, draft: Draft, facts: Facts, *, is_asked: bool, is_no: bool, said: str) -> Reply | None:
    """Done after a clear yes only; a bare no leaves everything as it is."""
    if agrees(turn.text) and not is_no and not (is_asked and is_conditional(said)):
        return confirm(turn, draft, facts)
    if is_no and not is_all(said) and not is_asked and ("?" not in turn.text or is_bare_no(said)):
        if is_bare_no(said):
            return drop(turn, draft)
        differs = plain(turn, turn.say("All right, not like that. What should be different?"))
        return ask_yes(turn, draft, facts, differs)
    if is_asked or not turn.text:
        return None
    if _is_elsewhere(turn):
        return None
    sorry = plain(turn, turn.say("Shall I do it? Please say yes or no, or tell me what should be different."))
    return ask_yes(turn, draft, facts, sorry)


def _is_elsewhere(turn: Turn) -> bool:
    """Whether understanding takes the words for a wish of another topic."""
    return turn.intent not in SERVICE | SHELF | {"", "affirm", "deny", "thank", "greet"}


def _answer(turn: Turn, question: OpenQuestion, given: Answer) -> Reply:
    """As the registry of handlers wants it: something is always answered."""
    reply = answer_order(turn, question, given)
    if reply is not None:
        return reply
    draft = Draft.from_json(turn.state.request["draft"])
    return go_on(turn, Read(draft), _facts(turn, draft)) if draft.number else start(turn, draft)


HANDLERS: dict[str, Handler] = {ASKED_BY: _answer}
