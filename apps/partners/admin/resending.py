"""The page on which a stretch of time is sent again: first what it would send, then, when that is what was meant, the act."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.admin import dress, put_refusal
from apps.core.errors import DomainError
from apps.core.transactions import retrying
from apps.partners import services
from apps.partners.admin.acts import sent_again
from apps.partners.admin.tryout import INTEGRATIONS
from apps.partners.forms import ResendForm
from apps.partners.models import PartnerIntegration


class ResendPage:
    """Adds the page to the integrations' admin; for whoever manages integrations."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.resend_view)
        return [path("<path:object_id>/resend/", view, name="partners_partnerintegration_resend"), *super().get_urls()]

    def resend_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the stretch, show what it holds, and send it again once that is confirmed."""
        integration: PartnerIntegration = self._record(request, object_id)
        if not request.user.has_scope(INTEGRATIONS):
            raise PermissionDenied
        now = clock.local(clock.now()).replace(second=0, microsecond=0)
        initial = {"since": now - timedelta(days=1), "until": now + timedelta(minutes=1)}
        form = ResendForm(request.POST if request.method == "POST" else None, initial=initial)
        dress(form)
        context: dict[str, Any] = {}
        if form.is_bound and form.is_valid():
            try:
                if "confirmed" in request.POST:
                    answers = form.cleaned_data
                    count = retrying(lambda: services.resend_range(integration=integration, by=request.user, **answers))
                    messages.success(request, sent_again(count))
                    return self._back_to(integration)
                context["preview"] = services.preview_resend(integration=integration, **form.cleaned_data)
            except DomainError as error:
                put_refusal(form, error)
        page = self.record_context(request, integration, title=_("Resend a range"))
        context |= {**page, "form": form, "media": self.media + form.media}
        return TemplateResponse(request, "admin/partners/resend.html", context)
