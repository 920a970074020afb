"""The contract of silos: what a reader of somebody else's data promises to the importer. Played over each of them."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from bot.intake.importers.base import list_rejects
from bot.intake.importers.mapping import Mapping
from bot.intake.importers.running import run_import
from bot.intake.silos.protocol import ROW, Silo
from bot.profile.store.engine import Store
from bot.profile.store.tables import customers, events, identities, import_runs, rejects, traits

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
SALT = "salt-for-tests-0123"


@dataclass
class Stage:
    """A silo with so many rows, of which the last is one that nobody can use."""

    open: Callable[[], Silo]
    mapping: Mapping
    good: int
    bad: int
    secret: str = ""
    grow: Callable[[], None] | None = None  # one more good row
    silo: str = "crm"
    prepare: Callable[[Store], None] = lambda store: None
    rows_an_event: int = 1


def everything(store: Store) -> dict[str, list[str]]:
    """Every row of what an import writes."""
    with store.read() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(sa.select(table)).all()))
            for table in (customers, identities, events, rejects, traits, import_runs)
        }


def run(store: Store, stage: Stage, **more: Any) -> Any:
    """One import."""
    return run_import(store, stage.open(), stage.mapping, stage.silo, now=NOW, salt=SALT, **more)


class SiloContract:
    """Played over each silo: a subclass gives the fixtures `stage` and `empty_stage`."""

    def test_tells_nothing_when_there_is_nothing(self, store: Store, empty_stage: Stage) -> None:
        report = run(store, empty_stage)
        assert (report.rows, report.used, report.events) == (0, 0, 0)

    def test_names_its_source_without_a_secret_and_the_same_every_time(self, stage: Stage) -> None:
        first = stage.open()
        assert first.source == stage.open().source
        assert not stage.secret or stage.secret not in f"{first.source} {first!r}"
        assert len(first.source) < 300

    def test_reads_the_same_pages_every_time(self, stage: Stage) -> None:
        once, again = (list(stage.open().read_pages("", 3)) for _ in range(2))
        assert [(page.size, page.cursor, page.broken) for page in once] == [
            (page.size, page.cursor, page.broken) for page in again
        ]
        assert all(left.rows.equals(right.rows) for left, right in zip(once, again, strict=True))

    @pytest.mark.parametrize("page_rows", [1, 2, 1_000])
    def test_counts_every_row_once(self, stage: Stage, page_rows: int) -> None:
        pages = list(stage.open().read_pages("", page_rows))
        assert sum(page.size for page in pages) == stage.good + stage.bad
        for page in pages:
            places = [*page.rows[ROW], *(place for place, _, _ in page.broken)]
            assert sorted(places) == list(range(page.size))

    def test_goes_on_behind_any_cursor(self, stage: Stage) -> None:
        pages = list(stage.open().read_pages("", 1))
        for number, page in enumerate(pages):
            rest = list(stage.open().read_pages(page.cursor, 1))
            assert [each.cursor for each in rest] == [each.cursor for each in pages[number + 1 :]]

    def test_uses_or_rejects_every_row_and_keeps_what_it_rejected(self, store: Store, stage: Stage) -> None:
        stage.prepare(store)
        report = run(store, stage)
        assert (report.used, sum(report.rejected.values())) == (stage.good, stage.bad)
        assert report.rows == stage.good + stage.bad
        kept = list_rejects(store, stage.silo)
        assert len(kept) == stage.bad
        assert all(each.reason and each.payload for each in kept)

    def test_changes_nothing_when_it_runs_again(self, store: Store, stage: Stage) -> None:
        stage.prepare(store)
        run(store, stage)
        before = everything(store)
        again = run(store, stage)
        assert everything(store) == before
        assert again.rows_this_time == 0

    def test_goes_on_where_a_failure_stopped_it(
        self, store: Store, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stage.prepare(store)
        silo = stage.open()
        read = type(silo).read_pages
        left = iter(range(2))

        def fail_later(self: Any, cursor: str, page_rows: int) -> Any:
            for page in read(self, cursor, page_rows):
                if next(left, None) is None:
                    raise KeyboardInterrupt
                yield page

        with monkeypatch.context() as patched:
            patched.setattr(type(silo), "read_pages", fail_later)
            with contextlib.suppress(KeyboardInterrupt):
                run(store, stage, page_rows=1)
        report = run(store, stage)
        assert (report.used, sum(report.rejected.values())) == (stage.good, stage.bad)
        assert report.events == stage.good // stage.rows_an_event

    def test_sees_only_what_is_new_when_it_grows(self, store: Store, stage: Stage) -> None:
        if stage.grow is None:
            pytest.skip("a file does not grow: another file is another import")
        stage.prepare(store)
        run(store, stage)
        stage.grow()
        report = run(store, stage)
        assert report.events == stage.good + 1
