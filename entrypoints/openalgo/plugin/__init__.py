"""The folder that OpenAlgo finds as ``broker/jainam_prop``; `jainam-prop openalgo install` puts a copy of it there.

Thin on purpose: every decision is in the package, so that an upgrade of the package is an upgrade of the broker. The
host and its tools look for real functions in these files, by name and by signature.
"""
