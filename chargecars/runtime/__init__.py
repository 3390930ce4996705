"""`make run`: a small supervisor of ours that starts everything the system needs, and stops it again.

It owns the embedded PostgreSQL and Valkey too, which the tests use as well. It imports no app: `manage.py` does the work
inside the system.
"""
