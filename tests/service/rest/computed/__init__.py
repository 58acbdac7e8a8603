"""Computed columns and relationships."""
