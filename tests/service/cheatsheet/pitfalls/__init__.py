"""What the sheet says of SQLAlchemy and Flask-SQLAlchemy, seen on the versions installed."""
