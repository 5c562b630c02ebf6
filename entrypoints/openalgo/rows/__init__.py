"""Books, prices, instruments and ticks in OpenAlgo's rows."""
