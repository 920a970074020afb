"""Stage B2: who is who. The one module that other stages import for customers, identities and merges."""

from bot.profile.identities import (
    CustomerId,
    Identity,
    create_customer,
    find_customer,
    identities_of,
    is_holdout,
    is_kept,
    link_identity,
    members_of,
    resolve_identity,
    resolve_owners,
    root_of,
    roots_of,
)
from bot.profile.merging import could_be_one_person, merge_customers, merges_of, unmerge

__all__ = [
    "CustomerId",
    "Identity",
    "could_be_one_person",
    "create_customer",
    "find_customer",
    "identities_of",
    "is_holdout",
    "is_kept",
    "link_identity",
    "members_of",
    "merge_customers",
    "merges_of",
    "resolve_identity",
    "resolve_owners",
    "root_of",
    "roots_of",
    "unmerge",
]
