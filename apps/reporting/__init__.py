"""Reporting: what the records add up to: the figures, dashboard and reports, the home page, the search over everything.

Owns  the totals of the figures, which triggers on the tables of other apps keep current.
Says  nothing.
Knows every app below it through what they contribute to `core.contributions`; nobody imports it.
"""
