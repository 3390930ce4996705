"""Core: the bases and mechanisms that every app stands on.

Owns  no table and no noun of the business.
Says  nothing.
Knows no other app; higher apps plug in by registration.
"""
