"""The service desk: what a message wants done to orders or told of them, one thing or several; others get the rest."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from actions import account, delivery_choice, identify
from actions.aftersales import (
    ASKED_BY,
    WHOLE,
    absorb_and_go_on,
    ask_yes,
    confirm,
    drop,
    go_on,
    is_done_here,
    start,
    take_code,
    take_order,
)
from actions.afterwards import hear_afterwards, settled_here
from actions.asking import Handler, Resume, plain, prepend
from actions.base import Reply, Turn
from actions.orders import find_proved
from actions.own_orders import eligible_orders, facts_of, names_of, own_order, own_orders
from actions.reading import Read, absorb
from actions.shelf import catalogue_of
from actions.telling import ORDERS, find_shown, has_own_options, is_of_books, tell_all
from actions.which_order import find_numbers, meant_orders
from bot.commerce.types import Order
from bot.contracts.messages import OutboundMessage
from bot.profile.state import ConversationState, OpenQuestion
from bot.service.account import find_address
from bot.service.aftersales import INTENTS, SWAPS, Do, Draft, Facts, may, with_lines
from bot.service.answers import Answer, asks_to_stop
from bot.service.desk.agreeing import agrees, is_all, is_bare_no, is_conditional, is_filler, puts_off, says_no
from bot.service.desk.clauses import Clause, read_clauses
from bot.service.desk.cues import is_home_source, is_weak
from bot.service.desk.naming import find_mentions
from bot.service.desk.naming import plain as plain_words
from bot.service.desk.segments import (
    Segment,
    cut_descriptions,
    find_segments,
    means_every_order,
    source_numbers,
)
from bot.service.desk.spelling_out import spell_out
from bot.service.desk.telling import find_product
from bot.service.identify import find_claims

SERVICE = frozenset(INTENTS) | frozenset(
    "get_refund nlu_fallback out_of_scope default_fallback complaint report_delivery_problem check_refund_policy "
    "edit_account set_up_shipping_address payment_issue check_payment_methods track_refund".split()
)
SHELF = frozenset(  # what details of a wish are taken for
    "search_products recommend_products product_details check_availability size_advice add_to_cart remove_from_cart "
    "set_style_preferences add_usual".split()
)
GREETING = 3  # words: shorter, a clause beside others wants nothing
_PAPER = re.compile(r"\b(?:invoices?|receipts?|bills?|factures?|recus?|justificatifs?)\b")
LONG_NO = 5  # words: a longer no says what should be different
_IN_ALL = re.compile(r"\b(?:altogether|in total|total|in all|all (?:of )?(?:it|them|that)|en tout|au total)\b")
_NO_GUESS: frozenset[Do] = frozenset({"items"})  # words such as "change" mean many things: an order has to be meant too


def serve(turn: Turn, do: Do) -> Reply:
    """A wish that understanding is sure of; what the words say of it counts."""
    return begin(turn, {"do": do, "text": turn.text, "entities": dict(turn.entities)})


def begin(turn: Turn, args: Mapping[str, Any]) -> Reply:
    """The first step; somebody unverified says who they are first (promise 5)."""
    if not turn.is_verified and find_proved(turn, turn.entity("order_number")) is None:
        return identify.begin(turn, "order_service", args, resume=begin)
    text = _with_more(turn, str(args.get("text", "")))
    entities = {
        name: tuple(found) if not isinstance(found, str) else (found,)
        for name, found in args.get("entities", {}).items()
    }
    said = _spelled_out(replace(turn, text=text, entities=entities), "") if turn.is_verified else turn
    said = replace(said, entities=entities) if turn.is_verified else replace(turn, text=text, entities=entities)
    text = said.text
    if text.startswith("/") or not text:
        return start(said, Draft(args["do"]))
    clauses = read_clauses(text)
    segments = find_segments(clauses)
    wanted = [each for each in segments if each.do and each.do != "person"]
    told = tell_all(said, clauses, None, scope=_scope(said, wanted)) if turn.is_verified else []
    if told and not wanted and all(each.ask or _tells_who(each.text) for each in clauses):
        return Reply(tuple(told), said.state)
    segments = [each if each.do else replace(each, do=args["do"]) for each in segments if each.do != "person"]
    segments = segments or [Segment(args["do"], text)]
    return prepend(_start_all(said, segments), *told)


def _with_more(turn: Turn, text: str) -> str:
    """What was wanted, and what else was said by who told who they are meanwhile."""
    if turn.text in ("", text) or turn.text.startswith("/") or not turn.is_verified:
        return text
    wants = any(each.do for each in find_segments(read_clauses(turn.text)))
    if not wants and not find_numbers(turn, own_orders(turn)):
        return text
    return f"{text} . {turn.text}" if text and not text.startswith("/") else turn.text


def hear(turn: Turn) -> Reply | None:
    """The reply to a message of somebody verified that no question was open for; None when it is not the desk's."""
    if turn.text.startswith("/") or not turn.is_verified:
        return None
    if reply := account.hear_book(turn) or delivery_choice.hear(turn) or hear_afterwards(turn):
        return reply
    turn = _spelled_out(turn, "")
    clauses = read_clauses(turn.text)
    wanted = [each for each in find_segments(clauses) if each.do and each.do != "person" and _is_ours(turn, each)]
    asked = [
        each for each in clauses if each.ask and (wanted or is_of_books(each) or turn.intent not in SHELF)
        or each.ask in ("options", "price") and has_own_options(turn, each)
    ]
    told = tell_all(turn, asked, None, scope=_scope(turn, wanted) or _summed_up(turn))
    if wanted:
        return prepend(_start_all(turn, wanted), *told)
    is_paper = turn.intent == "get_invoice" and _PAPER.search(plain_words(turn.text))  # "all invoices of my orders"
    only_asks = all(each.ask or _tells_who(each.text) for each in clauses)
    if not told or is_paper or turn.intent in INTENTS and not only_asks:
        return None
    return Reply(tuple(told), _pointed_at(turn, asked))


def _tells_who(text: str) -> bool:
    """Whether a clause only says who is writing, or hello."""
    return bool(find_claims(text, takes_names=True)) or len(text.split()) < GREETING


def _spelled_out(turn: Turn, number: str) -> Turn:
    """The turn with comparisons that tell things apart put into words; of one order where one is in hand."""
    lines = [line for order in own_orders(turn) for line in order.lines if number in ("", order.number)]
    return replace(turn, text=spell_out(turn.text, lines, names_of(turn, lines))) if lines else turn


def _pointed_at(turn: Turn, asked: Sequence[Clause]) -> ConversationState:
    """The state, with the one variant that an answer named: "that one" means it."""
    shown = find_shown(turn, asked)
    return replace(turn.state, last_product=shown) if shown else turn.state


def _summed_up(turn: Turn) -> list[Order]:
    """The orders that were settled in this conversation, where a sum of all that is asked for."""
    return settled_here(turn) if _IN_ALL.search(plain_words(turn.text)) else []


def _scope(turn: Turn, wanted: Sequence[Segment]) -> list[Order]:
    """The orders that the wishes of a message are about, where that is clear: what is asked beside them is of these."""
    found: list[Order] = []
    for each in wanted:
        if each.do not in ("cancel", "return", "items", "exchange"):
            continue
        said = replace(turn, text=each.text)
        groups = [[order] for order in find_numbers(said, own_orders(turn))] or meant_orders(said, Draft(_work(each)))
        is_every = means_every_order(each.text)
        found += [order for group in groups if len(group) == 1 or is_every for order in group]
    return list({order.number: order for order in found}.values())


def hear_stranger(turn: Turn) -> Reply | None:
    """The reply to somebody unverified whose words want something done to an order, whatever they were taken for."""
    if turn.text.startswith("/") or turn.is_verified:
        return None
    segments = [
        each for each in find_segments(read_clauses(turn.text)) if each.do and each.do not in ("person", "home")
    ]
    said = plain_words(turn.text)
    is_ours = bool(
        turn.entity("order_number") or ORDERS.search(said) or find_product(said, catalogue_of(turn).products)
    )
    return serve(turn, _work(segments[0])) if segments and is_ours else None


def _is_ours(turn: Turn, segment: Segment) -> bool:
    """Whether a wish is about an order: understanding says so, or an order or something in one is named."""
    if segment.do == "home":
        return True
    if turn.intent in SERVICE and segment.do not in _NO_GUESS or turn.intent in INTENTS:
        return True
    orders = own_orders(turn)
    lines = [line for order in orders for line in order.lines]
    named = find_numbers(replace(turn, text=segment.text), orders) or find_mentions(
        segment.text, lines, names_of(turn, lines)
    )
    return bool(named or ORDERS.search(plain_words(segment.text)))


def _work(segment: Segment) -> Do:
    """What a segment wants done; callers have left out those that want nothing of the desk's."""
    return cast(Do, segment.do)


def _draft(segment: Segment, do: Do) -> dict[str, Any]:
    return Draft(_work(segment) if segment.do else do, said=segment.text).to_json()


def _start_all(turn: Turn, segments: Sequence[Segment]) -> Reply:
    """Begin the first; the others wait, each with its words."""
    segments = _share_address(segments)
    later = [_draft(each, _work(each)) for each in segments[1:]]
    waiting = replace(turn.state, request={"later": later}, open_question=None)
    return start(replace(turn, text=segments[0].text, state=waiting), Draft(_work(segments[0])))


def _share_address(segments: Sequence[Segment]) -> list[Segment]:
    """One address that was told for the account and for orders is told for each of them."""
    where = [each.text for each in segments if each.do in ("address", "home")]
    told = next((said for each in where if (said := find_address(each))), None)
    if told is None:
        return list(segments)
    town = " ".join(part for part in (told.get("region_code"), told.get("postcode")) if part)
    whole = ", ".join(part for part in (told.get("line1"), told.get("line2"), told.get("city"), town) if part)
    return [
        replace(each, text=f"{each.text} . {whole}")
        if each.do in ("address", "home") and not find_address(each.text) and not is_home_source(plain_words(each.text))
        else each
        for each in segments
    ]


# -- what answers our question -----------------------------------------------------------------


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
    turn = _spelled_out(turn, draft.number)
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
    own, others = _sort_out(turn, draft, segments, step)
    if asks_to_stop(turn.text) and not own and not others:
        return drop(turn, draft)
    if others and (is_no or others[0].is_instead or _takes_over(turn, draft, others[0])) and not own:
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
    own, others = _sort_out(turn, draft, segments, "confirm")
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


def _sort_out(turn: Turn, draft: Draft, segments: Sequence[Segment], step: str) -> tuple[list[Segment], list[Segment]]:
    """What of a message goes on with the work in hand, and what is other work."""
    own: list[Segment] = []
    others: list[Segment] = []
    for each in segments:
        (own if _goes_on(turn, draft, each, step) else others).append(each)
    return own, others


def _goes_on(turn: Turn, draft: Draft, segment: Segment, step: str) -> bool:
    numbers = _numbers(turn, segment)
    if draft.number and numbers and draft.do != "address" and all(each.number != draft.number for each in numbers):
        return False
    if not segment.do:
        return _names_only_this_order(turn, draft, segment)
    if segment.do == "payment" and draft.do in SWAPS and _PAYS_ORDER.search(plain_words(segment.text)):
        return False
    is_weak_refund = segment.do == "return" and is_weak(plain_words(segment.text), "return") and not segment.is_instead
    same = segment.do == draft.do or {segment.do, draft.do} <= {*SWAPS} or draft.do in SWAPS and is_weak_refund
    if same:
        return _names_only_this_order(turn, draft, segment)
    if draft.do in SWAPS and segment.do == "payment" or draft.do == "return" and segment.do == "payment":
        return step in ("method", "confirm")
    if segment.do == "items" and draft.do != "return":  # "change it to ..." while something else is changed
        lines = [line for order in own_orders(turn) for line in order.lines]
        return not find_mentions(segment.text, lines, names_of(turn, lines))
    return step == "address" and segment.do == "home" and draft.do == "address"


def _numbers(turn: Turn, segment: Segment) -> list[Order]:
    """The orders that a segment names as what is to be changed."""
    orders = own_orders(turn)
    sources = source_numbers(segment.text, orders) if segment.do in ("address", "home", "") else []
    named = find_numbers(replace(turn, text=segment.text, entities={}), orders)
    lines = [line for order in orders for line in order.lines]
    described = (
        []
        if named or segment.do in ("address", "home")
        else cut_descriptions(plain_words(segment.text), orders, names_of(turn, lines))[1]
    )
    return [each for each in named or (described if len(described) == 1 else []) if each not in sources]


_PAYS_ORDER = re.compile(
    r"\bpay\w*\b(?: \w+){0,3}? (?:for )?(?:(?:that|this|the|my|whole|entire) )?(?:\w+ )?order\b|"
    r"\bpayment (?:method )?(?:of|for|on) (?:the |that |this |my )?(?:whole |entire )?(?:order|w\d+)|\bfirst\b.*\bpay"
)


def _names_only_this_order(turn: Turn, draft: Draft, segment: Segment) -> bool:
    """Whether the things that words name are in the order in hand, or in none."""
    if not draft.number or draft.do not in (*SWAPS, "return", "cancel"):
        return True
    orders = own_orders(turn)
    here = [line for order in orders if order.number == draft.number for line in order.lines]
    there = [line for order in orders if order.number != draft.number for line in order.lines]
    if find_mentions(segment.text, here, names_of(turn, here)):
        return True
    return not (segment.do and find_mentions(segment.text, there, names_of(turn, there)))


def _takes_over(turn: Turn, draft: Draft, segment: Segment) -> bool:
    """Whether other work takes the place of the one in hand: it is about the same things, or nothing was said yet."""
    if segment.do in ("payment", "address") and draft.do == "items":
        return True  # a change of items would rule them out
    if segment.is_more:
        return False
    orders = [each for each in own_orders(turn) if each.number == draft.number]
    numbers = _numbers(turn, segment)
    if draft.number and numbers and all(each.number != draft.number for each in numbers):
        return False
    if not draft.lines and not draft.address and not draft.reason and draft.do != "payment":
        return True
    lines = [line for order in orders for line in order.lines]
    mentions = find_mentions(segment.text, lines, names_of(turn, lines))
    if not mentions:
        return segment.do in ("cancel", "return") and draft.do in ("return", *SWAPS, "cancel")
    return any(set(each.line_ids) & set(draft.lines) for each in mentions)


def _take_over(turn: Turn, draft: Draft, segments: Sequence[Segment]) -> Reply:
    """Begin other work in the place of the one in hand; about the same order, where no other is named."""
    first, do = segments[0], _work(segments[0])
    waits = [draft.to_json()] if do in ("address", "payment") and draft.do in SWAPS and draft.number else []
    later = [*(_draft(each, draft.do) for each in segments[1:]), *waits, *turn.state.request.get("later", ())]
    state = replace(turn.state, request={"later": later}, last_order=draft.number or turn.state.last_order)
    said = replace(turn, text=first.text, state=state)
    if not is_done_here(turn, do) or do == "home":
        return start(said, Draft(do))
    order = next((each for each in own_orders(turn) if each.number == draft.number), None)
    numbers = [each for each in _numbers(turn, first) if each.number != draft.number]
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
    later = [*turn.state.request.get("later", ()), *(_draft(each, draft.do) for each in others)]
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
RESUMES: dict[str, Resume] = {"order_service": begin}
