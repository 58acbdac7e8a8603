"""`make bench`: the API beside the ORM and beside hand-written SQL, under one Gunicorn each."""
