"""The script of the page whose photo goes to the server, run in Node before a made-up document."""

import json
import shutil
import subprocess

import pytest

from bot.storefront.try_on_pages import _script
from tests.conftest import miss

_DOCUMENT = """
const kept = new Map();
function make(id) {
  const heard = {};
  return { id, dataset: {}, hidden: true, textContent: "", files: [{}],
    addEventListener: (name, deed) => { heard[name] = deed; },
    focus() { focused.push(id); },
    closest: () => element("figure"), press: (name) => heard[name]() };
}
const element = (id) => kept.get(id) ?? kept.set(id, make(id)).get(id);
globalThis.document = { querySelector: element };
globalThis.location = { href: "https://shop.example/try-on/x", origin: "https://shop.example" };
const posted = [], focused = [];
globalThis.window = { parent: { postMessage: (said) => posted.push(said) } };
Object.assign(URL, { createObjectURL: () => "blob:x", revokeObjectURL() {} });
const words = { working: "…", done: "voilà", failed: "pas arrivée", gone: "plus valable" };
Object.assign(element("[role=status]").dataset, words);
Object.assign(element("figure button").dataset, { product: "p-7", colour: "navy", name: "Pull", size: "M", chats: "" });
globalThis.fetch = async () => { %s };
"""
_TRIES = """
element("figure").hidden = false;
element("input[type=file]").press("change");
await new Promise((done) => setTimeout(done, 20));
element("figure button").press("click");
const said = element("[role=status]").textContent;
console.log(JSON.stringify([focused, element("figure").hidden, said, posted.map(({ picture, ...said }) => said)]));
"""


def run(answer: str) -> list[object]:
    """What is said, and what is handed to the chat, after a photo was chosen and the picture shown in the chat."""
    if shutil.which("node") is None:
        miss("node (scripts/setup.sh test)")
    script = _DOCUMENT % answer + _script().decode() + _TRIES
    told = subprocess.run(
        ["node", "--input-type=module"], input=script, capture_output=True, text=True, check=True, timeout=20
    )
    focused, is_hidden, *said = json.loads(told.stdout)
    assert focused == ["input[type=file]"]  # the keyboard goes on where it was
    assert is_hidden is ("422" in answer)  # no picture stands under a refusal
    return said


def test_the_chat_is_told_which_product_in_which_colour_was_tried_on() -> None:
    said, handed = run('return new Response("picture");')
    worn = {"type": "prevenant-try-on", "product": "p-7", "colour": "navy", "name": "Pull", "size": "M", "byAi": False}
    assert (said, handed) == ("voilà", [worn])


@pytest.mark.parametrize(("answer", "said"), [
    ('{"reason": "link_invalid", "sentence": "This link has run out."}', "plus valable"),
    ('{"reason": "blurred", "sentence": "Elle est floue."}', "Elle est floue."),
])
def test_an_old_link_is_told_in_the_pages_language(answer: str, said: str) -> None:
    assert run(f"return new Response(JSON.stringify({answer}), {{ status: 422 }});")[0] == said
