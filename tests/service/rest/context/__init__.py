"""What Postgres is told of a request: who asks, in which schema, and how."""
