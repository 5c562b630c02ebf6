"""Login, orders, market data, funds and margin, where the host looks for them."""
