"""Support: questions from customers and partners, what we promised them, and what was said until they were answered.

Owns  Ticket, TicketComment, TicketPromise, SupportPolicy, Macro, TicketPresence, InboundSource, InboundMessage.
Says  TicketCreated, TicketAnswered, TicketResolved, TicketMerged; for each promise workflow's SlaStageReached.
Knows orders, invoices and messages; nothing of partner APIs.
"""
