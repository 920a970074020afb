"""A shop's privacy.toml is refused with file, line and key, or used as it stands."""

from pathlib import Path

import pytest

from bot.bootstrap import PROJECT
from bot.errors import FixConfiguration
from bot.privacy.rules import load_privacy
from bot.profile.consent import CHANNELS, PURPOSES
from bot.service.consents import PURPOSE_SENTENCES
from bot.texts.catalogue import translate

SHOPS = PROJECT / "data" / "shops"
DEMO = (SHOPS / "demo" / "privacy.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("shop", ["demo", "tau"])
def test_reads_every_shop_of_the_project(shop: str) -> None:
    rules = load_privacy(SHOPS / shop / "privacy.toml")
    assert set(rules.declared) == set(PURPOSES)
    assert all(channels <= set(CHANNELS) for channels in rules.declared.values())


def test_declares_the_words_that_customers_read() -> None:
    rules = load_privacy(SHOPS / "demo" / "privacy.toml")
    for name, part in rules.purposes.items():
        assert part.wording.en == PURPOSE_SENTENCES[name]
        assert part.wording.fr == translate("fr", PURPOSE_SENTENCES[name])


@pytest.mark.parametrize(("old", "new", "where", "key"), [
    ("events = 1095", "events = 0", "events =", "retention.events"),
    ("events = 1095", "evnts = 1095", "evnts =", "retention.evnts"),
    ("DE = true", 'DE = "yes"', "DE =", "double_opt_in.countries.DE"),
    ("downloads = 3", "downloads = 300", "downloads =", "export.downloads"),
    ("[purposes.service]", "[purposes.research]", "[purposes.research]", "purposes.research"),
    ('double_opt_in = ["email", "sms"]', 'double_opt_in = ["pigeon"]', "pigeon", "purposes.marketing.double_opt_in.0"),
])
def test_names_file_line_and_key_of_a_mistake(tmp_path: Path, old: str, new: str, where: str, key: str) -> None:
    path = tmp_path / "privacy.toml"
    assert old in DEMO
    text = DEMO.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FixConfiguration) as caught:
        load_privacy(path)
    line = next(number for number, each in enumerate(text.splitlines(), 1) if where in each)
    assert f"privacy.toml, line {line}: {key}" in str(caught.value)
