from django.urls import path

from apps.accounts.api.views import LoginView, RefreshView

urlpatterns = [
    path("auth/token", LoginView.as_view(), name="auth-token"),
    path("auth/token/refresh", RefreshView.as_view(), name="auth-token-refresh"),
]
