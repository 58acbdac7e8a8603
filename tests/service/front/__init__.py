"""The front, by what goes over its sockets."""
