"""The demo: a dealer's day at the embedded exchange, every step checked against the exchange's own truth."""
