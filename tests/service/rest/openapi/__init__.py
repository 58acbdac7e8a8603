"""What the API says of itself: the OpenAPI document, its page, the info route."""
