"""A script in a process of its own that says when it is ready, is told to go, and may be killed: `kill -9`."""

import os
import subprocess
import sys

from bot.bootstrap import PROJECT


def run_and_kill(script: str, *arguments: str, after_seconds: float | None = None) -> int:
    """Its exit code: negative when it was killed before its end. Without `after_seconds` it is left alone."""
    process = subprocess.Popen(
        [sys.executable, "-c", script, *arguments], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(PROJECT)}, text=True,
    )
    with process:
        assert process.stdin and process.stdout
        process.stdout.readline()
        process.stdin.write("go\n")
        process.stdin.flush()
        try:
            process.wait(after_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode
