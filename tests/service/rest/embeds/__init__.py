"""The ways from one table to another."""
