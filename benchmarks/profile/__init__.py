"""`make bench ONLY=profile`: the profile of a million customers, and how everything grows on the way there."""
