"""Shopify's published schemas, version 2026-10, as `take_schemas.py` took them."""

import gzip
import json
from functools import cache
from pathlib import Path

from graphql import GraphQLSchema, build_client_schema

from bot.commerce.shopify.client import API_VERSION

FOLDER = Path(__file__).parents[2] / "fixtures" / "shopify"


@cache
def read_schema(api: str) -> GraphQLSchema:
    """The schema of an API: `admin` or `storefront`. Some of Shopify's own deprecations break the newest rules of
    GraphQL, so the schema itself is taken as it is.
    """
    told = json.loads(gzip.decompress((FOLDER / f"{api}-{API_VERSION}.json.gz").read_bytes()))
    return build_client_schema(told, assume_valid=True)
