"""The REST API, each test through HTTP."""
