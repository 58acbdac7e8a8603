"""Metrics for Prometheus, right across Gunicorn's workers, on an address of their own.

Only `gunicorn.conf.py` imports what is here, and only if METRICS_BIND is set. The README beside it
lists them.
"""
