"""Audit: the proof of who changed what, and the base of every record that has one.

Owns  AuditLog, and the database functions that alone write it.
Says  nothing.
Knows no noun of the business; an actor is a kind, an id and a label.
"""
