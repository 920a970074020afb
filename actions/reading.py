"""What a message adds to a draft of service work: items, what is wanted instead, how it is paid, why, where to."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from actions.base import Turn
from actions.own_orders import names_of, own_orders
from bot.commerce.types import CustomerRef, OrderLine, Variant
from bot.service.account import address_parts, default_address, find_address
from bot.service.aftersales import SWAPS, Draft, Facts, methods_for, with_lines, without_lines
from bot.service.answers import simplify
from bot.service.desk.cues import is_home_source
from bot.service.desk.naming import Mention, find_described, find_mentions, plain
from bot.service.desk.paying import find_method, names_other_kind
from bot.service.desk.pointing import EVERY_LINE, HOME_WORDS, LEFT_ONE, LEFT_OUT, ONES_WITH, ONLY, ONLY_ONE, STAYS, TOO
from bot.service.desk.reasons import find_meaning
from bot.service.desk.segments import cut_descriptions
from bot.service.desk.values import find_values
from bot.service.desk.wanting import Wish, find_variants, is_exact, merge_wishes, read_wish


@dataclass(frozen=True)
class Read:
    """The draft with what a message adds, and what of the message cannot be done."""

    draft: Draft
    unmet: str = ""  # a line whose wish nothing in stock comes up to
    is_method_refused: bool = False
    is_heard: bool = False  # it spoke of the draft's items, whether or not that changed anything
    unsure: tuple[str, ...] = ()  # lines of one name, of which not all were meant
    is_partial: bool = False  # single items of an order were to be cancelled
    inexact: str = ""  # a line whose wish is in stock only with something else different


_THAT_ONE = re.compile(
    r"\b(?:that|this) (?:one|version|model)\b|\bthe one you\b|\bcelui[- ]?la|celle[- ]?la\b|"
    r"^(?:yes |ok |okay )?(?:i'?ll )?take it\b"
)
_OF_THOSE = re.compile(r"\b(?:of|among) (?:those|these|them)\b|\bde (?:ceux|celles)\b")
THEN = " ¦ "  # between what was said of a thing one message after the other
_FROM_ORDER = re.compile(r"\b(?:from|of|in|off|de) (?:my|the|this|that|ma|la|cette) (?:\w+ )?(?:order|commande)\b")
# Of things that are the same, one.
_ONE_OF_THEM = re.compile(
    r"\b(?:one|1|une?) (?:of (?:them|these|those|the|my)|des|de mes|seule?)\b"
    r"|\b(?:only|just) (?:one|1|a single)\b|\bnot both\b|\bun(?:e)? seule?\b"
)
_BOTH = re.compile(r"\b(?:both|two of them|the two|les deux)\b")


def absorb(turn: Turn, draft: Draft, facts: Facts, step: str = "", asked_line: str = "") -> Read:
    """The draft with whatever the message adds."""
    if not turn.text:
        return Read(draft)
    match draft.do:
        case "cancel":
            return _absorb_reason(turn, draft, facts)
        case "address":
            return Read(replace(draft, address=read_address(turn, draft) or draft.address))
        case "payment":
            return _absorb_method(turn, Read(draft), facts)
        case _:
            return _absorb_method(turn, _absorb_lines(turn, draft, facts, step, asked_line), facts, step)


def _absorb_method(turn: Turn, read: Read, facts: Facts, step: str = "") -> Read:
    methods = methods_for(read.draft, facts)
    method = find_method(turn.text, methods, facts.original)
    if method in {each.id for each in methods}:
        return replace(read, draft=replace(read.draft, method=method))
    return replace(read, is_method_refused=step != "wish" and names_other_kind(turn.text, methods))


def _absorb_reason(turn: Turn, draft: Draft, facts: Facts) -> Read:
    named = {each for mention in find_mentions(turn.text, facts.order.lines, {}) for each in mention.line_ids}
    said = _FROM_ORDER.sub(" ", plain(turn.text))
    is_partial = (
        0 < len(named) < len(facts.order.lines)
        and re.search(r"\b(?:orders?|commande|everything|all|tout|ones? with|celle avec)\b", said) is None
    )
    return Read(replace(draft, reason=_read_reason(turn) or draft.reason), is_partial=is_partial)


def _absorb_lines(turn: Turn, draft: Draft, facts: Facts, step: str, asked_line: str) -> Read:
    lines = facts.order.lines
    names = names_of(turn, lines)
    is_numbered = facts.order.number.lstrip("#").upper() in turn.text.upper()  # it needs no describing
    said = plain(turn.text) if is_numbered else cut_descriptions(plain(turn.text), [facts.order], names)[0]
    if step == "which":
        return _absorb_pick(turn, draft, facts, said, asked_line.split(","))
    found = find_mentions(said, lines, names)
    mentions = _usable(said, found, draft, step, len(lines))
    left_out = [
        each for each in mentions if LEFT_OUT.search(said[: each.start]) or STAYS.match(said[each.noun_end :])
    ]
    meant = [_the_ones_with(said, each, lines) for each in mentions if each not in left_out]
    draft = without_lines(draft, [line_id for each in left_out for line_id in each.line_ids])
    stretches = _stretch(said, meant)
    if step == "wish" and asked_line not in stretches:
        stretches = _with_asked(said, meant, stretches, asked_line, facts, draft)
    if meant and any(ONLY.search(said[: each.start]) for each in meant):
        draft = without_lines(draft, [each for each in draft.lines if each not in stretches])
    if not stretches and not left_out:
        stretches = dict.fromkeys(_lines_meant(turn, said, draft, facts, step, asked_line), said)
    draft = _keep_described(said, _one_of_alike(said, with_lines(draft, list(stretches)), facts), facts, meant)
    stretches = {line_id: words for line_id, words in stretches.items() if line_id in draft.lines}
    draft = _like_its_like(said, draft, facts)
    read = _absorb_wishes(turn, draft, facts, stretches, step) if draft.do in SWAPS else Read(draft)
    is_heard = bool(mentions) or any(any(find_values(said, facts.variants.get(each, ()))) for each in draft.lines)
    unsure = _unsure(said, found, mentions, read.draft)
    words = {**read.draft.words, **dict.fromkeys(unsure, said)}
    return replace(read, draft=replace(read.draft, words=words), is_heard=is_heard, unsure=unsure)


def _like_its_like(said: str, draft: Draft, facts: Facts) -> Draft:
    """Both: what was chosen for one goes for its like."""
    if not (_BOTH.search(said) or TOO.search(said)) or draft.do not in SWAPS:
        return draft
    chosen = {facts.line(line_id).product_ref: ref for line_id, ref in draft.changes.items()}
    changes = {
        line_id: chosen[facts.line(line_id).product_ref] for line_id in draft.lines
        if line_id not in draft.changes and facts.line(line_id).product_ref in chosen
    }
    return replace(draft, changes={**draft.changes, **changes})


def _the_ones_with(said: str, mention: Mention, lines: Sequence[OrderLine]) -> Mention:
    """Of several things of one name, "the ones with X": X tells which, and is no wish."""
    found = ONES_WITH.search(said, mention.start)
    if len(mention.line_ids) < 2 or found is None:
        return mention
    kept = find_described(found[1], [each for each in lines if each.id in mention.line_ids])
    return replace(mention, line_ids=kept) if kept else mention


def _one_of_alike(said: str, draft: Draft, facts: Facts) -> Draft:
    """Of several lines that are the very same, one, where the words say so."""
    if not _ONE_OF_THEM.search(said) or len(draft.lines) < 2:
        return draft
    seen: dict[str, str] = {}
    for line_id in draft.lines:
        seen.setdefault(str(facts.line(line_id).variant_ref), line_id)
    return without_lines(draft, [each for each in draft.lines if each not in seen.values()])


def _keep_described(said: str, draft: Draft, facts: Facts, meant: Sequence[Mention]) -> Draft:
    """Of what is in the draft, "just the red one", or all "but not the red one", where no name tells which."""
    if meant or len(draft.lines) < 2:
        return draft
    lines = [facts.line(each) for each in draft.lines]
    if (only := ONLY_ONE.search(said)) and (kept := find_described(only[1], lines)):
        return without_lines(draft, [each for each in draft.lines if each not in kept])
    if (left := LEFT_ONE.search(said)) and (dropped := find_described(left[1], lines)):
        return without_lines(draft, dropped)
    return draft


def _absorb_pick(turn: Turn, draft: Draft, facts: Facts, said: str, ids: Sequence[str]) -> Read:
    """The draft with those that were meant, and what was said of them before; the question again where none was."""
    picked = _pick(said, ids, facts.order.lines)
    if not picked:
        return Read(draft, unsure=tuple(ids))
    told = {each: draft.words[each] for each in picked if draft.words.get(each)}
    chosen = with_lines(replace(draft, words={}), picked)
    return _absorb_wishes(turn, chosen, facts, told, "which") if draft.do in SWAPS else Read(chosen)


def _pick(said: str, ids: Sequence[str], lines: Sequence[OrderLine]) -> list[str]:
    """Of lines with one name, those that an answer means."""
    if re.search(r"\b(?:both|all|every|each|two|deux|tous|toutes)\b", said):
        return list(ids)
    return list(find_described(said, [each for each in lines if each.id in ids]))


def _unsure(said: str, found: Sequence[Mention], used: Sequence[Mention], draft: Draft) -> tuple[str, ...]:
    """The lines of a name that fits several, where none of them is in the draft yet."""
    for each in found:
        is_all = each.start == 0 and each.end == len(said)
        if each not in used and not is_all and len(each.line_ids) > 1 and not set(each.line_ids) & set(draft.lines):
            return each.line_ids
    return ()


def _usable(said: str, mentions: Sequence[Mention], draft: Draft, step: str, count: int) -> list[Mention]:
    """Mentions that say which lines: one each, or several where the words mean several."""
    is_every = bool(EVERY_LINE.search(said))
    kept = []
    is_both = bool(_BOTH.search(said)) and not is_every and bool(draft.lines)
    for each in mentions:
        if is_both and each.start == 0 and each.end == len(said):
            continue  # both of what is in hand, and not all that the order holds
        if each.start == 0 and each.end == len(said) and draft.do in SWAPS and not is_every and step != "lines":
            continue  # "both": of whatever was spoken of, and not every line of the order
        if len(each.line_ids) == 1 or _means_several(said, each, len(each.line_ids)):
            kept.append(each)
    return kept


def _means_several(said: str, mention: Mention, count: int) -> bool:
    before = said[max(0, mention.start - 24) : mention.start]
    noun = said[mention.start : mention.end].split()
    is_plural = any(word.endswith("s") for word in noun[:3])
    return (
        is_plural
        or re.search(r"\b(?:both|all|two|every|each|deux|tous|toutes)\b", f"{before} {' '.join(noun[:2])}") is not None
    )


def _stretch(said: str, mentions: Sequence[Mention]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in mentions:
        for line_id in each.line_ids:
            found[line_id] = (
                f"{found[line_id]} {said[each.start : each.end]}" if line_id in found else said[each.start : each.end]
            )
    if len(mentions) == 1 and len(found) == 1:  # with one thing spoken of, everything said is about it
        return dict.fromkeys(found, said)
    return found


def _lines_meant(turn: Turn, said: str, draft: Draft, facts: Facts, step: str, asked_line: str) -> list[str]:
    """The lines that words are about which name none."""
    lines = facts.order.lines
    if _BOTH.search(said) and draft.lines and not EVERY_LINE.search(said):
        products = {facts.line(each).product_ref for each in draft.lines}
        if len(products) == 1:
            return [each.id for each in lines if each.product_ref in products]
    if step == "wish":
        alike = [each for each in draft.lines if facts.line(each).product_ref == facts.line(asked_line).product_ref]
        return alike if TOO.search(said) and len(alike) > 1 else [asked_line]
    last = turn.state.last_product
    if step != "wish" and not draft.lines and last and _THAT_ONE.search(said):
        pointed = [each.id for each in lines if each.product_ref == last.product_ref]
        if len(pointed) == 1:
            return pointed
    if step == "lines" and (described := find_described(said, lines)):
        return list(described)
    if step == "lines" and draft.do in SWAPS:
        fitting = [each.id for each in lines if any(find_values(said, facts.variants.get(each.id, ())))]
        if len(fitting) == 1:
            return fitting
    if draft.lines:
        if len(draft.lines) == 1 or draft.do not in SWAPS:
            return list(draft.lines[:1]) if len(draft.lines) == 1 else []
        fitting = [each for each in draft.lines if any(find_values(said, facts.variants.get(each, ())))]
        return fitting if len(fitting) == 1 or TOO.search(said) else []
    return [lines[0].id] if len(lines) == 1 else []


def _absorb_wishes(turn: Turn, draft: Draft, facts: Facts, stretches: Mapping[str, str], step: str) -> Read:
    changes, words, unmet, inexact = dict(draft.changes), dict(draft.words), "", ""
    for line_id, stretch in stretches.items():
        variants = facts.variants.get(line_id, ())
        base = _base(draft, facts, line_id, step)
        now = read_wish(stretch, base, variants)
        if not now.is_told and (shown := _shown_before(turn, stretch, variants)):
            changes[line_id] = shown
            words.pop(line_id, None)
            continue
        if not now.is_told and not now.keeps:
            continue
        is_new = abs(now.by_price) == 1 and not _OF_THOSE.search(stretch)  # "then the cheapest you have"
        merged = now if is_new else read_words(words.get(line_id, ""), stretch, base, variants)
        wish, found = merged, find_variants(base, merged, variants, facts.sellable) if merged.is_told else []
        if not found and now.is_told and merged != now:
            wish, found = now, find_variants(base, now, variants, facts.sellable)
            words.pop(line_id, None)
        if not wish.is_told:
            continue
        if len(found) == 1:
            changes[line_id] = str(found[0].ref)
            words.pop(line_id, None)
        elif found:
            changes.pop(line_id, None)
            words[line_id] = f"{words[line_id]}{THEN}{stretch}" if words.get(line_id) else stretch
            inexact = inexact if is_exact(found, wish, base) else line_id
        else:
            unmet = line_id
    return Read(replace(draft, changes=changes, words=words), unmet, inexact=inexact)


def _shown_before(turn: Turn, said: str, variants: Sequence[Variant]) -> str:
    """The variant that an answer of ours came down to, where the words point at it."""
    last = turn.state.last_product
    refs = {str(each.ref) for each in variants}
    return last.variant_ref if last and last.variant_ref in refs and _THAT_ONE.search(said) else ""


def read_words(before: str, stretch: str, line: OrderLine, variants: Sequence[Variant]) -> Wish:
    """The wish that words said one after the other make; of the same option, the newest count."""
    wish = Wish()
    for part in (*(each for each in before.split(THEN) if each), *((stretch,) if stretch else ())):
        wish = merge_wishes(wish, read_wish(part, line, variants))
    return wish


def _base(draft: Draft, facts: Facts, line_id: str, step: str) -> OrderLine:
    """What a wish is compared with: the line, or what was chosen for it when that is corrected."""
    line = facts.line(line_id)
    if line_id not in draft.changes or step not in ("confirm", "method"):
        return line
    return replace(line, options=facts.variant(line_id, draft.changes[line_id]).options)


def _with_asked(
    said: str, meant: Sequence[Mention], stretches: dict[str, str], line_id: str, facts: Facts, draft: Draft
) -> dict[str, str]:
    """The stretches with what the words before any name say of the line that was asked about."""
    first = said[: min((each.start for each in meant), default=len(said))]
    if meant and _fits_one(first, line_id, facts, draft):
        return {line_id: first} | {each: said[m.start : m.end] for m in meant for each in m.line_ids}
    if _fits_one(said, line_id, facts, draft):
        return {line_id: said}  # "laptop" may be a compartment, and not the laptop
    return stretches


def _fits_one(said: str, line_id: str, facts: Facts, draft: Draft) -> bool:
    """Whether words, taken for what is wanted instead of the line asked about, leave one variant."""
    line, variants = facts.line(line_id), facts.variants.get(line_id, ())
    wish = read_wish(said, line, variants)
    return wish.is_told and len(find_variants(line, wish, variants, facts.sellable)) == 1


def _read_reason(turn: Turn) -> str:
    said = simplify(turn.text)
    for reason in turn.services.policy.orders.cancel_reasons:
        if set(reason.means) & set(turn.entities.get("reason", ())):
            return reason.id
        if any(simplify(name) in said for name in (reason.id, reason.names.fr, reason.names.en)):
            return reason.id
    reasons = {
        meaning: each.id for each in turn.services.policy.orders.cancel_reasons for meaning in (*each.means, each.id)
    }
    return reasons.get(find_meaning(turn.text, reasons), "")


def read_address(turn: Turn, draft: Draft) -> dict[str, str]:
    """An address in words, that of another order, or the one in the account."""
    if found := find_address(turn.text):
        return found
    said = plain(turn.text)
    orders = [each for each in own_orders(turn) if each.number.lstrip("#").upper() != draft.number.lstrip("#").upper()]
    named = [each for each in orders if each.number.lstrip("#").upper() in turn.text.upper()]
    if not named and re.search(r"\b(?:same|other|address)\b", said):
        lines = [line for order in orders for line in order.lines]
        named = cut_descriptions(said, orders, names_of(turn, lines))[1][:1] or _other_order(said, orders)
    for order in named:
        if order.shipping_address:
            return address_parts(order.shipping_address)
    if draft.do != "home" and turn.is_verified and (is_home_source(said) or HOME_WORDS.search(said)):
        customer = turn.services.commerce.get_customer(CustomerRef(turn.conversation.verified_ref or ""))
        home = default_address(customer)
        return address_parts(home) if home else {}
    return {}


def _other_order(said: str, orders: Sequence[Any]) -> list[Any]:
    """The one other order, where there is one and the words mean it."""
    others = {str(each.shipping_address): each for each in orders if each.shipping_address}
    return list(others.values()) if len(others) == 1 and re.search(r"\bother (?:\w+ )?orders?\b", said) else []
