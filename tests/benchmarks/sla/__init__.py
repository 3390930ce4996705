"""The SLA run by our code and by the set-based SQL that writes the very same rows: see `act.py`."""
