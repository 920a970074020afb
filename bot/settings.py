"""One frozen object with every setting, read once from the environment; placeholders refuse to start."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from email.utils import parseaddr
from ipaddress import ip_network
from typing import Any, Literal, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import idna
from sqlalchemy import make_url

from bot.errors import FixConfiguration

Mode = Literal["demo", "production"]
PLACEHOLDER = "change-me"
CONSOLE_ROLES = ("it", "marketing", "cx", "analyst", "admin")
_ORIGIN = re.compile(
    r"https://[\w.-]+(:\d+)?/?|http://(localhost|127\.0\.0\.1)(:\d+)?/?", re.ASCII | re.IGNORECASE
)
_SECRETS = ("session_secret", "widget_secret", "internal_secret", "write_key", "holdout_salt")


@dataclass(frozen=True)
class Settings:
    """What an installation decides. The environment variable is `PREVENANT_` + the name in capitals."""

    mode: Mode = "demo"  # demo: the embedded shop, its pages, its mailbox and Rasa's REST channel are open
    shop: str = "demo"  # a folder of data/shops/
    engine: str = "demo"  # a folder of bot/commerce/
    engine_webhook_secret: str = ""  # signs what the shop's back end tells by itself; "" it is polled alone
    vendure_url: str = ""  # of a Vendure shop, without a path: https://shop.example.org
    vendure_api_key: str = ""  # of a role with the rights that docs/vendure.md lists
    vendure_session_secret: str = ""  # shared with our plugin there: opens baskets of verified customers
    shopify_url: str = ""  # of a Shopify shop: https://<shop>.myshopify.com
    shopify_client_id: str = ""  # of an app of the shop's own, with the scopes that docs/shopify.md lists
    shopify_client_secret: str = ""
    shopify_storefront_token: str = ""  # a private token of the shop's Headless channel
    woocommerce_url: str = ""  # of a WooCommerce shop, where its WordPress is: https://shop.example.org
    woocommerce_key: str = ""  # consumer key and secret of REST v3, which may read and write
    woocommerce_secret: str = ""
    adobe_url: str = ""  # of an Adobe Commerce or Magento shop: https://shop.example.org
    adobe_store: str = "default"  # the code of the store view whose words and prices customers see
    adobe_consumer_key: str = ""  # four keys of an integration with the rights that docs/adobe.md lists
    adobe_consumer_secret: str = ""
    adobe_access_token: str = ""
    adobe_access_secret: str = ""
    adobe_webhook_public_key: str = ""  # verifies what Adobe's webhooks module signs; "" it calls not
    bigcommerce_url: str = ""  # of a BigCommerce store, its API path: https://api.bigcommerce.com/stores/<hash>
    bigcommerce_token: str = ""  # access token of an API account with the scopes that docs/bigcommerce.md lists
    bigcommerce_client_secret: str = ""  # of that account: what BigCommerce signs webhooks with; "" not asked for
    bigcommerce_channel: int = 1  # the storefront that is sold in
    medusa_url: str = ""  # of a Medusa shop, without a path: https://shop.example.org
    medusa_secret_key: str = ""  # opens its Admin API: sk_...
    medusa_publishable_key: str = ""  # of the sales channel that the bot sells in: pk_...
    medusa_country: str = ""  # whose prices and taxes customers are told, as `fr`; "" the first region's first country
    storefront_url: str = ""  # where the shop's own pages are; "" public_url
    shop_origins: str = ""  # of the pages with the widget, besides ours: https://www.shop.example; "" storefront_url's
    database_url: str = "sqlite:///var/prevenant-{shop}.sqlite"  # {shop}: a store for each
    shop_database_url: str = "sqlite:///var/shop-{shop}.sqlite"  # the embedded shop's own
    tracker_database_url: str = "sqlite:///var/rasa-trackers.sqlite"  # Rasa's own; we only erase there
    redis_url: str = ""  # redis://...: conversations of several `site`, locks of several Rasas; "" one of each
    broker_url: str = ""  # RabbitMQ's, amqp://...: Celery's workers do the worker's passes; "" one process does
    broker_workers: int = 2  # processes that `prevenant run` starts for it on this machine
    finding_file: str = "var/finding-{shop}.npz"  # what the shop's products mean, as numbers; the worker keeps it
    recommender_file: str = "var/recommender-{shop}.npz"  # what `prevenant train-recommender` learned; none: no matter
    log_folder: str = "var/log"  # where the processes' logs lie, from the project's folder
    public_url: str = "http://localhost:8000"
    trusted_proxies: str = ""  # addresses or networks of TLS proxies whose X-Forwarded-For is believed: 10.0.0.0/8
    site_port: int = 8000
    rasa_url: str = "http://127.0.0.1:5005"
    actions_url: str = "http://127.0.0.1:5055"
    site_internal_url: str = "http://127.0.0.1:8000"  # where the worker reaches `site`
    session_secret: str = PLACEHOLDER  # signs the pages' and the widget's sessions
    widget_secret: str = PLACEHOLDER  # shared with the shop: signs who is signed in, for five minutes
    internal_secret: str = PLACEHOLDER  # between our own processes
    write_key: str = PLACEHOLDER  # the collector's; every page shows it
    server_write_key: str = ""  # the collector's for the shop's servers, whose word on who is who is believed; "" none
    holdout_salt: str = PLACEHOLDER  # who is in the holdout; changing it deals the cards anew
    tombstone_secrets: str = ""  # hash the addresses of people who were erased; newest first, "" the session's
    smtp_url: str = ""  # "" in the demo: the embedded mailbox on smtp_demo_port
    smtp_demo_port: int = 8025
    email_from: str = "bonjour@prevenant.example"
    email_reply_to: str = ""  # people who read what is answered to a letter; "" answers go to email_from
    bounce_mailbox: str = ""  # where letters come back to: imaps://user:password@host/INBOX; "" nobody looks
    bounce_secret: str = ""  # of a mail server that pipes them to /webhooks/email; "" that door is closed
    sms_url: str = ""  # "" in the demo: the embedded mailbox
    sms_key: str = ""
    twilio_account_sid: str = ""  # text messages by Twilio, answers too; "" by sms_url
    twilio_auth_token: str = ""
    twilio_from: str = ""  # our number, +33..., or a messaging service, MG...
    twilio_url: str = "https://api.twilio.com/2010-04-01"
    graph_url: str = "https://graph.facebook.com/v25.0"  # Meta's, with its version
    meta_app_secret: str = ""  # signs what WhatsApp and Messenger send us
    meta_verify_token: str = ""  # a word of your own, asked for when the webhook is entered
    whatsapp_phone_number_id: str = ""  # "" no WhatsApp
    whatsapp_token: str = ""
    whatsapp_number: str = ""  # the number customers write to, +33...; "" nobody is sent from the website to WhatsApp
    whatsapp_recipients_a_day: int = 250  # people who get a template; Meta raises it to 2,000, 10,000, 100,000
    whatsapp_messages_a_second: int = 80  # of the number; Meta raises it to 1,000
    messenger_page_id: str = ""  # "" no Messenger
    messenger_token: str = ""
    try_on_url: str = ""  # where the process `tryon` listens, http://127.0.0.1:5056; "" nothing is tried on
    try_on_models: str = "var/tryon-models"  # its networks, from the project's folder
    try_on_records: str = ""  # what `prevenant try-on prepare` made, from the project's folder; "" the demo's are drawn
    try_on_engine: str = ""  # whose engine tops are tried on with: fashn, vertex, server; "" ours, here
    try_on_engine_url: str = ""
    try_on_engine_maker: str = ""  # who runs that server, by its terms; "" the shop itself
    try_on_engine_key: str = ""  # FASHN's key; the path of a Google service account's key file; a word of your server's
    console_require_totp: int = 0  # 1: whoever signs in to the console by a password needs a second factor too
    console_secrets: str = ""  # encrypt second factors, each of 16 characters or more; newest first, "" the session's
    console_local_sign_in: int = 1  # 0: nobody signs in to the console by a password, only by the company's sign-in
    console_oidc_issuer: str = ""  # the company's OpenID provider, https://login.example.org/...; "" no such sign-in
    console_oidc_client_id: str = ""
    console_oidc_client_secret: str = ""  # "" of a public client
    console_oidc_groups: str = ""  # which group has which role, the first that fits: "shop-admins=admin shop-it=it"
    console_oidc_group_claim: str = "groups"  # of the id_token
    console_oidc_name_claim: str = "preferred_username"  # by which a person is known in the console
    people_password: str = ""  # opens /people to the shop's people; "" closed, but for the demo's one-click door
    content_model_url: str = ""  # of a server with OpenAI's chat completions, .../v1; "" no model proposes words
    content_model_key: str = ""
    content_model_name: str = ""  # of the model there
    chatwoot_url: str = ""  # where people answer in Chatwoot; "" they answer under /people alone
    chatwoot_account: int = 0
    chatwoot_inbox: str = ""  # the identifier of its API inbox
    chatwoot_bot_token: str = ""  # the agent bot's access token
    chatwoot_webhook_secret: str = ""  # what the agent bot's webhooks are signed with
    easypost_key: str = ""  # "" no carrier is asked: parcels are as the engine tells them
    easypost_webhook_secret: str = ""  # given to EasyPost with the webhook's address
    easypost_url: str = "https://api.easypost.com/v2"
    link_hosts: str = ""  # where links of nudges may lead and are counted, besides public_url's: shop.example.org
    timezone: str = "Europe/Paris"  # the shop's, where the customer's is not known
    other_timezones: str = ""  # of the shop's other countries: whose zone is not known is left alone at night in any
    facts_max_age_seconds: float = 5.0  # promise 3
    engine_deadline_seconds: float = 4.0
    turn_deadline_seconds: float = 15.0
    log_level: str = "info"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read and check every setting; raises FixConfiguration naming the variable."""
        values: dict[str, Any] = {}
        for each in fields(cls):
            name = f"PREVENANT_{each.name.upper()}"
            if name in environ:
                values[each.name] = _parse(name, environ[name], type(each.default))
        settings = _name_databases(cls(**values))
        if settings.mode not in get_args(Mode):
            raise FixConfiguration(f"PREVENANT_MODE must be one of {', '.join(get_args(Mode))}")
        _require_secrets(settings)
        _require_tombstones(settings)
        _require_own_trackers(settings)
        _require_origins(settings)
        _require_proxies(settings)
        _require_server_store(settings)
        _require_redis(settings)
        _require_engine(settings)
        _require_vendure(settings)
        _require_shopify(settings)
        _require_woocommerce(settings)
        _require_adobe(settings)
        _require_bigcommerce(settings)
        _require_medusa(settings)
        _require_carriers(settings)
        _require_people(settings)
        _require_console(settings)
        _require_company(settings)
        _require_chatwoot(settings)
        _require_zones(settings)
        _require_content_model(settings)
        _require_meta(settings)
        _require_bounces(settings)
        _require_reply_to(settings)
        _require_twilio(settings)
        return settings

    @property
    def is_demo(self) -> bool:
        """Whether the demo's open doors (mailbox, REST channel, one-click sign-in) exist."""
        return self.mode == "demo"

    @property
    def tombstone_secret_list(self) -> tuple[str, ...]:
        """The secrets that erased addresses are hashed with, newest first."""
        given = tuple(each for each in self.tombstone_secrets.replace(",", " ").split() if each)
        return given or (self.session_secret,)

    @property
    def console_secret_list(self) -> tuple[str, ...]:
        """The secrets that the console's second factors are encrypted with, newest first."""
        given = tuple(each for each in self.console_secrets.replace(",", " ").split() if each)
        return given or (self.session_secret,)

    @property
    def console_oidc_roles(self) -> dict[str, Any]:
        """The company's groups, in their order, with the console's role of each."""
        pairs = (each.rpartition("=") for each in self.console_oidc_groups.split())
        return {group: role for group, _, role in pairs}

    @property
    def other_timezone_list(self) -> tuple[str, ...]:
        """The zones of the shop's other countries."""
        return tuple(self.other_timezones.replace(",", " ").split())

    @property
    def link_host_list(self) -> tuple[str, ...]:
        """The shop's own hosts besides ours, in lower case."""
        return tuple(each.lower() for each in self.link_hosts.replace(",", " ").split())

    @property
    def shop_origin_list(self) -> tuple[str, ...]:
        """The origins, as browsers name them, of the shop's pages: they may ask what the widget asks, and hold it."""
        given = self.shop_origins.replace(",", " ").split() or [self.storefront_url]
        named = (_name_origin(each) for each in given)
        return tuple(dict.fromkeys(each for each in named if _ORIGIN.fullmatch(each)))

    @property
    def trusted_proxy_list(self) -> tuple[str, ...]:
        """Who is believed when they say for whom they ask."""
        return tuple(self.trusted_proxies.replace(",", " ").split())

    @property
    def people_url(self) -> str:
        """Where the shop's people answer customers; "" where that page is closed."""
        return f"{self.public_url.rstrip('/')}/people" if self.is_demo or self.people_password else ""


def _name_origin(url: str) -> str:
    """The origin of an address as browsers name it: in lower case, an international name as xn--..., without a path
    or its scheme's own port; "" for what has none.
    """
    try:
        parts = urlsplit(url)
        name, colon, port = parts.netloc.lower().partition(":")
        host = (name if name.isascii() else idna.encode(name, uts46=True).decode()) + colon + port
    except ValueError:  # idna.IDNAError is one
        return ""
    scheme = parts.scheme.lower()
    return f"{scheme}://{host.removesuffix({'http': ':80', 'https': ':443'}.get(scheme, ''))}"


def _require_secrets(settings: Settings) -> None:
    for name in _SECRETS:
        value = getattr(settings, name)
        if value == PLACEHOLDER or len(value) < 16:
            raise FixConfiguration(
                f"PREVENANT_{name.upper()} must be a random secret of at least 16 characters; "
                "`make run` writes random ones for the demo to var/demo.env"
            )


def _require_tombstones(settings: Settings) -> None:
    if any(len(each) < 16 for each in settings.tombstone_secret_list):
        raise FixConfiguration("PREVENANT_TOMBSTONE_SECRETS must be secrets of at least 16 characters each")


def _require_own_trackers(settings: Settings) -> None:
    """Both have a table `events`: an erasure would meet the wrong one."""
    ours, theirs = (make_url(each) for each in (settings.database_url, settings.tracker_database_url))
    places = [(each.host, each.port, each.database) for each in (ours, theirs)]
    if places[0] == places[1]:
        raise FixConfiguration("PREVENANT_TRACKER_DATABASE_URL must name another database than PREVENANT_DATABASE_URL")


def _require_origins(settings: Settings) -> None:
    """A page in the clear could be anybody's on its way, and would speak to the bot in the shop's name."""
    if settings.storefront_url and not settings.storefront_url.startswith(("https://", "http://")):
        raise FixConfiguration("PREVENANT_STOREFRONT_URL must look like https://www.shop.example")
    for given in settings.shop_origins.replace(",", " ").split():
        if not _ORIGIN.fullmatch(given):
            raise FixConfiguration(
                "PREVENANT_SHOP_ORIGINS must be origins with blanks between them, https://www.shop.example "
                f"https://m.shop.example, without a path, international names as xn--..., not {given!r}"
            )


def _require_proxies(settings: Settings) -> None:
    for given in settings.trusted_proxy_list:
        try:
            is_everybody = ip_network(given).prefixlen == 0
        except ValueError as error:
            raise FixConfiguration(
                "PREVENANT_TRUSTED_PROXIES must be addresses or networks with blanks between them, 127.0.0.1 "
                f"10.1.0.0/16, not {given!r}"
            ) from error
        if is_everybody:
            raise FixConfiguration(
                f"PREVENANT_TRUSTED_PROXIES: {given} is everybody, who could then pass for anybody. Name the proxies"
            )


def _require_server_store(settings: Settings) -> None:
    """Many machines cannot share a file, nor would one writer at a time be any use to many workers."""
    if not settings.broker_url:
        return
    if not settings.broker_url.startswith(("amqp://", "amqps://")):
        raise FixConfiguration("PREVENANT_BROKER_URL must look like amqp://user:password@host/name: RabbitMQ's address")
    if make_url(settings.database_url).get_backend_name() != "postgresql":
        raise FixConfiguration("PREVENANT_DATABASE_URL must be PostgreSQL's where PREVENANT_BROKER_URL is set")


def _require_redis(settings: Settings) -> None:
    if settings.redis_url and not settings.redis_url.startswith(("redis://", "rediss://")):
        raise FixConfiguration("PREVENANT_REDIS_URL must look like redis://host:6379: Redis's address")


def _require_engine(settings: Settings) -> None:
    if settings.engine_webhook_secret and len(settings.engine_webhook_secret) < 16:
        raise FixConfiguration(
            "PREVENANT_ENGINE_WEBHOOK_SECRET must have at least 16 characters: with it anybody could tell of changes"
        )


def _require_vendure(settings: Settings) -> None:
    if settings.engine != "vendure":
        return
    if not settings.vendure_url.startswith(("http://", "https://")) or not settings.vendure_api_key:
        raise FixConfiguration(
            "PREVENANT_VENDURE_URL must look like https://shop.example.org, and PREVENANT_VENDURE_API_KEY be a key of "
            "it: docs/vendure.md says where it comes from"
        )
    if len(settings.vendure_session_secret) < 16:
        raise FixConfiguration(
            "PREVENANT_VENDURE_SESSION_SECRET must have at least 16 characters: with it one shops as anybody"
        )


def _require_shopify(settings: Settings) -> None:
    if settings.engine != "shopify":
        return
    if not settings.shopify_url.startswith(("https://", "http://127.0.0.1:")):
        raise FixConfiguration("PREVENANT_SHOPIFY_URL must look like https://your-shop.myshopify.com")
    if not (settings.shopify_client_id and settings.shopify_client_secret and settings.shopify_storefront_token):
        raise FixConfiguration(
            "PREVENANT_SHOPIFY_CLIENT_ID, _CLIENT_SECRET and _STOREFRONT_TOKEN must be set: docs/shopify.md says where "
            "they come from"
        )


def _require_woocommerce(settings: Settings) -> None:
    if settings.engine != "woocommerce":
        return
    if not settings.woocommerce_url.startswith(("https://", "http://127.0.0.1:")):
        raise FixConfiguration("PREVENANT_WOOCOMMERCE_URL must begin with https://, with nothing in the clear")
    if not (settings.woocommerce_key and settings.woocommerce_secret):
        raise FixConfiguration(
            "PREVENANT_WOOCOMMERCE_KEY and _SECRET must be set: docs/woocommerce.md says where they come from"
        )


def _require_adobe(settings: Settings) -> None:
    if settings.engine != "adobe":
        return
    if not settings.adobe_url.startswith(("https://", "http://127.0.0.1:")):
        raise FixConfiguration("PREVENANT_ADOBE_URL must begin with https://, with nothing in the clear")
    if not re.fullmatch(r"[A-Za-z]\w*", settings.adobe_store, re.ASCII):
        raise FixConfiguration("PREVENANT_ADOBE_STORE must be the code of a store view: letters, digits, underscores")
    given = (settings.adobe_consumer_key, settings.adobe_consumer_secret, settings.adobe_access_token,
             settings.adobe_access_secret)
    if not all(given):
        raise FixConfiguration(
            "PREVENANT_ADOBE_CONSUMER_KEY, _CONSUMER_SECRET, _ACCESS_TOKEN and _ACCESS_SECRET must be set: "
            "docs/adobe.md says where they come from"
        )


def _require_bigcommerce(settings: Settings) -> None:
    if settings.engine != "bigcommerce":
        return
    if not re.fullmatch(r"(?:https://[^/]+|http://127\.0\.0\.1:\d+)/stores/\w+", settings.bigcommerce_url.rstrip("/")):
        raise FixConfiguration(
            "PREVENANT_BIGCOMMERCE_URL must look like https://api.bigcommerce.com/stores/<hash>, without a version")
    if not settings.bigcommerce_token:
        raise FixConfiguration("PREVENANT_BIGCOMMERCE_TOKEN must be set: docs/bigcommerce.md says where it comes from")


def _require_medusa(settings: Settings) -> None:
    if settings.engine != "medusa":
        return
    if not settings.medusa_url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise FixConfiguration(
            "PREVENANT_MEDUSA_URL must look like https://shop.example.org: its key opens the whole shop"
        )
    if not settings.medusa_secret_key or not settings.medusa_publishable_key:
        raise FixConfiguration(
            "PREVENANT_MEDUSA_SECRET_KEY and PREVENANT_MEDUSA_PUBLISHABLE_KEY must be set: docs/medusa.md says where "
            "they come from"
        )


def _require_carriers(settings: Settings) -> None:
    if settings.easypost_key and len(settings.easypost_webhook_secret) < 16:
        raise FixConfiguration(
            "PREVENANT_EASYPOST_WEBHOOK_SECRET must be the secret of EasyPost's webhook, at least 16 characters: "
            "without it anybody could tell where parcels are"
        )


def _require_people(settings: Settings) -> None:
    if settings.people_password and len(settings.people_password) < 12:
        raise FixConfiguration("PREVENANT_PEOPLE_PASSWORD must have at least 12 characters: it opens conversations")


def _require_console(settings: Settings) -> None:
    if settings.console_require_totp not in (0, 1):
        raise FixConfiguration("PREVENANT_CONSOLE_REQUIRE_TOTP must be 0 or 1")
    if any(len(each) < 16 for each in settings.console_secret_list):
        raise FixConfiguration("PREVENANT_CONSOLE_SECRETS must be secrets of at least 16 characters each")


def _require_company(settings: Settings) -> None:
    if settings.console_local_sign_in not in (0, 1):
        raise FixConfiguration("PREVENANT_CONSOLE_LOCAL_SIGN_IN must be 0 or 1")
    if not settings.console_oidc_issuer:
        if not settings.console_local_sign_in:
            raise FixConfiguration("PREVENANT_CONSOLE_LOCAL_SIGN_IN=0 needs PREVENANT_CONSOLE_OIDC_ISSUER: who else?")
        return
    if not (settings.is_demo or settings.console_oidc_issuer.startswith("https://")):
        raise FixConfiguration("PREVENANT_CONSOLE_OIDC_ISSUER must begin with https://")
    if not settings.console_oidc_client_id:
        raise FixConfiguration("PREVENANT_CONSOLE_OIDC_CLIENT_ID is missing: what the provider calls us")
    unknown = [each for each in settings.console_oidc_roles.items() if not each[0] or each[1] not in CONSOLE_ROLES]
    if unknown or not settings.console_oidc_roles:
        raise FixConfiguration(
            f"PREVENANT_CONSOLE_OIDC_GROUPS must name groups as group=role, with roles of {', '.join(CONSOLE_ROLES)}"
        )


def _require_content_model(settings: Settings) -> None:
    if not settings.content_model_url:
        return
    if not settings.content_model_url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise FixConfiguration("PREVENANT_CONTENT_MODEL_URL must look like https://models.example.org/v1")
    if not settings.content_model_name:
        raise FixConfiguration("PREVENANT_CONTENT_MODEL_NAME is missing: which model the server is asked for")


def _require_zones(settings: Settings) -> None:
    for name in settings.other_timezone_list:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise FixConfiguration(f"PREVENANT_OTHER_TIMEZONES: there is no zone {name!r}") from error


def _require_chatwoot(settings: Settings) -> None:
    if not settings.chatwoot_url:
        return
    for name in ("chatwoot_account", "chatwoot_inbox", "chatwoot_bot_token"):
        if not getattr(settings, name):
            raise FixConfiguration(f"PREVENANT_{name.upper()} is missing: docs/handoff.md says where Chatwoot shows it")
    if len(settings.chatwoot_webhook_secret) < 16:
        raise FixConfiguration(
            "PREVENANT_CHATWOOT_WEBHOOK_SECRET must be the agent bot's webhook secret, at least 16 characters: without "
            "it anybody could speak in the name of the shop's people"
        )


def _require_meta(settings: Settings) -> None:
    """A number or page without its secrets would take anybody's word, or send nothing."""
    wanted = {"whatsapp_token": settings.whatsapp_phone_number_id, "messenger_token": settings.messenger_page_id}
    for name, is_used in wanted.items():
        if is_used and not getattr(settings, name):
            raise FixConfiguration(f"PREVENANT_{name.upper()} is missing: docs/meta.md says where Meta shows it")
    number = settings.whatsapp_number
    if number and not (number.startswith("+") and number[1:].isdecimal() and 8 <= len(number) <= 16):
        raise FixConfiguration("PREVENANT_WHATSAPP_NUMBER must be a number with its country, like +33612345678")
    if not any(wanted.values()):
        return
    for name in ("meta_app_secret", "meta_verify_token"):
        if len(getattr(settings, name)) < 16:
            raise FixConfiguration(
                f"PREVENANT_{name.upper()} must have at least 16 characters: without it anybody could speak as a "
                "customer"
            )


def _require_bounces(settings: Settings) -> None:
    if settings.bounce_secret and len(settings.bounce_secret) < 16:
        raise FixConfiguration("PREVENANT_BOUNCE_SECRET must have at least 16 characters: it silences addresses")
    if settings.bounce_mailbox and not settings.bounce_mailbox.startswith("imaps://"):
        raise FixConfiguration("PREVENANT_BOUNCE_MAILBOX must look like imaps://user:password@host/INBOX")


def _require_reply_to(settings: Settings) -> None:
    if settings.email_reply_to and "@" not in parseaddr(settings.email_reply_to)[1]:
        raise FixConfiguration("PREVENANT_EMAIL_REPLY_TO must be an address whose mail people read: help@shop.example")


def _require_twilio(settings: Settings) -> None:
    if not settings.twilio_account_sid:
        return
    if len(settings.twilio_auth_token) < 16 or not settings.twilio_from.startswith(("+", "MG")):
        raise FixConfiguration(
            "PREVENANT_TWILIO_AUTH_TOKEN and PREVENANT_TWILIO_FROM (+33... or MG...) are missing: without the token "
            "anybody could text as a customer"
        )


def _name_databases(settings: Settings) -> Settings:
    return replace(
        settings,
        database_url=settings.database_url.replace("{shop}", settings.shop),
        shop_database_url=settings.shop_database_url.replace("{shop}", settings.shop),
        finding_file=settings.finding_file.replace("{shop}", settings.shop),
        recommender_file=settings.recommender_file.replace("{shop}", settings.shop),
    )


def _parse(name: str, text: str, kind: type) -> str | int | float:
    if kind is str:
        return text
    try:
        return int(text) if kind is int else float(text)
    except ValueError as error:
        raise FixConfiguration(f"{name} must be a number, not {text!r}") from error
