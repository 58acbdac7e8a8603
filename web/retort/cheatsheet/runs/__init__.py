"""A recipe's run: a `runner` runs it in a `sandbox`, on `connection`s that lead to one real one;
a `record` keeps each statement with its `plan`, and a `result` what it gave."""
