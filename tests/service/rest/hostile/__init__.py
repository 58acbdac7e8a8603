"""Whatever is sent, the answer is a clear one, and nothing is written."""
