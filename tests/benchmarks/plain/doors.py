import hashlib
import time

from rest_framework import authentication, exceptions

from tests.benchmarks.plain.models import ApiKey, UsageLog


class UsageLogMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        began = time.monotonic()
        response = self.get_response(request)
        UsageLog.objects.create(
            user=request.user if request.user.is_authenticated else None,
            method=request.method,
            path=request.path,
            status=response.status_code,
            milliseconds=round(1000 * (time.monotonic() - began)),
            ip_address=request.META.get("REMOTE_ADDR") or None,
            user_agent=request.headers.get("User-Agent", ""),
        )
        return response


class ApiKeyAuthentication(authentication.BaseAuthentication):
    def authenticate(self, request):
        text = request.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            key = ApiKey.objects.select_related("user").get(hashed=hashlib.sha256(text.encode()).hexdigest(), is_active=True)
        except ApiKey.DoesNotExist:
            raise exceptions.AuthenticationFailed from None
        return key.user, key
