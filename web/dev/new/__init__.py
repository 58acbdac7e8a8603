"""`make new`: a project of its own, of this one."""
