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
from bot.profile.store.tables import customers, purchases
from bot.recommend.catalogue import Catalogue
from bot.recommend.learned.baskets import read_baskets
from bot.recommend.learned.model import learn, write_learned
from bot.recommend.tellers import order_of, tell_once

_PER_DAY = 86_400
say = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("train-recommender")(train_recommender)


def train_recommender(
    data: Annotated[Path | None, typer.Option(help="Baskets, .parquet or .csv, instead of the profile's.")] = None,
) -> None:
    """Learn what suits whom from what was kept of every order known until now, and put it in force at once."""
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
    """What is kept of every order that the profile's silos tell of, by merged customer, each order once.

    With the store where it was collected, and with the type of what is still sold.
    """
    query = (
        sa.select(customers.c.root_id, purchases.c.customer_id, purchases.c.silo, purchases.c.order_id,
                  purchases.c.sold_at, purchases.c.product_id, purchases.c.variant_id, purchases.c.place_ref,
                  purchases.c.quantity)
        .join(customers, customers.c.customer_id == purchases.c.customer_id)
    )
    catalogue = services.recommender.catalogue(services.clock())
    with services.store.read() as connection:
        told = tell_once(connection.execute(query), order_of)
    rows = [
        (*order_of(line), line.sold_at, _item(catalogue, line.product_id, line.variant_id), line.place_ref,
         line.quantity)
        for line in told
    ]
    types = {str(each.ref): each.product_type for each in catalogue.products}
    schema: dict[str, pl.DataType] = {
        "customer_id": pl.String(), "basket_id": pl.String(), "time": pl.Datetime("us", "UTC"), "item_id": pl.String(),
        "place_id": pl.String(), "pieces": pl.Int64(),
    }
    lines = pl.DataFrame(rows, schema=schema, orient="row").filter(pl.col("item_id") != "")
    table = lines.group_by("customer_id", "basket_id", "item_id", maintain_order=True).agg(
        pl.col("time").min(), pl.col("place_id").max(), pl.col("pieces").sum())
    table = table.filter(pl.col("pieces") > 0).drop("pieces")
    return table.with_columns(item_type=pl.col("item_id").replace_strict(types, default=None, return_dtype=pl.String))


def _item(catalogue: Catalogue, product: str, variant: str) -> str:
    """The product as the shop spells it; as the silo told it where it is sold no longer."""
    row = catalogue.row_of_lower.get(product, catalogue.row_of_lower.get(variant))
    return product if row is None else catalogue.products[row].ref
