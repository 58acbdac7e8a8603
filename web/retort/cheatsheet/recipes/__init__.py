"""The recipes, a module a chapter. What a reader sees is the text of these functions."""
