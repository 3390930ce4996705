"""Mail providers that are not well."""

from anymail.exceptions import AnymailRecipientsRefused
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.locmem import EmailBackend


class Unreachable(BaseEmailBackend):
    def send_messages(self, email_messages):
        raise ConnectionRefusedError("not at home")


class Refusing(BaseEmailBackend):
    def send_messages(self, email_messages):
        raise AnymailRecipientsRefused("no such address")


class BreakingForOne(EmailBackend):
    def send_messages(self, messages):
        if messages[0].to == ["broken@example.nl"]:
            raise ZeroDivisionError
        return super().send_messages(messages)
