"""`.env.example` names every setting with its default, and nothing else; its placeholders refuse to start."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from bot.bootstrap import PROJECT
from bot.errors import FixConfiguration
from bot.prepare import complete_environment
from bot.settings import PLACEHOLDER, Settings

_ELSEWHERE = {"VOCABULARY"}  # read by Rasa's environment
_LINE = re.compile(r"^(?:# )?PREVENANT_(\w+)=(.*)$", re.MULTILINE)


def _read() -> dict[str, str]:
    return dict(_LINE.findall((PROJECT / ".env.example").read_text()))


def test_names_every_setting_and_nothing_else() -> None:
    assert _read().keys() - _ELSEWHERE == {each.name.upper() for each in fields(Settings)}


def test_says_the_defaults() -> None:
    said = _read()
    for each in fields(Settings):
        assert said[each.name.upper()] == str(each.default), each.name


def test_starts_with_no_placeholder() -> None:
    environ = {f"PREVENANT_{name}": value for name, value in _read().items() if value == PLACEHOLDER}
    with pytest.raises(FixConfiguration, match="PREVENANT_SESSION_SECRET"):
        Settings.from_env(environ)


def test_refuses_a_zone_that_there_is_not(tmp_path: Path) -> None:
    environ = complete_environment({"PREVENANT_OTHER_TIMEZONES": "Europe/London Mars/Olympus"}, tmp_path / "demo.env")
    with pytest.raises(FixConfiguration, match=r"PREVENANT_OTHER_TIMEZONES.*Mars"):
        Settings.from_env(environ)


def test_refuses_an_address_for_answers_that_is_none(tmp_path: Path) -> None:
    environ = complete_environment({"PREVENANT_EMAIL_REPLY_TO": "our people"}, tmp_path / "demo.env")
    with pytest.raises(FixConfiguration, match=r"PREVENANT_EMAIL_REPLY_TO.*help@shop\.example"):
        Settings.from_env(environ)
