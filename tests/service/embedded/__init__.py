"""`make run` and its kin: the stack on a machine with only Python."""
