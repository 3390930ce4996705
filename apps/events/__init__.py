"""Events: what happened is written with the act itself, and reaches every subscriber afterwards.

Owns  OutboxEvent, EventDelivery, ScheduledRun, JobRun, SendingHold.
Says  nothing of its own; it carries what other apps say.
Knows no other app: subscribers come to it.
"""
