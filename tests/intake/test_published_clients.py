"""Analytics clients as they are published, against a collector that runs: what they send is what is stored.

The browser's (@segment/analytics-next) runs in the demo shop's pages: tests/browser/test_analytics.py.
"""

import sqlalchemy as sa
from rudderstack.analytics.client import Client as RudderClient
from segment.analytics.client import Client as SegmentClient

from benchmarks.ingest_http import KEY, run_collector
from bot.profile.store.tables import events, traits


def _tell(client) -> None:
    client.track(user_id="c1", anonymous_id="visitor-1", event="Product Added", properties={"product_id": "p1"},
                 message_id="m1")
    client.track(user_id="c1", anonymous_id="visitor-1", event="Product Added", properties={"product_id": "p1"},
                 message_id="m1")
    client.identify(anonymous_id="visitor-1", traits={"firstName": "Ada"})
    client.page(anonymous_id="visitor-1", name="Home")
    client.screen(anonymous_id="visitor-1", name="Basket")
    client.group(anonymous_id="visitor-1", group_id="family")
    client.alias("visitor-1", "c1")
    for n in range(150):  # more than one batch
        client.track(anonymous_id=f"visitor-{n}", event="Product Viewed", properties={"product_id": f"p{n}"})


def _stored(store):
    with store.read() as connection:
        names = connection.scalars(sa.select(events.c.name).order_by(events.c.event_id)).all()
        kept = connection.execute(sa.select(traits.c.name, traits.c.value, traits.c.silo)).all()
    return list(names), [tuple(each) for each in kept]


EXPECTED = [
    "Product Added", "Identified", "Page Viewed", "Screen Viewed", "Grouped", "Aliased", *["Product Viewed"] * 150,
]


def test_stores_what_segments_client_sends(store):
    failed = []
    with run_collector(store.url.render_as_string(hide_password=False)) as running:
        host = f"http://127.0.0.1:{running.port}"
        client = SegmentClient(KEY, host=host, gzip=True, on_error=lambda *told: failed.append(told))
        _tell(client)
        client.flush()
        client.shutdown()
    assert failed == []
    assert _stored(store) == (EXPECTED, [("firstName", "Ada", "web_claim")])


def test_stores_what_rudderstacks_client_sends(store):
    failed = []
    with run_collector(store.url.render_as_string(hide_password=False)) as running:
        host = f"http://127.0.0.1:{running.port}"
        client = RudderClient(KEY, host=host, gzip=True, on_error=lambda *told: failed.append(told))
        _tell(client)
        client.flush()
        client.join()
    assert failed == []
    assert _stored(store) == (EXPECTED, [("firstName", "Ada", "web_claim")])
