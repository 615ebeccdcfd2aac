"""What the services have in common: imported once, by the process that they are forked from."""

import gc
from importlib import import_module

from sqlalchemy.orm import configure_mappers

from deploy.keys import SERVICES

import_module("deploy.serving")
for service in SERVICES:
    for part in ("main", "worker"):
        import_module(f"services.{service}.{part}")
configure_mappers()
# Memory stays shared as long as nobody writes to it, the garbage collector included.
gc.collect()
gc.freeze()
