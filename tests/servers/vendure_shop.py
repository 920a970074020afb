"""A live Vendure shop: installed with npm under var/, seeded once from the demo's shop folder, started per run.

`python -m tests.servers.vendure_shop COMMAND...` runs a command beside it, with the settings that point there.
"""

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import requests

from bot.bootstrap import PROJECT
from bot.commerce.demo.catalogue import CatalogueProduct, ShopFolder, load_shop_folder, variant_ref
from tests.servers.ports import find_free_port

FOLDER = PROJECT / "var" / "vendure"
PLUGIN = PROJECT / "bot" / "commerce" / "vendure" / "plugin"
_SOURCE = Path(__file__).parent / "vendure"
_SHOP = PROJECT / "data" / "shops" / "demo"
_INSTALL_SECONDS, _SEED_SECONDS, _START_SECONDS = 600, 300, 90
_MANY = ("sweater", "cardigan")  # each case of the contract takes a jumper of its own
_PERMISSIONS = (
    "ReadCatalog", "ReadCustomer", "UpdateCustomer", "CreateCustomer", "DeleteCustomer", "ReadOrder", "CreateOrder",
    "UpdateOrder", "DeleteOrder", "ReadPromotion", "ReadStockLocation", "ReadSettings", "ReadPaymentMethod",
)


class CannotRun(Exception):
    """Why there is no Vendure on this machine."""


@dataclass(frozen=True)
class VendureShop:
    """A shop that runs, with what Prévenant's settings need of it."""

    url: str
    api_key: str
    session_secret: str
    webhook_secret: str
    log: Path
    admin_token: str

    def admin(self, document: str, **variables: Any) -> dict[str, Any]:
        """What the shop's own people do, as they would: the data of a GraphQL answer."""
        answer = requests.post(
            f"{self.url}/admin-api", json={"query": document, "variables": variables}, timeout=30,
            headers={"Authorization": f"Bearer {self.admin_token}"},
        )
        said = answer.json()
        assert not said.get("errors"), said["errors"]
        data: dict[str, Any] = said["data"]
        return data

    def settings(self) -> dict[str, str]:
        """The environment that points Prévenant here."""
        return {
            "PREVENANT_ENGINE": "vendure", "PREVENANT_VENDURE_URL": self.url,
            "PREVENANT_VENDURE_API_KEY": self.api_key, "PREVENANT_VENDURE_SESSION_SECRET": self.session_secret,
            "PREVENANT_ENGINE_WEBHOOK_SECRET": self.webhook_secret,
        }


@contextmanager
def run_vendure(*, webhook_url: str = "", is_kept: bool = False) -> Iterator[VendureShop]:
    """A shop on the loopback until this is left, fresh unless its database is kept. CannotRun says why not."""
    with _alone():
        seeded = _seeded()
    name = seeded.name.replace("seeded", "shop") if is_kept else f"run-{secrets.token_hex(6)}.sqlite"
    database, port = FOLDER / name, find_free_port()
    if not database.exists():
        shutil.copy(seeded, database)
    made = {name: secrets.token_urlsafe(24) for name in ("SESSION_SECRET", "WEBHOOK_SECRET", "ADMIN_PASSWORD")}
    made["ADMIN_PASSWORD"] = "superadmin"  # of the seed; reachable from the loopback alone
    environ = _environment({**{f"VENDURE_{name}": value for name, value in made.items()},
                            "VENDURE_WEBHOOK_URL": webhook_url})
    log, url = database.with_suffix(".log"), f"http://127.0.0.1:{port}"
    command = ["node", str(_SOURCE / "server.js"), str(database), str(port), *(["keep"] if is_kept else [])]
    with log.open("w") as file:
        process = subprocess.Popen(command, env=environ, stdout=file, stderr=file, start_new_session=True)
    try:
        _wait_until_ready(process, url, log)
        token = _sign_in(url, made["ADMIN_PASSWORD"])
        shop = VendureShop(url, "", made["SESSION_SECRET"], made["WEBHOOK_SECRET"], log, token)
        yield VendureShop(**{**vars(shop), "api_key": _make_key(shop)})
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if not is_kept:
            database.unlink(missing_ok=True)
            log.unlink(missing_ok=True)


@contextmanager
def _alone() -> Iterator[None]:
    """While another run beside this one installs or seeds, wait for it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _seeded() -> Path:
    """The database as it is on the first day, made when what it is made from has changed."""
    modules = _installed()
    content = json.dumps(read_content(load_shop_folder(_SHOP)), ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(content.encode())
    for path in sorted([*_SOURCE.iterdir(), *PLUGIN.iterdir()]):
        digest.update(path.read_bytes())
    seeded = FOLDER / f"seeded-{digest.hexdigest()[:16]}.sqlite"
    if seeded.exists():
        return seeded
    for old in FOLDER.glob("seeded-*"):
        old.unlink()
    draft, told = FOLDER / "draft.sqlite", FOLDER / "content.json"
    draft.unlink(missing_ok=True)
    told.write_text(content)
    environ = _environment({"VENDURE_ADMIN_PASSWORD": "superadmin", "VENDURE_SESSION_SECRET": "while-it-is-seeded"})
    command = ["node", str(_SOURCE / "seed.js"), str(draft), str(told)]
    _run(command, environ, _SEED_SECONDS, f"Vendure could not be seeded ({modules})")
    draft.replace(seeded)
    return seeded


def _installed() -> Path:
    """The folder of Vendure's packages, installed when package.json has changed."""
    if not shutil.which("node") or not shutil.which("npm"):
        raise CannotRun("Node and npm, for a live Vendure")
    wanted = (_SOURCE / "package.json").read_bytes()
    stamp, modules = FOLDER / "package.stamp", FOLDER / "node_modules"
    if modules.is_dir() and stamp.exists() and stamp.read_bytes() == wanted:
        return modules
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "package.json").write_bytes(wanted)
    command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--prefer-offline"]
    _run(command, dict(os.environ), _INSTALL_SECONDS, "npm's packages of a live Vendure", cwd=FOLDER)
    stamp.write_bytes(wanted)
    return modules


def _run(command: Sequence[str], environ: Mapping[str, str], seconds: float, what: str, cwd: Path = PROJECT) -> None:
    log = FOLDER / f"{Path(command[0]).name}.log"
    with log.open("w") as file:
        try:
            done = subprocess.run(command, cwd=cwd, env=environ, stdout=file, stderr=file, check=False, timeout=seconds)
        except subprocess.TimeoutExpired as error:
            raise CannotRun(f"{what}: it took more than {seconds} s; {log} says how far it came") from error
    if done.returncode:
        raise CannotRun(f"{what}: {log.read_text()[-800:]}")


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    """The plugin lies outside the shop's folder here: Node is told where its packages are."""
    return {**os.environ, "NODE_PATH": str(FOLDER / "node_modules"), "VENDURE_PLUGIN": str(PLUGIN),
            "VENDURE_DISABLE_TELEMETRY": "1", **ours}


def _wait_until_ready(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(f"{url}/health", timeout=2).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.2)
    raise CannotRun(f"Vendure did not start: {log.read_text()[-1500:]}")


def _sign_in(url: str, password: str) -> str:
    document = "mutation($p: String!) { login(username: \"superadmin\", password: $p) { __typename } }"
    answer = requests.post(f"{url}/admin-api", json={"query": document, "variables": {"p": password}}, timeout=30)
    return answer.headers["vendure-auth-token"]


def _make_key(shop: VendureShop) -> str:
    """A key whose role may do what the engine does, and no more."""
    role = shop.admin(
        "mutation($i: CreateRoleInput!) { createRole(input: $i) { id } }",
        i={"code": f"prevenant-{secrets.token_hex(4)}", "description": "Prévenant", "permissions": list(_PERMISSIONS)},
    )["createRole"]["id"]
    key = shop.admin(
        "mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { ... on CreateApiKeyResult { apiKey } } }",
        i={"roleIds": [role], "translations": [{"languageCode": "en", "name": "Prévenant"}]},
    )
    return str(key["createApiKey"]["apiKey"])


def read_content(folder: ShopFolder) -> dict[str, Any]:
    """What the seed needs: the demo's customers, what their stories speak of, every jumper, and one of each kind."""
    wanted = {line["product"] for person in folder.customers for order in person.get("orders", ()) for line in
              order["lines"]} | {shelf["product"] for shelf in folder.stock}
    seen: set[str] = set()
    products = []
    for product in folder.products:
        is_first = product.product_type not in seen
        if is_first or product.product_type in _MANY or product.slug in wanted:
            seen.add(product.product_type)
            products.append(product)
    skus: dict[str, str] = {}
    told = [_product(number, product, folder, skus) for number, product in enumerate(products, start=1)]
    return {
        "shop": folder.shop, "words": folder.words, "products": told, "stores": folder.stores[:4],
        "offers": folder.offers, "customers": [_person(person, skus) for person in folder.customers],
    }


def _product(number: int, product: CatalogueProduct, folder: ShopFolder, skus: dict[str, str]) -> dict[str, Any]:
    shelves = {(variant_ref(each["product"], each["colour"], each["size"]), each["location"]): each["quantity"]
               for each in folder.stock}
    places = ["web", *(store["id"] for store in folder.stores[:4])]
    variants = []
    for position, (ref, options) in enumerate(product.variants(), start=1):
        rng = Random(ref)
        skus[ref] = f"{number:03d}-{position:03d}"
        variants.append({"sku": skus[ref], "options": options, "stock": {
            place: shelves.get((ref, place), rng.randint(2, 30)) for place in places
        }})
    kinds = {"product_type": [product.product_type], "brand": [product.brand]} | {
        ("occasion" if name == "occasions" else name): [value] if isinstance(value, str) else value
        for name, value in product.attributes.items() if name != "lasts_days"
    }
    # A promotion of Vendure's wants all the facet values that it names: several types are told as one range.
    fitting = [each for each in folder.offers if product.product_type in each.get("product_types", ())]
    kinds["range"] = [each["code"].lower() for each in fitting]
    kinds["replenishable"] = ["yes"] if product.is_replenishable else []
    kinds["lasts_days"] = [str(product.attributes["lasts_days"])] if "lasts_days" in product.attributes else []
    return {
        "slug": product.slug, "names": product.names, "descriptions": product.descriptions, "facets": kinds,
        "price_minor": product.price_minor, "variants": variants,
    }


def _person(person: Mapping[str, Any], skus: Mapping[str, str]) -> dict[str, Any]:
    names = ("first_name", "last_name", "email", "phone", "locale", "addresses")
    orders = [_order(person, order, skus) for order in person.get("orders", ()) if "store" not in order]
    return {**{name: person[name] for name in names}, "orders": sorted(orders, key=lambda each: -each["days_ago"])}


def _order(person: Mapping[str, Any], order: Mapping[str, Any], skus: Mapping[str, str]) -> dict[str, Any]:
    kind = order["kind"]
    lines = [{"sku": skus[variant_ref(each["product"], each["colour"], each["size"])],
              "quantity": each.get("quantity", 1)} for each in order["lines"]]
    return {
        "lines": lines, "days_ago": order["days_ago"], "payment": "transfer" if kind == "pending" else "card",
        "cancelled": kind == "cancelled", "delivered": kind == "delivered",
        "shipped": kind in ("in_transit", "out_for_delivery", "delayed", "delivered"),
        "carrier": order.get("carrier", "colibri"), "tracking": f"CB{abs(hash_of(person['email'], order)):012d}FR",
    }


def hash_of(email: str, order: Mapping[str, Any]) -> int:
    """The same number for the same parcel, every day."""
    return int(hashlib.sha256(f"{email}{order['days_ago']}".encode()).hexdigest()[:9], 16)


def _own_data(shop: VendureShop) -> dict[str, str]:
    """The bot's own data beside this shop's, apart from what the embedded shop's customers said."""
    return {
        "PREVENANT_DATABASE_URL": f"sqlite:///{shop.log.with_suffix('.prevenant.sqlite')}",
        "PREVENANT_TRACKER_DATABASE_URL": f"sqlite:///{shop.log.with_suffix('.trackers.sqlite')}",
        "PREVENANT_VOCABULARY": str(FOLDER / "vocabulary.json"),
    }


def main(command: Sequence[str]) -> int:
    """Run a command beside the shop, whose database is kept for the next time; its exit code."""
    site = os.environ.get("PREVENANT_SITE_PORT", "8000")
    print("… Vendure starts (some minutes the first time)", file=sys.stderr)
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        with run_vendure(webhook_url=f"http://127.0.0.1:{site}/webhooks/shop", is_kept=True) as shop:
            print(f"✓ Vendure {shop.url}, its log {shop.log}", file=sys.stderr)
            process = subprocess.Popen(command, env={**os.environ, **_own_data(shop), **shop.settings()})
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal tells the command itself
            signal.signal(signal.SIGTERM, lambda *_: process.terminate())
            return process.wait()
    except CannotRun as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
