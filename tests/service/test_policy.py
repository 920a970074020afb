"""A shop's policy is refused with file, line and key, or used as it stands."""

from pathlib import Path

import pytest

from bot.errors import FixConfiguration
from bot.service.policy import load_policy

SHOPS = Path(__file__).parents[2] / "data" / "shops"
DEMO = (SHOPS / "demo" / "policy.toml").read_text(encoding="utf-8")


def _load(folder: Path, text: str):
    path = folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return load_policy(path)


def _line_of(words: str) -> int:
    return next(number for number, line in enumerate(DEMO.splitlines(), start=1) if words in line)


@pytest.mark.parametrize("shop", ["demo", "tau"])
def test_reads_every_shop_of_the_project(shop: str) -> None:
    assert load_policy(SHOPS / shop / "policy.toml").shop.name


def test_refuses_when_the_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FixConfiguration, match=r"policy\.toml is missing"):
        load_policy(tmp_path / "policy.toml")


def test_refuses_when_the_file_is_no_toml(tmp_path: Path) -> None:
    with pytest.raises(FixConfiguration, match="end of document"):
        _load(tmp_path, "[shop")


@pytest.mark.parametrize(
    ("old", "new", "where", "key"),
    [
        ("code_tries = 5", 'code_tries = "five"', "code_tries", "verification.code_tries"),
        ("code_tries = 5", "code_trys = 5", "code_tries", "verification.code_trys"),
        ("days_max = 5", 'days_max = "5"', "days_max = 5", "delivery.options.2.days_max"),
        ("hours.en", "hours.de", "hours.fr", "shop.hours.en"),
        ('inbox = "conseil@prevenant.example"', 'inbox = "nowhere"', "inbox", "shop.inbox"),
        ('guest_orders = "number_and_code"', 'guest_orders = "trust"', "guest_orders", "verification.guest_orders"),
    ],
)
def test_names_file_line_and_key_of_a_mistake(tmp_path: Path, old: str, new: str, where: str, key: str) -> None:
    with pytest.raises(FixConfiguration) as caught:
        _load(tmp_path, DEMO.replace(old, new))
    assert f"policy.toml, line {_line_of(where)}: {key}:" in str(caught.value)


def test_default_does_not_waive_the_second_step(tmp_path: Path) -> None:
    start = DEMO.index("[second_step]")
    policy = _load(tmp_path, DEMO[:start] + DEMO[DEMO.index("[delivery]") :])
    assert policy.second_step.email and policy.second_step.phone and policy.second_step.address
