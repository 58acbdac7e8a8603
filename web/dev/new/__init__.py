"""`make new`: writes a new project out of this one."""
