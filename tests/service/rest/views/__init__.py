"""Views of a database that is there: what they embed, what they take, and where their rows are."""
