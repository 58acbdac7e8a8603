"""PyPI `postgrest`, method by method."""
