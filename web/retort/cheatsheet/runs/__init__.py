"""A recipe's run: a `runner` runs it in a `sandbox`, where each `connection` is a part of one real
connection. A `record` keeps each statement with its `plan`, and a `result` what the recipe gave."""
