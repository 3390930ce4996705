"""Workflow: every record with a life passes through here when it moves.

Owns  StatusPolicy, StatusTransition, EntityCurrentStatus, InternalTask; the status engine and the SLA clock.
Says  StatusChanged, SlaStageReached, CalendarChanged.
Knows nothing of orders, invoices or tickets: they declare their machines and register them, with requirements and acts.
"""
