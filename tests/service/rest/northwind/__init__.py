"""A database that was there first, prepared by nobody but its owner, as the manual says."""
