"""Embeds, held against the same rows joined in Python."""
