"""Two requests in one message: where they may part, and whether they do."""

import numpy as np
import pytest

from bot.dialogue.nlu.clauses import MOST_CUTS, decide, find_cuts

TRACK, REFUND, GREET = 0, 1, 2
ASKS = np.array([True, True, False])


def row(label, chance=0.96):
    found = np.full(3, (1 - chance) / 2)
    found[label] = chance
    return found


@pytest.mark.parametrize(("text", "before", "after"), [
    ("où est mon colis et je veux une facture", "où est mon colis", "je veux une facture"),
    ("Where is my parcel? I also need an invoice.", "Where is my parcel?", "I also need an invoice."),
    ("annulez ma commande, par ailleurs changez mon mail", "annulez ma commande", "changez mon mail"),
    ("cancel my order & delete my account", "cancel my order", "delete my account"),
])
def test_cuts_where_a_second_request_may_begin(text, before, after):
    assert (before, after) in [(cut.before, cut.after) for cut in find_cuts(text)]


@pytest.mark.parametrize("text", ["", "merci", "oui et non", "noir, blanc", "42"])
def test_cuts_nothing_where_a_side_would_be_a_word(text):
    assert find_cuts(text) == []


def test_tries_no_more_cuts_than_it_has_time_for():
    assert len(find_cuts("un deux et " * 30 + "trois quatre")) == MOST_CUTS


def test_finds_two_requests_that_are_clear_apart():
    cuts = find_cuts("where is my parcel and please refund the coat")
    found = decide(np.array([0.55, 0.43, 0.02]), cuts, [(row(TRACK, 0.998), row(REFUND, 0.998))] * len(cuts), ASKS)
    assert (found.first, found.second, found.after) == (TRACK, REFUND, "please refund the coat")


@pytest.mark.parametrize("sides", [(row(TRACK), row(TRACK)), (row(TRACK, 0.4), row(REFUND, 0.4))])
def test_keeps_one_request_where_the_sides_agree_or_are_unclear(sides):
    assert decide(row(TRACK), find_cuts("where is my parcel and when does it come")[:1], [sides], ASKS) is None


def test_takes_no_greeting_for_a_request():
    cuts = find_cuts("hello dear shop, where is my parcel")[:1]
    found = decide(row(TRACK), cuts, [(row(GREET), row(TRACK))], ASKS)
    assert found is None or GREET not in (found.first, found.second)
