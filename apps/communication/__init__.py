"""Communication: what we say to customers and partners, through which mailbox, in whose name.

Owns  CommunicationChannel, CommunicationTemplate, CommunicationThread, CommunicationMessage, MessageAttempt,
      UserNotification, NotificationPreference, StaffMail, StaffMailImage, ContactPreference, UndeliverableAddress,
      MessageBirdConnection.
Says  MessageSent, MessageFailed, MessageReceived.
Knows nothing of orders: which message belongs to which moment is decided by the app that owns the moment, in the table
of notices that each adds its rows to.
"""
