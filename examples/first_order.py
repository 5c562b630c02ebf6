"""Buy one share at a price that waits, look at it in the order book, and take it back."""

import jainam_prop

with jainam_prop.connect() as broker:
    last = broker.quote("NSE:SBIN").last_price or 0
    price = round(last * 95 / 100)
    placed = broker.place("NSE:SBIN", "BUY", 1, pricetype="LIMIT", price=price)
    for order in broker.orders():
        if order.order_id in placed.order_ids:
            print(order.order_id, order.side, order.quantity, order.state)
    print("cancelled", broker.cancel(placed.order_ids[0]))
