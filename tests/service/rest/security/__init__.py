"""Nobody sees or does what is not theirs, by whatever way they come."""
