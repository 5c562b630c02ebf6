"""Imports the whole package, for the server that forks the children of tests."""

import gc
from importlib import import_module
from pkgutil import walk_packages

import jainam_prop
from jainam_prop.adapters.sql.token_store import key_from_secret

for each in walk_packages(jainam_prop.__path__, "jainam_prop."):
    if not each.name.endswith("__main__"):
        import_module(each.name)

key_from_secret("a key for tests only")
gc.collect()
gc.freeze()
