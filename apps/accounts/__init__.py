"""Accounts: who may come in, and what each may do.

Owns  User, ApiKey, the roles (Django's groups) and the scopes (permissions).
Says  nothing.
Knows nothing of organizations: a membership, which ties a user to those it works for, stands above.
"""
