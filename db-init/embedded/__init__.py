"""The stack without Docker: its Postgres comes from a package, its data is in the checkout."""
