"""The forms in which a run is shown: a `page`, text for a `terminal`, `data` for JSON."""
