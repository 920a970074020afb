"""`prevenant train-recommender`: orders -> the file that suggestions are ranked by."""

import json
from pathlib import Path
from typing import Annotated

import polars as pl
import sqlalchemy as sa
import typer
from rich.console import Console

from bot.bootstrap import PROJECT, Services
from bot.commands.opening import opened
from bot.errors import FixConfiguration
from bot.profile.store.tables import customers, events
from bot.recommend.interactions import ORDERED, product_refs
from bot.recommend.learned.baskets import NEEDED, read_baskets
from bot.recommend.learned.model import learn, write_learned

_PER_DAY = 86_400
say = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("train-recommender")(train_recommender)


def train_recommender(
    data: Annotated[Path | None, typer.Option(help="Baskets, .parquet or .csv, instead of the profile's.")] = None,
) -> None:
    """Learn what suits whom from every order known until now, and put it in force at once."""
    with opened() as services:
        lines = read_lines(data) if data else read_orders(services)
        path = PROJECT / services.settings.recommender_file
        day = services.clock().timestamp() / _PER_DAY
    baskets, names = read_baskets(lines)
    if not len(baskets):
        raise FixConfiguration("no order is known yet: there is nothing to learn from")
    end = min(day, float(baskets.day.max()) + 1 / _PER_DAY)  # old baskets are looked at as of when they end
    learned = learn(baskets, names.items, end, say=lambda text: say.print(f"{text} …", highlight=False),
                    places=names.places)
    write_learned(path, learned)
    typer.echo(json.dumps({"file": str(path), "customers": baskets.customers, "items": baskets.items,
                           "baskets": int(baskets.basket.max()) + 1}))


def read_lines(path: Path) -> pl.DataFrame:
    """The baskets of a file: the columns are told in docs/recommending.md."""
    return pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, try_parse_dates=True)


def read_orders(services: Services) -> pl.DataFrame:
    """Every `Order Completed` of the profile, by merged customer, with the store where it was collected.

    And with the type of what is still sold.
    """
    query = (
        sa.select(customers.c.root_id, events.c.event_id, events.c.occurred_at, events.c.properties)
        .join(customers, customers.c.customer_id == events.c.customer_id)
        .where(events.c.name == ORDERED)
    )
    with services.store.read() as connection:
        rows = [
            (root, str(event_id), at, ref, str(properties.get("pickup_location_ref") or ""))
            for root, event_id, at, properties in connection.execute(query) for ref in product_refs(properties)
        ]
    types = {str(each.ref): each.product_type for each in services.recommender.catalogue(services.clock()).products}
    schema = dict.fromkeys((*NEEDED, "place_id"), pl.String) | {"time": pl.Datetime("us", "UTC")}
    table = pl.DataFrame(rows, schema=schema, orient="row")
    return table.with_columns(item_type=pl.col("item_id").replace_strict(types, default=None, return_dtype=pl.String))
