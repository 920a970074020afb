"""Customers at open widgets, all at once: ours, and Rasa's stock channel with its default pipeline."""
