"""Bridges to the tables and helpers of an OpenAlgo host; imported only inside one."""
