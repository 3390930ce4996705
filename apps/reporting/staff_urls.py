"""The search over everything: the page, and what the command palette asks in place of the admin theme's own search."""

from django.contrib import admin
from django.urls import path

from apps.core.doors import open_to
from apps.reporting.pages.rows import figure_rows
from apps.reporting.search import palette, search_page

staff = open_to("staff; each kind is searched within its reader's scope")

urlpatterns = [
    path("search/", staff(admin.site.admin_view(palette))),  # stands before the theme's, which keeps answers of before
    path("find/", staff(admin.site.admin_view(search_page)), name="search-everything"),
    path("figures/<slug:figure_name>/rows/", admin.site.admin_view(figure_rows), name="figure-rows"),
]
