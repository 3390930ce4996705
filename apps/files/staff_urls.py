from django.urls import path

from apps.files import views

urlpatterns = [path("files/<uuid:attachment_id>/download", views.download, name="attachment_download")]
