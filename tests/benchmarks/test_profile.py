"""`make bench ONLY=profile`, small: every key on both stores, the same persons as the peer, and growth that is told."""

from benchmarks.profile.__main__ import measure
from benchmarks.profile.world import EVENTS_EACH, make_world
from tests.servers.postgres import find_postgres

KEYS = {"read_p99_ms", "customers", "events", "growth", "peers", "sizes"}


def test_a_world_is_the_same_each_time_and_its_events_come_in_order():
    one, other = make_world(200), make_world(200)
    pages, again = list(one.events(4_000)), list(other.events(4_000))
    assert sum(page.height for page in pages) == one.event_count == 200 * EVENTS_EACH
    assert all(page.equals(same) for page, same in zip(pages, again, strict=True))
    moments = [moment for page in pages for moment in page["occurred_at"]]
    assert moments == sorted(moments)


def test_measures_every_size_beside_its_peers():
    figures = measure([200, 400], [200] if find_postgres() else [], reads=20)
    for store in (figures, *([figures["postgres"]] if find_postgres() else ())):
        assert set(store) >= KEYS
        assert set(store["peers"]) == {"primary_key", "duckdb"}
        for size in store["sizes"]:
            assert size["agree"]
            assert size["events"] == size["customers"] * EVENTS_EACH
            assert 0 < size["read_p50_ms"] <= size["read_p99_ms"]
            assert size["bytes"]["all"] > size["events"] * 100
    assert figures["customers"] == 400
    assert set(figures["growth"]) >= {"bytes", "segments_seconds", "computed_seconds", "read_p99_ms", "n_log_n"}
