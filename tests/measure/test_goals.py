"""A shop's goals: what is wrong is named with its line."""

from datetime import date

import pytest

from bot.bootstrap import PROJECT
from bot.errors import FixConfiguration
from bot.measure.goals import GoalBook, Target, dump_goal, load_goals, parse_goal, write_goal

GOAL = """[goals.order]
name = { fr = "commande", en = "order" }
owner = "crm"
counts = "orders"
margin_percent = 40
window_days = 7
"""


@pytest.mark.parametrize(("text", "complaint"), [
    (GOAL + "value = 3\n", "line 7: goals.order.value is not known here"),
    (GOAL + 'journeys = ["nothing"]\n', "line 7: goals.order.journeys names 'nothing'"),
    (GOAL + "value_minor = 3\n", "line 7: goals.order.value_minor does not go with"),
    (GOAL.replace("40", "400"), "line 5: goals.order.margin_percent must be 100 at most"),
    (GOAL.replace("= 7", "= 0"), "line 6: goals.order.window_days must be a number of days"),
    (GOAL.replace(', en = "order"', ""), "line 2: goals.order.name must be in each language"),
    (GOAL + "target = 3\n", "line 7: goals.order.target must say how often"),
    (GOAL + 'target = { times = 0, since = "2026-11-01", by = "2026-12-31" }\n', "goals.order.target.times must be"),
    (GOAL + 'target = { times = 9, since = "2026-11-31", by = "2026-12-31" }\n', "order.target.since must be a day"),
    (GOAL + 'target = { times = 9, since = "2026-11-01", by = "2026-10-31" }\n', "goals.order.target.by must be 366"),
    (GOAL + 'target = { times = 9, since = "9999-12-31", by = "9999-12-31" }\n', "since must be a day from 2000-01-01"),
    (GOAL + 'target = { times = 9, since = "0001-01-01", by = "0001-12-31" }\n', "since must be a day from 2000-01-01"),
    (GOAL + 'target = { times = 9, since = "2099-12-31", by = "2100-01-02" }\n', "by must be a day from 2000-01-01"),
    ("[costs]\nfax = 3\n", "line 2: costs.fax is not known"),
    ("[costs]\nsms = 6.5\n", "line 2: costs.sms must be a whole number"),
    ("[alarms.sighs]\nat_most = 0.1\n", r"line 1: \[alarms.sighs\]: known are opt_outs"),
    ("[alarms.opt_outs]\nat_most = 5\n", "line 2: alarms.opt_outs.at_most must be a share"),
    ("\n[alarm.opt_outs]\nat_most = 0.01\n", "line 2: alarm is not known here; known are alarms, costs"),
    ('\ncurency = "EUR"\n', "line 2: curency is not known here"),
    ('currency = "euro"\n', "currency must be three capitals"),
])
def test_names_file_line_and_key_of_what_is_wrong(tmp_path, text, complaint):
    path = tmp_path / "goals.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FixConfiguration, match=complaint):
        load_goals(path, ["cart_left"])


@pytest.mark.parametrize("shop", ["demo", "tau"])
def test_reads_the_shops(shop):
    triggers = ("cart_left", "parcel_delayed", "review")
    book = load_goals(PROJECT / "data" / "shops" / shop / "goals.toml", triggers)
    assert (shop == "tau") is not bool(book.goals)


def test_costs_are_per_thousand_and_rounded_once():
    book = GoalBook(costs_per_thousand_minor={"email": 40, "sms": 6_500})
    assert book.cost_minor({"email": 10, "sms": 3, "web": 9}) == 20


def test_a_goal_without_a_target_is_kept_as_before_there_were_any(tmp_path):
    path = tmp_path / "goals.toml"
    path.write_text(GOAL, encoding="utf-8")
    plain = load_goals(path, []).goals[0]
    assert "target" not in dump_goal(plain) and "target" not in write_goal(plain)
    path.write_text(GOAL + 'target = { times = 9, since = "2026-11-01", by = "2026-12-31" }\n', encoding="utf-8")
    aimed = load_goals(path, []).goals[0]
    assert aimed.target == Target(9, date(2026, 11, 1), date(2026, 12, 31))
    assert parse_goal(dump_goal(aimed)) == aimed and parse_goal(dump_goal(plain)) == plain
