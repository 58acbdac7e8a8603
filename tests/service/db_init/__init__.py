"""db-init, on an empty database and on others."""
