"""What a colleague was told: the page behind the bell, and what each wants to hear of. Everybody sees their own alone."""

from collections.abc import Iterable
from uuid import UUID

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.communication import services
from apps.communication.choices import NotificationType
from apps.communication.forms import PreferencesForm, QuietHoursForm
from apps.communication.models import NotificationPreference, UserNotification
from apps.core.admin import dress
from apps.core.doors import View, open_to

PER_PAGE = 50
MOST_COUNTED = 99


def for_staff(view: View) -> View:
    return open_to("staff, for themselves")(admin.site.admin_view(view))


@for_staff
@require_safe
def notification_list(request: HttpRequest) -> HttpResponse:
    everything = "all" in request.GET
    mine = UserNotification.objects.visible_to(request.user).shown().select_related("business_entity")
    page = Paginator(mine if everything else mine.unread(), PER_PAGE).get_page(request.GET.get("p"))
    context = {**admin.site.each_context(request), "title": _("Notifications"), "page": page, "everything": everything}
    return TemplateResponse(request, "admin/communication/notifications.html", context)


@for_staff
@require_safe
def unread_count(request: HttpRequest) -> HttpResponse:
    """How many are new, for the bell; more than so many are not counted."""
    count = UserNotification.objects.visible_to(request.user).unread().order_by()[: MOST_COUNTED + 1].count()
    shown = str(count) if count <= MOST_COUNTED else f"{MOST_COUNTED}+"
    label = ngettext("%(count)s new notification", "%(count)s new notifications", count) % {"count": shown}
    return JsonResponse({"unread": count, "shown": shown, "label": label}, headers={"Cache-Control": "no-store"})


@for_staff
@require_POST
def open_notification(request: HttpRequest, notification_id: UUID) -> HttpResponse:
    """Note it as read, and go where it leads."""
    found = get_object_or_404(UserNotification.objects.visible_to(request.user), pk=notification_id)
    read = services.mark_read(notification=found, by=request.user)
    return HttpResponseRedirect(read.action_url or reverse("communication-notifications"))


@for_staff
@require_POST
def read_notification(request: HttpRequest, notification_id: UUID) -> HttpResponse:
    found = get_object_or_404(UserNotification.objects.visible_to(request.user), pk=notification_id)
    services.mark_read(notification=found, by=request.user)
    return HttpResponseRedirect(reverse("communication-notifications"))


@for_staff
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    services.mark_all_read(by=request.user)
    return HttpResponseRedirect(reverse("communication-notifications"))


@for_staff
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """What its reader wants to hear of: a line for each type, and the hours without mail for all of them."""
    kept = {row.notification_type: row for row in NotificationPreference.objects.visible_to(request.user)}
    rows = [kept.get(kind) or NotificationPreference.usual(request.user, kind) for kind in NotificationType.values]
    data = request.POST if request.method == "POST" else None
    hours = QuietHoursForm(data, initial=_hours_of(rows[0]))
    forms = [PreferencesForm(data, prefix=row.notification_type, initial=_wishes_of(row), row=row) for row in rows]
    if data is not None and all([hours.is_valid(), *(form.is_valid() for form in forms)]):
        for form in forms:
            services.save_preference(
                user=request.user,
                notification_type=form.row.notification_type,
                wishes={**form.cleaned_data, **hours.cleaned_data},
            )
        messages.success(request, _("Kept."))
        return HttpResponseRedirect(reverse("communication-preferences"))
    _dress([hours, *forms])
    context = {**admin.site.each_context(request), "title": _("What I am told"), "hours": hours, "forms": forms}
    return TemplateResponse(request, "admin/communication/preferences.html", context)


def _dress(forms: Iterable[PreferencesForm | QuietHoursForm]) -> None:
    for form in forms:
        dress(form)


def _wishes_of(row: NotificationPreference) -> dict[str, object]:
    return {name: getattr(row, name) for name in PreferencesForm.base_fields}


def _hours_of(row: NotificationPreference) -> dict[str, object]:
    return {name: getattr(row, name) for name in QuietHoursForm.base_fields}
