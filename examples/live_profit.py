"""Show the profit of each position at every change of an order, for a few seconds."""

import time

import jainam_prop


def show(broker: jainam_prop.JainamBroker) -> None:
    """Print each position with what it has earned, in rupees."""
    for position in broker.positions():
        print(position.broker_symbol, f"{position.net:+d}", position.realised + position.unrealised)


with jainam_prop.connect() as broker:
    broker.on_order(lambda order: print("order", order.order_id, order.state))
    broker.smart("NSE:SBIN", 5)
    show(broker)
    time.sleep(2)
    show(broker)
