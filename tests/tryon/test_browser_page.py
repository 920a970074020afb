"""The page that works in the browser, run in Node before a made-up document: what it says and shows, and when."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import miss

_SRC = Path("bot/tryon/browser/src")
_DOCUMENT = """
const kept = new Map();
function make(id) {
  const heard = {};
  return { id, hidden: false, textContent: "", disabled: false, append() {}, focus() {}, getContext: () => ({}),
    querySelectorAll: () => [], setAttribute(name, value) { this[name] = value; },
    querySelector: () => make("row"), addEventListener: (name, deed) => { heard[name] = deed; },
    press: (name) => heard[name]() };
}
globalThis.made = [];
globalThis.element = (id) => kept.get(id) ?? kept.set(id, make(id)).get(id);
const create = (tag) => { made.push(make(tag)); return made.at(-1); };
globalThis.document = { getElementById: element, createElement: create, activeElement: element("photo") };
globalThis.window = { parent: null, addEventListener() {} };
Object.defineProperty(globalThis, "navigator", { value: { mediaDevices: { getUserMedia() {} } } });
globalThis.location = { pathname: "/try-on/x" };
globalThis.rest = () => new Promise((done) => setTimeout(done, 20));
const pair = (slug) => ({
  slug, name: slug, colour: "gold", colourName: "gold", title: `Try on ${slug}`,
  mirror: `camera, ${slug}`, alt: `you, ${slug}`,
});
element("page").textContent = JSON.stringify({
  parts: "/parts/", pairs: [pair("round"), pair("square")], live: {},
  words: { addShown: "the button in the chat", addNamed: "name it", failed: "it failed" },
  reasons: { not_fetched: "not fetched", no_camera: "no camera", no_front: "no front", not_a_photo: "no photo",
    link_invalid: "run out", gone_front: "no more", too_dark: "too dark", hat_too_small: "too small a hat" },
});
element("other").hidden = true;
"""
_LITERT = """
export class Tensor {}
export const loadAndCompile = async () => ({});
export const loadLiteRt = () => globalThis.startsRuntime();
"""


def run(folder: Path, script: str, **stubs: str) -> object:
    """What the script prints, as JSON, after the document is there; `stubs` take the place of the page's modules."""
    if shutil.which("node") is None:
        miss("node (scripts/setup.sh test)")
    shutil.copytree(_SRC, folder / "src")
    core = folder / "node_modules" / "@litertjs" / "core"
    core.mkdir(parents=True)
    (folder / "package.json").write_text('{"type": "module"}')
    (core / "package.json").write_text('{"type": "module", "name": "@litertjs/core", "exports": "./index.js"}')
    (core / "index.js").write_text(_LITERT)
    for name, text in stubs.items():
        (folder / "src" / f"{name}.js").write_text(text)
    (folder / "main.js").write_text(_DOCUMENT + script)
    told = subprocess.run(["node", folder / "main.js"], capture_output=True, text=True, check=True, timeout=20)
    return json.loads(told.stdout)


_GLASSES = 'export const addressOf = () => "";\nexport const openFront = async (pair) => pair.slug;\n'
_OPENS = """
globalThis.startsRuntime = async () => { %s };
globalThis.fetch = async (address) => { %s };
await import("./src/page.js");
await rest();
console.log(JSON.stringify([element("told").textContent, element("other").hidden, element("ways").hidden]));
"""
_GOOD = "return new Response(new Uint8Array(8));"
_GONE = 'throw new TypeError("no network");'


@pytest.mark.parametrize(("runtime", "network", "shown"), [
    ("", _GOOD, ["", True, False]),
    ("", _GONE, ["not fetched", True, False]),
    ("", 'return new Response("", { status: 503 });', ["not fetched", True, False]),
    ('throw new Error("a script did not load");', _GONE, ["not fetched", True, False]),
    ('throw new Error("no SIMD");', _GOOD, ["", False, True]),
], ids=["all is well", "no connection", "the site is away", "no connection for the runtime", "an old browser"])
def test_tells_what_could_not_be_fetched_from_what_a_browser_cannot_do(
    tmp_path: Path, runtime: str, network: str, shown: list[object]
) -> None:
    assert run(tmp_path, _OPENS % (runtime, network), fronts=_GLASSES) == shown


def test_the_next_press_fetches_what_was_not_fetched(tmp_path: Path) -> None:
    script = """
let isAway = true, starts = 0;
globalThis.startsRuntime = async () => { starts += 1; if (isAway) throw new Error("away"); };
globalThis.fetch = async () => { if (isAway) throw new TypeError("away"); return new Response(new Uint8Array(8)); };
const { Networks } = await import("./src/networks.js");
const networks = new Networks("/parts/", "/parts/");
const first = await networks.open("faces").catch((error) => error.reason);
await rest();
isAway = false;
await networks.open("faces");
console.log(JSON.stringify([first, starts]));
"""
    assert run(tmp_path, script) == ["not_fetched", 2]


_MIRROR = """
export class Mirror {
  constructor(canvas, networks, asked) { globalThis.asked = asked; }
  async start() { await new Promise((done) => { globalThis.cameraStarts = done; }); this.isOn = true; }
  stop() { this.isOn = false; }
}
"""
_NETWORKS = "export class Networks { async open() {} }\n"


_SLOW_GLASSES = """
export const addressOf = () => "";
export async function openFront(pair) {
  if (pair.slug === "round") await new Promise((done) => setTimeout(done, 40));
  return pair.slug;
}
"""
_CHOOSES = """
await import("./src/page.js");
await rest();
const square = made.filter((each) => each.id === "input")[1];
element("camera").press("click");
await new Promise((done) => setTimeout(done, %s));
square.press("change");
await new Promise((done) => setTimeout(done, 80));
cameraStarts();
await rest();
console.log(JSON.stringify(asked.front()));
"""


@pytest.mark.parametrize(("glasses", "after_ms"), [(_GLASSES, 20), (_SLOW_GLASSES, 1)])
def test_the_mirror_shows_the_pair_that_was_chosen_while_the_camera_started(
    tmp_path: Path, glasses: str, after_ms: int
) -> None:
    shown = run(tmp_path, _CHOOSES % after_ms, fronts=glasses, camera=_MIRROR, networks=_NETWORKS)
    assert shown == "square"


_NAMES = """
%s
await import("./src/page.js");
await rest();
const [round, square] = made.filter((each) => each.id === "input");
const seen = () => [element("title").textContent, element("mirror")["aria-label"], element("add").hidden,
  element("add-other").hidden, element("add-other").textContent];
square.press("change");
const other = seen();
round.press("change");
console.log(JSON.stringify([other, seen().slice(0, 4)]));
"""


@pytest.mark.parametrize(("place", "said"), [
    ("", "the button in the chat"), ("window.parent = window;", "name it"),
], ids=["in the chat", "on a page of its own"])
def test_the_words_are_about_the_pair_that_is_chosen_and_add_it_about_the_one_that_was_asked_for(
    tmp_path: Path, place: str, said: str
) -> None:
    assert run(tmp_path, _NAMES % place, fronts=_GLASSES, camera=_MIRROR, networks=_NETWORKS) == [
        ["Try on square", "camera, square", True, False, said], ["Try on round", "camera, round", False, True],
    ]


_OPEN = """
globalThis.startsRuntime = async () => {};
Object.assign(URL, { createObjectURL: () => "blob:x", revokeObjectURL() {} });
await import("./src/page.js");
await rest();
Object.assign(element("picture"), { async decode() {} });
element("made").scrollIntoView = () => {};
"""
_CHOOSES_ANOTHER = """
Object.assign(element("photo"), { files: [{ name: "me.jpg", type: "image/jpeg", size: 9 }] });
element("photo").press("change");
await rest();
made.filter((each) => each.id === "input")[1].press("change");
await rest();
"""
_WORN = _OPEN + _CHOOSES_ANOTHER + """
console.log(JSON.stringify(element("picture").alt));
"""


def test_the_picture_is_described_as_what_is_worn_on_it(tmp_path: Path) -> None:
    stubs = {
        "fronts": _GLASSES, "networks": _NETWORKS, "camera": _MIRROR,
        "photo": "export const isHeic = () => false;\nexport const readPhoto = async () => ({});\n",
        "wear": "export const check = async () => ({});\nexport const wear = async () => ({});\n",
    }
    assert run(tmp_path, _WORN, **stubs) == "you, square"


_REFUSED = _OPEN + """
%s
console.log(JSON.stringify([element("told").textContent, element("picture").hidden, element("live").hidden]));
"""
_REFUSES = """
import { Refusal } from "./refusal.js";
export const check = async () => { if (globalThis.isDark) throw new Refusal("too_dark"); return {}; };
export const wear = async (photo, person, front) => {
  if (front === "square") throw new Refusal("hat_too_small");
  return {};
};
"""
_WITH_CAMERA = _MIRROR.replace("stop()", "take() { return {}; }\n  stop()")
_BEFORE_IT = """
element("camera").press("click");
await rest();
cameraStarts();
await rest();
"""


@pytest.mark.parametrize(("happens", "shown"), [
    (_BEFORE_IT + 'globalThis.isDark = true; element("take").press("click"); await rest(); asked.onReason("");',
     ["too dark", True, False]),
    (_BEFORE_IT + "asked.onEnd();", ["no camera", True, True]),
    (_CHOOSES_ANOTHER, ["too small a hat", True, True]),
], ids=["before the mirror", "a camera that goes", "another hat"])
def test_what_is_refused_stays_to_be_read_and_shows_nothing_else(
    tmp_path: Path, happens: str, shown: list[object]
) -> None:
    stubs = {
        "fronts": _GLASSES, "networks": _NETWORKS, "camera": _WITH_CAMERA, "wear": _REFUSES,
        "photo": "export const isHeic = () => false;\nexport const readPhoto = async () => ({});\n",
    }
    assert run(tmp_path, _REFUSED % happens, **stubs) == shown


_UNREADABLE = """
globalThis.createImageBitmap = async () => { throw new Error("cannot decode"); };
await import("./src/page.js");
await rest();
const file = new File([new Uint8Array(30)], %s, { type: %s });
Object.assign(element("photo"), { files: [file] });
element("photo").press("change");
await rest();
console.log(JSON.stringify([element("told").textContent, element("other").hidden, element("ways").hidden]));
"""


@pytest.mark.parametrize(("name", "kind", "offers"), [
    ("IMG_1.HEIC", "", True), ("a.heif", "image/heif", True), ("photo", "image/heic", True),
    ("bill.pdf", "application/pdf", False), ("broken.jpg", "image/jpeg", False),
])
def test_what_phones_keep_photos_as_is_offered_to_the_server_where_a_browser_cannot_read_it(
    tmp_path: Path, name: str, kind: str, offers: bool
) -> None:
    script = _UNREADABLE % (json.dumps(name), json.dumps(kind))
    shown = run(tmp_path, script, fronts=_GLASSES, camera=_MIRROR, networks=_NETWORKS)
    assert shown == ["no photo", not offers, False]


_AGREES = """
await import("./src/page.js");
await rest();
globalThis.location.assign = () => {};
globalThis.fetch = async () => { %s };
await element("agree").press("click");
console.log(JSON.stringify([element("told").textContent, element("agree").disabled]));
"""


@pytest.mark.parametrize(("answer", "shown"), [
    (_GONE, ["it failed", False]),
    ('return new Response("", { status: 500 });', ["it failed", False]),
    ('return new Response("", { status: 404 });', ["run out", True]),
], ids=["no connection", "the site is away", "the link has run out"])
def test_a_second_yes_that_did_not_arrive_may_be_said_again(tmp_path: Path, answer: str, shown: list[object]) -> None:
    assert run(tmp_path, _AGREES % answer, fronts=_GLASSES, camera=_MIRROR, networks=_NETWORKS) == shown


_FETCHES = """
globalThis.fetch = async (address) => { globalThis.asked = address; return new Response("", { status: %d }); };
const { openFront } = await import("./src/fronts.js");
const why = await openFront({ slug: "round", colour: %s }).catch((error) => error.reason);
console.log(JSON.stringify([asked, why]));
"""


@pytest.mark.parametrize(("status", "colour", "told"), [
    (410, "", ["/try-on/x/front?slug=round&colour=", "link_invalid"]),
    (404, "", ["/try-on/x/front?slug=round&colour=", "gone_front"]),
    (503, "black/white", ["/try-on/x/front?slug=round&colour=black%2Fwhite", "no_front"]),
])
def test_a_front_is_asked_for_in_any_colour_and_only_a_link_that_ran_out_is_told_as_such(
    tmp_path: Path, status: int, colour: str, told: list[str]
) -> None:
    assert run(tmp_path, _FETCHES % (status, json.dumps(colour))) == told
