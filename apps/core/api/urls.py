from django.urls import path

from apps.core.api.description import DocumentationView, SchemaView

urlpatterns = [
    path("schema", SchemaView.as_view(), name="schema"),
    path("docs", DocumentationView.as_view(url_name="schema"), name="docs"),
]
