"""How much of a service desk the bot does by itself, on tau-bench retail: `make evaluate-service`."""
