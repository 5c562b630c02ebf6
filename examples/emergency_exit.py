"""Close everything, and believe only what the books show."""

import sys

import jainam_prop

with jainam_prop.connect() as broker:
    report = broker.close_all()
    for leg in report.legs:
        print(leg.symbol, leg.net, leg.state, leg.reason)
    print(report.message)
    sys.exit(0 if report.is_flat else 1)
