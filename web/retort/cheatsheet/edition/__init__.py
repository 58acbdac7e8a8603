"""What `make cheatsheet` makes of a run of every recipe: its README, and an edition to print.

It is not in the image, since only that command needs it.
"""
