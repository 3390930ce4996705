"""Finance: from a completed order to money in the bank, per business entity, in books that balance.

Owns  invoices and their lines, the ledger, bank statements, payments.
Says  InvoiceApproved, PaymentReceived; the status changes of an invoice are told by the status engine.
Knows nothing of partners' dialects and of visits.
"""
