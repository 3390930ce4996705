"""Pages of the back office that no model makes: the mailbox, and letters as their readers see them."""

from django.urls import path

from apps.communication import staff_views

urlpatterns = [
    path("mailbox/", staff_views.mailbox_list, name="communication-mailbox"),
    path("mailbox/<slug:name>/", staff_views.mailbox_mail, name="communication-mail"),
    path("mailbox/<slug:name>/html", staff_views.mailbox_html, name="communication-mail-html"),
    path("letters/<uuid:message_id>", staff_views.message_html, name="communication-message-html"),
    path("letters/preview/<uuid:template_id>", staff_views.template_preview, name="communication-template-preview"),
]
