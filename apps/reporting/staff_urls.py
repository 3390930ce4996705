"""Dashboard and reports; the search over everything: the page, and what the command palette asks in place of the admin theme's own search; and the work on the home page."""

from django.contrib import admin
from django.urls import path

from apps.core.doors import open_to
from apps.reporting.home import bring_work_back, put_work_off
from apps.reporting.pages.dashboard import dashboard
from apps.reporting.pages.mail import choose_reports, my_reports, send_report
from apps.reporting.pages.reports import financial_report, orders_report
from apps.reporting.pages.rows import figure_rows
from apps.reporting.search import palette, search_page

staff = open_to("staff; each kind is searched within its reader's scope")

themselves = open_to("staff, for themselves")

urlpatterns = [
    path("work/put-off", themselves(admin.site.admin_view(put_work_off)), name="work-put-off"),
    path("work/bring-back", themselves(admin.site.admin_view(bring_work_back)), name="work-bring-back"),
    path("reports/mail/", admin.site.admin_view(my_reports), name="my-reports"),
    path("reports/mail/choose", admin.site.admin_view(choose_reports), name="my-reports-choose"),
    path("reports/mail/send", admin.site.admin_view(send_report), name="my-reports-send"),
    path("search/", staff(admin.site.admin_view(palette))),  # stands before the theme's, which keeps answers of before
    path("find/", staff(admin.site.admin_view(search_page)), name="search-everything"),
    path("dashboard/", dashboard, name="dashboard"),
    path("reports/orders/", orders_report, name="orders-report"),
    path("reports/financial/", financial_report, name="financial-report"),
    path("figures/<slug:figure_name>/rows/", admin.site.admin_view(figure_rows), name="figure-rows"),
]
