"""What `make cheatsheet` makes of a run of every recipe: the README of the sheet, and an edition to
print. Nothing of it is in the image, since only that command needs it."""
