"""Lines of logs with a person's ids are covered where they stand; the process that writes them goes on writing."""

from pathlib import Path

from bot.privacy.handlers.logs import cover_lines
from bot.privacy.subject import Subject

WHO = Subject(members=("c" * 32,), sender_ids=("sender-one",), inbox_ids=(12,), outbox_ids=(7,))
LINES = (
    '{"inbox_id": 12, "event": "inbox_answered"}',
    '{"inbox_id": 123, "event": "inbox_answered"}',
    '{"outbox_id": 12, "event": "message_sent"}',
    "2026-11-24 [info     ] message_sent    \x1b[36moutbox_id\x1b[0m=\x1b[35m7\x1b[0m",
    "turn_without_reply sender_id=sender-one",
    "turn_without_reply sender_id=another-one",
)


def test_covers_the_persons_lines_and_no_other(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    with log.open("w") as writer:
        writer.write("\n".join(LINES) + "\n")
        writer.flush()
        before = log.stat()
        assert cover_lines(log, WHO) == 3
        writer.write("next\n")
    lines = log.read_text().splitlines()
    assert (log.stat().st_ino, len(lines)) == (before.st_ino, len(LINES) + 1)
    assert [set(line) == {"."} for line in lines] == [True, False, False, True, True, False, False]
    assert lines[-1] == "next" and lines[1] == LINES[1]
    assert cover_lines(log, WHO) == 0


def test_covers_the_persons_number_alone_in_the_line_of_a_batch(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    log.write_text(
        '{"outbox_ids": [6, 7, 77, 17], "event": "messages_sent", "at": 7}\n'
        '{"outbox_ids": {"7": "meta_7", "8": "gave_up"}, "event": "messages_failed"}\n'
        "messages_sent  \x1b[36moutbox_ids\x1b[0m=\x1b[35m[7, 8]\x1b[0m\n"
    )
    assert cover_lines(log, WHO) == 3
    assert log.read_text() == (
        '{"outbox_ids": [6, ., 77, 17], "event": "messages_sent", "at": 7}\n'
        '{"outbox_ids": {".": "meta_7", "8": "gave_up"}, "event": "messages_failed"}\n'
        "messages_sent  \x1b[36moutbox_ids\x1b[0m=\x1b[35m[., 8]\x1b[0m\n"
    )
    assert cover_lines(log, WHO) == 0


def test_an_empty_log_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.log").touch()
    assert cover_lines(tmp_path / "a.log", WHO) == 0
