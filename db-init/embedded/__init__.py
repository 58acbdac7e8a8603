"""The stack without Docker. Its Postgres comes from a package; its data is in the checkout."""
