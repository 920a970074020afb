"""What a process leaves behind when it crashes."""

import resource


def leave_no_core() -> None:
    """A crash of this process, or of one that it starts, writes nobody's photo to the disk."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
