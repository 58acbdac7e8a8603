"""The migrations, and `make migration`, which writes them."""
