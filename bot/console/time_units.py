"""The console: units in which a journey's times are typed and told: seconds -> the largest that fits. Pure."""

UNITS = (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1))


def largest_unit(seconds: float) -> tuple[str, int]:
    """The largest unit of which it is a whole number, and how many seconds that has; seconds where none is."""
    return next((each for each in UNITS if seconds and seconds % each[1] == 0), UNITS[-1])
