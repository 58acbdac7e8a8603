"""How many requests the stack answers, beside others that answer the same."""
