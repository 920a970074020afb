"""Stage A4: a question about orders, money or what a product offers -> the answer in words, from the books alone."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.commerce.types import Order, OrderLine, Product, Variant
from bot.service.account import default_address, show_address
from bot.service.aftersales import SWAPS, Draft, name_line, name_method, pieces_of
from bot.service.desk.books import Books
from bot.service.desk.clauses import Clause
from bot.service.desk.naming import plain_name
from bot.service.desk.values import find_values
from bot.service.desk.wanting import find_variants, read_wish
from bot.service.orders import Reader, describe_status, order_title
from bot.texts.catalogue import format_money

MOST_VARIANTS = 14
MOST_ORDERS = 8


@dataclass(frozen=True)
class Subject:
    """What a question is about: the orders and lines that it names, else those in hand."""

    orders: tuple[Order, ...]
    lines: tuple[OrderLine, ...]
    product: Product | None = None  # named without being in an order
    names_orders: bool = False  # said, not taken from what was spoken of


def answer(clause: Clause, subject: Subject, books: Books, reader: Reader, draft: Draft | None) -> str:
    """The answer, "" where the books hold none."""
    match clause.ask:
        case "options":
            return tell_options(clause, subject, books, reader)
        case "price":
            return tell_price(clause, subject, books, reader)
        case "difference":
            return tell_difference(clause, subject, books, reader, draft)
        case "refund":
            return tell_refund(subject, reader, books, draft)
        case "total":
            if draft and draft.do in (*SWAPS, "return") and (draft.changes or draft.do == "return") and not subject.names_orders:
                return tell_refund(subject, reader, books, draft)
            return tell_totals(subject, reader)
        case "balance" | "methods":
            return tell_methods(subject, books, reader)
        case "home":
            return tell_home(books, reader)
        case "address":
            return tell_addresses(subject, reader) or tell_home(books, reader)
        case "tracking":
            return tell_tracking(subject, reader)
        case "contents":
            return tell_contents(subject, reader)
        case _:
            return ""


# -- what a product offers ---------------------------------------------------------------------


def tell_options(clause: Clause, subject: Subject, books: Books, reader: Reader) -> str:
    """Every variant that can be had and fits the words, with its price; how many there are first."""
    product = _product(subject, books)
    if product is None:
        return ""
    there = _there(product, books)
    fits = _fit(clause.said, there)
    title = _title(product, reader)
    if not fits:
        none = reader.say("No, there is no {item} like that in stock.", item=title)
        return f"{none}\n{_show_all(title, there, reader)}"
    if len(fits) < len(there):
        lead = reader.say(
            "{item}: {count} of {all} versions in stock are like that.", item=title, count=len(fits), all=len(there)
        )
        return f"{lead}\n{_list(fits, reader)}"
    return _show_all(title, fits, reader)


def _show_all(title: str, variants: Sequence[Variant], reader: Reader) -> str:
    lead = reader.say("{item}: {count} versions are in stock.", item=title, count=len(variants))
    return f"{lead}\n{_list(variants, reader)}"


def _list(variants: Sequence[Variant], reader: Reader) -> str:
    shown = sorted(variants, key=lambda each: each.price_minor)[:MOST_VARIANTS]
    rows = [
        f"• {show_variant(each)} — {format_money(reader.language, each.price_minor, each.currency)}" for each in shown
    ]
    more = len(variants) - len(shown)
    return "\n".join([*rows, *([reader.say("… and {count} more.", count=more)] if more else [])])


def show_variant(variant: Variant) -> str:
    """A variant by all its options; those that are only there or not with their name."""
    return ", ".join(_show_value(name, value) for name, value in variant.options.items())


def _show_value(name: str, value: str) -> str:
    shown = str(value).replace("_", " ")
    return f"{name}: {shown}" if shown in ("yes", "no", "none") or shown.isdigit() else shown


def _product(subject: Subject, books: Books) -> Product | None:
    if subject.product:
        return subject.product
    products = {line.product_ref: line for line in subject.lines}
    return books.product_of(next(iter(products.values()))) if len(products) == 1 else None


def _there(product: Product, books: Books) -> list[Variant]:
    sellable = books.sellable(product)
    return [each for each in product.variants if str(each.ref) in sellable]


def _fit(said: str, variants: Sequence[Variant]) -> list[Variant]:
    values, without = find_values(said, variants)
    return [
        each
        for each in variants
        if all(each.options.get(name) in found for name, found in values.items())
        and all(each.options.get(name) not in found for name, found in without.items())
    ]


def _title(product: Product, reader: Reader) -> str:
    return product.names.get(reader.language) or next(iter(product.names.values()), product.slug)


def tell_price(clause: Clause, subject: Subject, books: Books, reader: Reader) -> str:
    """What it costs now: the variants that fit the words, the cheapest or dearest where that was asked."""
    product = _product(subject, books)
    if product is None:
        return tell_totals(subject, reader) if subject.orders and subject.names_orders else ""
    there = _there(product, books)
    fits = _fit(clause.said, there)
    if not fits:
        return tell_options(clause, subject, books, reader)
    title = _title(product, reader)
    extreme = _extreme(clause.said, fits)
    if extreme:
        sentence = (
            "The cheapest {item} in stock: {variant}, at {price}."
            if extreme[1]
            else "The dearest {item} in stock: {variant}, at {price}."
        )
        price = format_money(reader.language, extreme[0].price_minor, extreme[0].currency)
        return reader.say(sentence, item=title, variant=show_variant(extreme[0]), price=price)
    paid = "".join(_say_paid(line, reader, product) + "\n" for line in subject.lines if line.product_ref == product.ref)
    return (
        f"{paid}{_show_all(title, fits, reader)}"
        if len(fits) == len(there)
        else f"{paid}{title}:\n{_list(fits, reader)}"
    )


def _say_paid(line: OrderLine, reader: Reader, product: Product) -> str:
    price = format_money(reader.language, line.unit_price_minor, product.variants[0].currency)
    return reader.say("You paid {price} for {item}.", price=price, item=name_line(line))


def the_one_meant(said: str, product: Product, books: Books) -> Variant | None:
    """The one variant in stock that words come down to: the only one that fits them, or the cheapest or dearest."""
    fits = _fit(said, there := _there(product, books))
    if fits and (extreme := _extreme(said, fits)):
        return extreme[0]
    return fits[0] if len(fits) == 1 and len(there) > 1 else None


def _extreme(said: str, variants: Sequence[Variant]) -> tuple[Variant, bool] | None:
    if re.search(r"\b(?:cheap\w*|least expensive|lowest|moins cher\w*|most affordable)\b", said):
        return min(variants, key=lambda each: each.price_minor), True
    if re.search(r"\b(?:most expensive|dearest|priciest|highest price\w*|plus cher\w*)\b", said):
        return max(variants, key=lambda each: each.price_minor), False
    return None


def tell_difference(clause: Clause, subject: Subject, books: Books, reader: Reader, draft: Draft | None) -> str:
    """What the change in hand costs more or less, else what the change that the words speak of would."""
    rows = []
    for line in subject.lines:
        product = books.product_of(line)
        if product is None:
            continue
        chosen = [each for each in product.variants if draft and str(each.ref) == draft.changes.get(line.id)]
        wish = read_wish(clause.said, line, product.variants)
        if not wish.is_told and draft:
            wish = read_wish(draft.words.get(line.id, "").rpartition("¦")[2], line, product.variants)
        wanted = chosen or (
            find_variants(line, wish, product.variants, books.sellable(product)) if wish.is_told else []
        )
        rows += [(line, each) for each in wanted[:5]]
    if not rows:
        return ""
    total = sum(each.price_minor - line.unit_price_minor for line, each in rows)
    told = [_say_gap(line, each, reader) for line, each in rows]
    lines = {line.id for line, _ in rows}
    if len(rows) > 1 and len(lines) == len(rows):
        told.append(_say_sum(total, rows[0][1].currency, reader))
    return "\n".join(told)


def _say_gap(line: OrderLine, variant: Variant, reader: Reader) -> str:
    gap = variant.price_minor - line.unit_price_minor
    amount = format_money(reader.language, abs(gap), variant.currency)
    sentence = (
        "{item} → {variant}: {amount} more."
        if gap > 0
        else "{item} → {variant}: {amount} less."
        if gap
        else "{item} → {variant}: the same price."
    )
    return reader.say(sentence, item=line.title, variant=show_variant(variant), amount=amount)


def _say_sum(total: int, currency: str, reader: Reader) -> str:
    amount = format_money(reader.language, abs(total), currency)
    return reader.say("Together: {amount} more." if total > 0 else "Together: {amount} less.", amount=amount)


# -- money -------------------------------------------------------------------------------------


def tell_refund(subject: Subject, reader: Reader, books: Books, draft: Draft | None) -> str:
    """What comes back for the lines, or for the whole order where none is named."""
    if draft and draft.do in SWAPS and draft.changes:
        return tell_change(draft, books, reader)
    lines = subject.lines or tuple(
        line for order in subject.orders for line in order.lines if draft and line.id in draft.lines
    )
    if draft and draft.do == "return" and draft.lines and not subject.names_orders:
        lines = tuple(line for line in books.lines if line.id in draft.lines)
    if lines:
        currency = books.order_of(lines[0].id).currency
        rows = [
            f"• {name_line(line)} — {format_money(reader.language, line.unit_price_minor * pieces_of(line), currency)}"
            for line in lines
        ]
        total = format_money(reader.language, sum(line.unit_price_minor * pieces_of(line) for line in lines), currency)
        return "\n".join([*rows, reader.say("You would get {amount} back.", amount=total)])
    if not subject.orders:
        return ""
    if len(subject.orders) > 1:
        return _tell_backs(subject.orders, reader)
    order = subject.orders[0]
    back = sum(each.amount_minor for each in order.payments if each.kind == "refund")
    if back and order.status == "cancelled":
        amount = format_money(reader.language, back, order.currency)
        return reader.say("For order {number}, {amount} was paid back.", number=order.number.lstrip("#"), amount=amount)
    total = format_money(reader.language, order.totals.grand_minor, order.currency)
    return reader.say(
        "For all of order {number} you would get {amount} back.", number=order.number.lstrip("#"), amount=total
    )


def tell_change(draft: Draft, books: Books, reader: Reader) -> str:
    """What the change in hand costs more, or gives back."""
    lines = [line for line in books.lines if line.id in draft.changes]
    products = {line.id: books.product_of(line) for line in lines}
    pairs = [
        (line, variant) for line in lines if (product := products[line.id]) for variant in product.variants
        if str(variant.ref) == draft.changes[line.id]
    ]
    gap = sum((variant.price_minor - line.unit_price_minor) * pieces_of(line) for line, variant in pairs)
    if not pairs:
        return ""
    amount = format_money(reader.language, abs(gap), pairs[0][1].currency)
    sentence = (
        "This change costs {amount} more in all."
        if gap > 0
        else "This change gives you {amount} back in all."
        if gap
        else "The price stays the same."
    )
    return reader.say(sentence, amount=amount)


def _tell_backs(orders: Sequence[Order], reader: Reader) -> str:
    """What comes back for each of several orders, and for all of them."""
    backs = [(order, _back_of(order)) for order in orders[:MOST_ORDERS]]
    rows = [
        reader.say("• Order {number}: {amount}", number=order.number.lstrip("#"),
                   amount=format_money(reader.language, back, order.currency))
        for order, back in backs
    ]
    together = format_money(reader.language, sum(back for _, back in backs), orders[0].currency)
    return "\n".join([*rows, reader.say("You get {amount} back in all.", amount=together)])


def _back_of(order: Order) -> int:
    paid_back = sum(each.amount_minor for each in order.payments if each.kind == "refund")
    return paid_back if paid_back and order.status == "cancelled" else order.totals.grand_minor


def tell_totals(subject: Subject, reader: Reader) -> str:
    """What each order cost, and all of them together."""
    if not subject.orders:
        return ""
    rows = [f"• {_say_total(order, reader)}" for order in subject.orders[:MOST_ORDERS]]
    if len(rows) == 1:
        return rows[0].removeprefix("• ")
    currency = subject.orders[0].currency
    together = sum(order.totals.grand_minor for order in subject.orders)
    return "\n".join(
        [*rows, reader.say("Together: {amount}.", amount=format_money(reader.language, together, currency))]
    )


def _say_total(order: Order, reader: Reader) -> str:
    total = format_money(reader.language, order.totals.grand_minor, order.currency)
    return reader.say("Order {number}: {amount}", number=order.number.lstrip("#"), amount=total)


def tell_methods(subject: Subject, books: Books, reader: Reader) -> str:
    """The customer's means of payment, and how the orders named were paid."""
    currency = books.orders[0].currency if books.orders else "EUR"
    names = {each.id: name_method(each, reader, currency) for each in books.methods}
    if not names:
        return ""
    own = reader.say("Your means of payment: {names}.", names=", ".join(names.values()))
    return "\n".join([*(_say_paid_by(order, names, reader) for order in subject.orders[:3] if order.payments), own])


def _say_paid_by(order: Order, names: Mapping[str, str], reader: Reader) -> str:
    method = order.payments[0].method_id
    return reader.say(
        "Order {number} was paid by {method}.", number=order.number.lstrip("#"), method=names.get(method, method)
    )


# -- where and what ----------------------------------------------------------------------------


def tell_home(books: Books, reader: Reader) -> str:
    """The address in the account."""
    home = default_address(books.customer)
    return reader.say("The address in your account: {address}.", address=show_address(home)) if home else ""


def tell_addresses(subject: Subject, reader: Reader) -> str:
    """Where each order goes."""
    rows = [
        reader.say(
            "Order {number} goes to: {address}.",
            number=order.number.lstrip("#"),
            address=show_address(order.shipping_address),
        )
        for order in subject.orders[:MOST_ORDERS]
        if order.shipping_address
    ]
    return "\n".join(rows)


def tell_tracking(subject: Subject, reader: Reader) -> str:
    """The tracking numbers of the orders."""
    rows = []
    for order in subject.orders[:MOST_ORDERS]:
        numbers = [each.tracking_number for each in order.shipments if each.tracking_number]
        number = order.number.lstrip("#")
        if numbers:
            rows.append(
                reader.say("Order {number}: tracking number {tracking}.", number=number, tracking=", ".join(numbers))
            )
        elif subject.names_orders or len(subject.orders) == 1:
            rows.append(reader.say("Order {number} has no tracking number yet.", number=number))
    return "\n".join(rows)


def tell_contents(subject: Subject, reader: Reader) -> str:
    """The orders with their items, options, prices and where they stand."""
    return "\n\n".join(_show_order(order, reader) for order in subject.orders[:MOST_ORDERS])


def _show_order(order: Order, reader: Reader) -> str:
    total = format_money(reader.language, order.totals.grand_minor, order.currency)
    head = f"{order_title(order, reader)} — {describe_status(order, reader)} · {total}"
    rows = [
        f"• {name_line(line)} — {format_money(reader.language, line.unit_price_minor, order.currency)}"
        for line in order.lines
    ]
    return "\n".join([head, *rows])


def find_product(said: str, products: Sequence[Product]) -> Product | None:
    """The product whose whole name stands in plain text; the longest name, None where two are as long."""
    found: list[tuple[int, Product]] = []
    for product in products:
        for name in {plain_name(each) for each in product.names.values()}:
            forms = {name, f"{name}s", name.replace(" ", ""), f"{name.replace(' ', '')}s"}
            stand = [form for form in forms if len(form) > 3 and form in said]  # a pattern is dear to make
            if any(re.search(rf"(?<!\w){re.escape(form)}(?!\w)", said) for form in stand):
                found.append((len(name), product))
    longest = [product for length, product in found if length == max(each for each, _ in found)]
    return longest[0] if len({each.ref for each in longest}) == 1 else None
