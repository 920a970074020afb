"""Every handler, and every table that needs none. A new table goes into one or the other: a test counts them.

To add a kind of personal data: a class in this folder with `name`, `title`, `tables` and `rows_of`, and its line here.
"""

from collections.abc import Mapping

from bot.privacy.handlers.base import OutsideHandler, PrivacyHandler, StoreHandler
from bot.privacy.handlers.deciding import (
    AuditPrivacyHandler,
    DecisionsPrivacyHandler,
    LooksPrivacyHandler,
    ParcelsPrivacyHandler,
    RejectsPrivacyHandler,
)
from bot.privacy.handlers.logs import LogsPrivacyHandler
from bot.privacy.handlers.outside import AccountPrivacyHandler, MailboxPrivacyHandler, TrackersPrivacyHandler
from bot.privacy.handlers.profile import (
    ConsentsPrivacyHandler,
    CustomersPrivacyHandler,
    EventsPrivacyHandler,
    TraitsPrivacyHandler,
)
from bot.privacy.handlers.talk import (
    CodesPrivacyHandler,
    ConversationsPrivacyHandler,
    HandoffsPrivacyHandler,
    MessagesPrivacyHandler,
    PhotoWishesPrivacyHandler,
    PicturesPrivacyHandler,
    SuppressionsPrivacyHandler,
)

# In the order of erasure: the mailbox is found by the outbox, and everything by the customers.
OUTSIDE_HANDLERS: tuple[OutsideHandler, ...] = (
    AccountPrivacyHandler(), TrackersPrivacyHandler(), MailboxPrivacyHandler(), LogsPrivacyHandler(),
)
STORE_HANDLERS: tuple[StoreHandler, ...] = (
    MessagesPrivacyHandler(), PicturesPrivacyHandler(), PhotoWishesPrivacyHandler(), SuppressionsPrivacyHandler(),
    HandoffsPrivacyHandler(),
    DecisionsPrivacyHandler(), ParcelsPrivacyHandler(), RejectsPrivacyHandler(), EventsPrivacyHandler(),
    TraitsPrivacyHandler(), ConsentsPrivacyHandler(), CodesPrivacyHandler(), AuditPrivacyHandler(),
    LooksPrivacyHandler(), ConversationsPrivacyHandler(), CustomersPrivacyHandler(),
)
_FIRST = (
    "customers", "account", "traits", "consents", "conversations", "messages", "pictures",
    "photo_wishes", "suppressions", "handoffs",
    "events",
    "parcels", "decisions", "trackers", "audit", "looks", "mailbox", "logs", "rejects", "codes",
)
# What a reader of an export sees first; a kind that is not named above comes last.
SHOWN: tuple[PrivacyHandler, ...] = tuple(sorted(
    (*OUTSIDE_HANDLERS, *STORE_HANDLERS),
    key=lambda each: _FIRST.index(each.name) if each.name in _FIRST else len(_FIRST),
))
NO_PERSONAL_DATA: Mapping[str, str] = {
    "cursors": "how far readers have come: names and positions",
    "import_runs": "a file's name and digest, and counts",
    "value_models": "sums over many outcomes, and weights: nobody can be found in them",
    "tombstones": "keyed hashes without a person: they are what has to outlive an erasure",
    "journeys": "what triggers said, version by version: the shop's own words",
    "candidate_sets": "what many decisions considered alike: ways, values and reasons, without a person",
    "sightings": "what variants cost and whether they could be bought",
    "pauses": "journeys that rest, with counts and who stopped them",
    "console_people": "the shop's own people: who may sign in",
    "console_sessions": "the shop's own people: who is signed in",
    "console_factors": "the shop's own people: their second factors, encrypted",
    "console_recovery_codes": "the shop's own people: hashes of random codes",
    "console_tokens": "the shop's own people: hashes of tokens, with the names they gave them",
    "console_subjects": "the shop's own people: as their company's sign-in numbers them",
    "console_figures": "counts by day and by journey",
    "charter_proposals": "the shop's own words and numbers, and who of its people proposed them",
    "drafts": "the shop's own words and numbers, and who of its people wrote them",
    "content_pictures": "the shop's own pictures, and who of its people uploaded them",
    "charter_answers": "what the shop's own people said of a change",
    "charter_owners": "the shop's own people: who answers for what",
    "assistant_proposals": "rules, counts of many and intervals, and who of the shop's people answered",
    "erasures": "numbers, states and counts; whom it is about is blanked when it is done",
}
