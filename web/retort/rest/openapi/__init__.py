"""What the API says of itself: an OpenAPI document, and that document as a page."""
