"""Mail providers that are not well."""

from anymail.exceptions import AnymailRecipientsRefused
from django.core.mail.backends.base import BaseEmailBackend


class Unreachable(BaseEmailBackend):
    def send_messages(self, email_messages):
        raise ConnectionRefusedError("not at home")


class Refusing(BaseEmailBackend):
    def send_messages(self, email_messages):
        raise AnymailRecipientsRefused("no such address")
