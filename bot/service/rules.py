"""Stage A4: the shop's policy and one order's facts -> sentences. Pure; nothing is said that neither of them holds."""

from bot.commerce.types import Order
from bot.service.orders import Reader, describe_status, find_delayed, order_title
from bot.service.policy import DeliveryOption, DeliveryPart, Policy
from bot.texts.catalogue import format_money

PAYMENT_SENTENCES = {
    "unpaid": "not paid yet",
    "authorised": "authorised by the bank, not charged yet",
    "paid": "paid",
    "partly_paid": "partly paid",
    "partly_refunded": "partly paid back",
    "refunded": "paid back",
    "failed": "declined",
    "voided": "called off, nothing is charged",
}


def describe_delivery_options(delivery: DeliveryPart, reader: Reader) -> str:
    """Every way of delivery: price, from which sum it is free, how long it takes; then where to."""
    lines = [_describe_option(option, delivery.currency, reader) for option in delivery.options]
    return "\n".join((*lines, delivery.countries.into(reader.language)))


def describe_delivery_period(delivery: DeliveryPart, reader: Reader) -> str:
    """How long each way of delivery takes."""
    return "\n".join(
        f"• {each.names.into(reader.language)} — {_describe_days(each, reader)}" for each in delivery.options
    )


def describe_returns(policy: Policy, reader: Reader) -> str:
    """How long, at what price, on which conditions, and when the money is back."""
    rules = policy.returns
    fee = (
        reader.say("free of charge")
        if not rules.fee_minor
        else format_money(reader.language, rules.fee_minor, policy.delivery.currency)
    )
    period = reader.say(
        "You can send items back within {days} days of receiving them, {fee}.", days=rules.days, fee=fee
    )
    return " ".join((period, rules.conditions.into(reader.language), describe_refund_time(policy, reader)))


def describe_refund_time(policy: Policy, reader: Reader) -> str:
    """When the money is back."""
    rules = policy.returns
    return reader.say(
        "The money is back {first} to {last} working days after the items have arrived with us.",
        first=rules.refund_days_min,
        last=rules.refund_days_max,
    )


def describe_payment_methods(policy: Policy, reader: Reader) -> str:
    """Every way to pay."""
    names = [each.into(reader.language) for each in policy.payment.methods]
    return reader.say("You can pay by: {methods}.", methods=", ".join(names))


def describe_payment(order: Order, reader: Reader) -> str:
    """How far the order's payment has come, "" when the shop does not say."""
    state = PAYMENT_SENTENCES.get(order.payment_status)
    if not state:
        return ""
    return reader.say(
        "{order}: {amount}, {state}.",
        order=order_title(order, reader),
        amount=format_money(reader.language, order.totals.grand_minor, order.currency),
        state=reader.say(state),
    )


def describe_refund(order: Order, reader: Reader) -> str:
    """What was paid back of an order."""
    if not order.totals.refunded_minor:
        return reader.say("Nothing has been paid back on {order} so far.", order=_mid(order, reader))
    return reader.say(
        "{amount} of {order} has been paid back. Your bank may take a few days to show it.",
        amount=format_money(reader.language, order.totals.refunded_minor, order.currency),
        order=_mid(order, reader),
    )


def describe_cancelling(order: Order, reader: Reader) -> str:
    """Whether the shop still lets the order be cancelled."""
    if order.status == "cancelled":
        return reader.say("{order} is cancelled already.", order=order_title(order, reader))
    if order.editable.cancel:
        return reader.say("{order} can still be cancelled.", order=order_title(order, reader))
    return reader.say(
        "{order} can no longer be cancelled: {status}.",
        order=order_title(order, reader),
        status=describe_status(order, reader).lower(),
    )


def describe_changing(order: Order, reader: Reader, *, address: bool) -> str:
    """Whether the shop still lets the order's address or lines change."""
    may = order.editable.address if address else order.editable.lines
    if may:
        return reader.say("{order} can still be changed.", order=order_title(order, reader))
    return reader.say(
        "{order} can no longer be changed: {status}.",
        order=order_title(order, reader),
        status=describe_status(order, reader).lower(),
    )


def describe_returning(order: Order, reader: Reader) -> str:
    """Whether there is something to send back, by what has been delivered."""
    kept = sum(line.delivered - line.returned for line in order.lines)
    if kept > 0 or order.fulfilment_status in ("delivered", "picked_up"):
        return reader.say(
            "{order} has reached you, so its items can be sent back within that time.", order=order_title(order, reader)
        )
    return reader.say(
        "{order} has not reached you yet: {status}.",
        order=order_title(order, reader),
        status=describe_status(order, reader).lower(),
    )


def describe_order_now(order: Order, reader: Reader) -> str:
    """The order's status in one sentence."""
    late = reader.say("late") if find_delayed(order, reader.now, reader.timezone) else ""
    status = describe_status(order, reader).lower()
    return reader.say("{order}: {status}.", order=order_title(order, reader), status=late or status)


def _mid(order: Order, reader: Reader) -> str:
    return reader.say("order {number}", number=order.number.lstrip("#"))


def _describe_option(option: DeliveryOption, currency: str, reader: Reader) -> str:
    price = format_money(reader.language, option.price_minor, currency) if option.price_minor else reader.say("free")
    parts = [price]
    if option.free_from_minor and option.price_minor:
        parts.append(
            reader.say("free from {amount}", amount=format_money(reader.language, option.free_from_minor, currency))
        )
    return f"• {option.names.into(reader.language)} — {', '.join(parts)}, {_describe_days(option, reader)}"


def _describe_days(option: DeliveryOption, reader: Reader) -> str:
    if option.days_max <= 1:
        return reader.say("the same or the next working day") if not option.days_min else reader.say("1 working day")
    return reader.say("{first} to {last} working days", first=option.days_min, last=option.days_max)
