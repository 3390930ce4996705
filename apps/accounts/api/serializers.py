from typing import Any

from rest_framework import serializers

from apps.accounts.backends import LONGEST_PASSWORD
from apps.core.api.serializers import StrictSerializer, StrictText


class LoginIn(StrictSerializer):
    username = StrictText(max_length=254, help_text="The e-mail address.")
    password = StrictText(max_length=LONGEST_PASSWORD, trim_whitespace=False)
    otp = StrictText(
        max_length=10,
        required=False,
        allow_blank=True,
        help_text="A code of the authenticator app, or a recovery code; needed by whoever has a second factor.",
    )


class RefreshIn(StrictSerializer):
    refresh = StrictText(max_length=2_000)


class TokensOut(serializers.Serializer[Any]):
    access = serializers.CharField()
    refresh = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds until the access token ends.")
