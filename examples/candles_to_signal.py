"""Read daily candles into pandas and derive a target from two moving averages."""

from datetime import date, timedelta

import jainam_prop

with jainam_prop.connect() as broker:
    today = date.today()  # noqa: DTZ011 (a trading day in India)
    candles = broker.history("NSE:SBIN", "D", today - timedelta(days=90), today)
    fast, slow = (candles["close"].astype(float).rolling(days).mean().iloc[-1] for days in (5, 20))
    target = 10 if fast > slow else -10
    print(f"fast {fast:.2f}, slow {slow:.2f}: target {target:+d}")
