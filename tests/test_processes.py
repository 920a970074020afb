"""How the processes are started."""

import pytest

from bot.processes import actions_process, list_processes, rasa_process
from bot.settings import Settings


def test_rasa_takes_one_thread_for_each_matrix_unless_told_otherwise(settings: Settings) -> None:
    assert rasa_process(settings, {}).environ["OMP_NUM_THREADS"] == "1"
    assert rasa_process(settings, {"OMP_NUM_THREADS": "4"}).environ["OMP_NUM_THREADS"] == "4"


@pytest.mark.parametrize("name", ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"])
def test_leaves_the_other_processes_as_they_are(settings: Settings, name: str) -> None:
    assert all(name not in each.environ for each in list_processes(settings, {}) if each.name != "rasa")


def test_the_action_server_is_asked_on_the_port_that_it_is_given(settings: Settings) -> None:
    process = actions_process(settings, {})
    assert process.ready_url == f"http://127.0.0.1:{process.command[-1]}/health"
