"""Reporting: what the records add up to: the home page, the search over everything.

Owns  no table.
Says  nothing.
Knows every app below it through what they contribute to `core.contributions`; nobody imports it.
"""
