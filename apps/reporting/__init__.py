"""Reporting: what the records add up to: figures, dashboard and reports, letters with them, the home page, the search over all.

Owns  the totals of the figures, which triggers on the tables of other apps keep current; ReportSubscription, ReportMail.
Says  nothing.
Knows every app below it through what they contribute to `core.contributions`; nobody imports it.
"""
