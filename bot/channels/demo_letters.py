"""The table of the demo's mailbox, in the shop's database: what left by e-mail and text, as it arrived."""

import sqlalchemy as sa

from bot.profile.store.engine import UtcDateTime

metadata = sa.MetaData()
letters = sa.Table(
    "demo_mailbox", metadata,
    sa.Column("letter_id", sa.Integer, primary_key=True),
    sa.Column("channel", sa.String(16), nullable=False),  # email | sms
    sa.Column("sender", sa.String(320), nullable=False),
    sa.Column("recipient", sa.String(320), nullable=False),
    sa.Column("subject", sa.String(400), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("vendor_message_id", sa.String(256), nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
)
