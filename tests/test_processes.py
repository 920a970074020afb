"""How the processes are started."""

from collections.abc import Callable, Mapping

import pytest

from bot.processes import Process, actions_process, rasa_process, site_process, worker_processes
from bot.settings import Settings

Start = Callable[[Settings, Mapping[str, str]], Process]


@pytest.mark.parametrize("start", [rasa_process, actions_process, site_process])
def test_who_answers_takes_one_thread_for_each_matrix_unless_told_otherwise(settings: Settings, start: Start) -> None:
    assert start(settings, {}).environ["OMP_NUM_THREADS"] == "1"
    assert start(settings, {"OMP_NUM_THREADS": "4"}).environ["OMP_NUM_THREADS"] == "4"


@pytest.mark.parametrize("name", ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"])
def test_leaves_the_worker_as_it_is(settings: Settings, name: str) -> None:
    assert all(name not in each.environ for each in worker_processes(settings, {}))


def test_the_action_server_is_asked_on_the_port_that_it_is_given(settings: Settings) -> None:
    process = actions_process(settings, {})
    assert process.ready_url == f"http://127.0.0.1:{process.command[-1]}/health"
