"""Pages of the back office that no model makes: the mailbox, letters as their readers see them, what colleagues are told."""

from django.urls import path

from apps.communication import staff_notifications, staff_views

urlpatterns = [
    path("communication/template-gaps/", staff_views.template_gaps, name="communication-template-gaps"),
    path("mailbox/", staff_views.mailbox_list, name="communication-mailbox"),
    path("mailbox/<slug:name>/", staff_views.mailbox_mail, name="communication-mail"),
    path("mailbox/<slug:name>/html", staff_views.mailbox_html, name="communication-mail-html"),
    path("letters/<uuid:message_id>", staff_views.message_html, name="communication-message-html"),
    path("letters/preview/<uuid:template_id>", staff_views.template_preview, name="communication-template-preview"),
    path("letters/to-colleagues/<uuid:staff_mail_id>", staff_views.staff_mail_html, name="communication-staff-mail-html"),
    path("notifications/", staff_notifications.notification_list, name="communication-notifications"),
    path("notifications/count", staff_notifications.unread_count, name="communication-notifications-count"),
    path("notifications/read-all", staff_notifications.read_all, name="communication-notifications-read-all"),
    path("notifications/preferences", staff_notifications.preferences, name="communication-preferences"),
    path(
        "notifications/<uuid:notification_id>/open",
        staff_notifications.open_notification,
        name="communication-notification-open",
    ),
    path(
        "notifications/<uuid:notification_id>/read",
        staff_notifications.read_notification,
        name="communication-notification-read",
    ),
]
