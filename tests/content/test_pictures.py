"""A message's picture: named with its version, kept unchanged, shown by the channels that show one."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from bot.bootstrap import Services
from bot.channels.email.limits import fit_letter, render_html_part, render_text_part
from bot.channels.messenger import limits as messenger
from bot.channels.whatsapp import limits as whatsapp
from bot.content.pictures import PictureShelf, keep_again, list_pictures
from bot.contracts.messages import Card, QuickReply
from bot.decision.tables import read_table, write_table
from bot.decision.versions import dump_trigger, parse_trigger
from bot.errors import FixConfiguration, FixInput, NotFound, NudgeHeld
from bot.nudges.compose import Setting, compose
from bot.nudges.facts import Facts
from bot.profile.store.engine import Store
from bot.site import compose as compose_site
from tests.conftest import NOW
from tests.content.pictures import ALTS, keep, write_picture
from tests.content.test_subjects import FILE, _load

URL = "https://shop.example"
PICTURE = 'picture = "autumn-2"\n'


@pytest.mark.parametrize(("line", "complaint"), [
    ('picture = "autumn"', "a picture and its version"), ('picture = "autumn-0"', "a picture and its version"),
    ('picture = "https://x.example/a.png"', "a picture and its version"), ('picture = 2', "must be"),
    ('channels = ["sms"]\npicture = "autumn-2"', "is for channels that show one"),
])
def test_names_what_is_wrong_with_a_picture(tmp_path: Path, line: str, complaint: str) -> None:
    text = FILE.replace('["web", "email"]', '["web", "email", "sms"]')
    with pytest.raises(FixConfiguration, match=complaint):
        _load(tmp_path, f"{text}{line}\n")


def test_a_message_keeps_its_picture_wherever_it_is_written_down(tmp_path: Path) -> None:
    trigger, plain = _load(tmp_path, FILE + PICTURE), _load(tmp_path, FILE)
    assert trigger.messages[0].picture == "autumn-2" and trigger.version != plain.version
    assert read_table("hello", write_table(trigger)) == trigger
    assert parse_trigger(dump_trigger(trigger)).messages == trigger.messages


def test_versions_never_change_and_an_earlier_one_comes_back_as_a_new_one(services: Services) -> None:
    first, second = keep(services), keep(services, data=write_picture("PNG"))
    with services.store.write() as connection:
        third = keep_again(connection, "autumn", 1, why="it was better", by="bea", now=NOW)
        with pytest.raises(NotFound):
            keep_again(connection, "autumn", 9, why="no such", by="bea", now=NOW)
        known = list_pictures(connection, "autumn")
    assert [each.key for each in known] == ["autumn-3", "autumn-2", "autumn-1"]
    assert (third.digest, third.path, third.alts, third.made_by) == (first.digest, first.path, ALTS, "bea")
    assert second.path != first.path
    with pytest.raises(FixInput):
        keep(services, name="../x")


def test_a_shelf_reads_a_version_once_and_looks_again_for_one_that_was_missing(services: Services) -> None:
    shelf = PictureShelf(services.store)
    assert shelf.find("autumn-1") is None and shelf.find("no picture") is None
    made = keep(services)
    assert shelf.find("autumn-1") == made and shelf.find("autumn-1") is shelf.find("autumn-1")


def _compose(trigger, channel: str, store: Store | None = None, **how):
    shelf = {"find_picture": PictureShelf(store).find} if store else {}
    setting = Setting(channel, "fr", "Europe/Paris", URL, datetime(2026, 11, 24, tzinfo=UTC), **shelf, **how)
    return compose(trigger, "plain", Facts(case="any", refs={}, read_at=NOW), setting).message


def test_stays_home_when_its_picture_is_not_there(tmp_path: Path, services: Services) -> None:
    trigger = _load(tmp_path, FILE + PICTURE)
    for store in (None, services.store):
        with pytest.raises(NudgeHeld, match="no_picture"):
            _compose(trigger, "email", store)


def test_channels_show_it_that_can(tmp_path: Path, services: Services) -> None:
    keep(services)
    path = keep(services, data=write_picture("PNG")).path
    channels = '["web", "email", "sms", "whatsapp", "messenger"]'
    trigger = _load(tmp_path, FILE.replace('["web", "email"]', channels) + PICTURE)
    letter = fit_letter(_compose(trigger, "email", services.store))
    html = render_html_part(letter)
    assert f'<img src="{URL}{path}" alt="Un manteau &lt;rouge&gt; sur un banc"' in html
    assert ALTS["fr"] in render_text_part(letter)
    assert _compose(trigger, "web", services.store).to_json()["image_url"] == f"{URL}{path}"
    chat = _compose(trigger, "whatsapp", services.store)
    assert whatsapp.fit_content(chat)["interactive"]["type"] == "list"  # long titles: a list shows none
    few = replace(chat, quick_replies=(QuickReply("Oui", "/affirm"),), cards=(Card("Manteau"),))
    sent = whatsapp.fit_content(few)["interactive"]
    assert sent["header"] == {"type": "image", "image": {"link": f"{URL}{path}"}} and "Manteau" in sent["body"]["text"]
    sent = whatsapp.fit_content(replace(few, quick_replies=()))
    assert sent["image"]["link"] == f"{URL}{path}" and "Manteau" in sent["image"]["caption"]
    assert "image_url" not in _compose(trigger, "sms").to_json()
    assert "attachment" not in messenger.fit_content(_compose(trigger, "messenger"))
    templated = _load(tmp_path, FILE.replace('["web", "email"]', '["whatsapp"]') + PICTURE
                      + 'template = { fr = "a", en = "b" }\n')
    assert not _compose(templated, "whatsapp", takes_free_words=False).image_url


def test_the_site_serves_it_for_long_and_nothing_else(services: Services) -> None:
    made = keep(services)
    with TestClient(compose_site(services)) as client:
        for method in ("GET", "HEAD"):
            answer = client.request(method, made.path)
            assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
        answer = client.get(made.path)
        assert len(answer.content) == made.size_bytes
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        base = made.path.rpartition(".")[0]
        for path in (f"{base}.png", base, f"{base}.svg", f"{base[:-1]}.jpg", "/content/pictures/", f"{base}0.jpg",
                     "/content/pictures/autumn-1", "/content/pictures/%00.jpg"):
            assert client.get(path).status_code == 404, path
