"""Tests. Whatever is set for libpq where they run has nothing to say in them."""

import os

for _name in [name for name in os.environ if name.startswith("PG")]:
    del os.environ[_name]
