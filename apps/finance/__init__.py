"""Finance: from a completed order to money in the bank, per business entity, in books that balance.

Owns  Invoice, InvoiceLine, InvoiceTax, UninvoicedOrder, LedgerAccount, JournalEntry, JournalLine, PeriodLock, Payment, PaymentAllocation,
      BankFile, BankStatement, BankTransaction, MatchProposal, MollieConnection, PayLink, OnlinePayment, OnlineRefund,
      ProviderMovement, ProviderSettlement, AccountingConnection, AccountingExport.
Says  InvoiceApproved, InvoiceSent; the status changes of an invoice are told by the status engine.
Knows nothing of partners' dialects and of visits.
"""
