"""Organizations: who we are and whom we deal with, and the numbers we give to documents.

Owns  BusinessEntity, BankAccount, Organization, Contact, Address, Membership, NumberSequence, ApprovalRequest.
Says  nothing.
Knows users; nothing of orders, invoices or partner APIs.
"""
