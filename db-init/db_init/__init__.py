"""Prepares the database for `web`, then exits: roles, migrations, seed."""
