"""Market data: quotes, ticks, history, subscriptions and feed health."""
