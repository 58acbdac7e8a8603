"""Prepares the database for `web`, once: role, migrations, seed."""
