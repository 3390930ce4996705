"""Files: what people upload or the system makes, stored outside the web root and handed out by permission only.

Owns  Attachment.
Says  nothing.
Knows no noun of the business: an attachment belongs to a record by reference.
"""
