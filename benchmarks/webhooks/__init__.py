"""A day of WhatsApp's webhooks, replayed at `site` and `worker` while they are killed."""
