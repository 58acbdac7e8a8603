"""A database like Pagila, which was there first: every resource, column and relationship of it."""
