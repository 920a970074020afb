"""What the web channel can show: nearly everything; longer lists and texts are cut so that a screen stays readable."""

from bot.channels.fitting import RichLimits, fit_rich
from bot.contracts.messages import OutboundMessage

LIMITS = RichLimits()
MAX_TITLE_CHARACTERS = LIMITS.title_characters  # of the button that a customer says to have tapped


def fit_message(message: OutboundMessage) -> OutboundMessage:
    """The message as the widget shows it. Pure."""
    return fit_rich(message, LIMITS)
