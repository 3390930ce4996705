"""Orders: from a request that came in to a signed delivery.

Owns  Order, OrderOrganization, OrderContact, LineItem, OrderHold.
Says  OrderPlaced, OrderHeld, OrderResumed; its status changes are told by the status engine.
Knows nothing of partners' dialects, visits or invoices: those listen, or ask by calling down.
"""
