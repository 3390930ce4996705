"""Gateway: what every call that comes in or goes out has in common.

Owns  IdempotencyRecord, ApiUsageLog, RawInbound, InboundHook, SeenToken, RateBucket.
Says  nothing.
Knows no caller: who called stands in its rows as kind, id and label, without a foreign key.
"""
