"""Communication: what we say to customers and partners, through which mailbox, in whose name.

Owns  CommunicationChannel, CommunicationTemplate, CommunicationThread, CommunicationMessage, MessageAttempt,
      UserNotification, NotificationPreference, StaffMail, StaffMailImage.
Says  MessageSent, MessageFailed.
Knows nothing of orders: which message belongs to which moment is decided by the app that owns the moment.
"""
