"""What privacy works with; `bot.bootstrap.Services` fits."""

from pathlib import Path
from typing import Protocol

from bot.nudges.services import NudgeServices
from bot.privacy.rules import PrivacyRules
from bot.profile.segments.book import SegmentBook


class PrivacyServices(NudgeServices, Protocol):
    """A nudge's services, the shop's privacy rules, and where logs lie."""

    @property
    def privacy(self) -> PrivacyRules:
        """What may be asked for, and how long things are kept."""

    @property
    def segments(self) -> SegmentBook:
        """The shop's segments, as people call them."""

    @property
    def log_folder(self) -> Path:
        """Where the processes write their logs."""
