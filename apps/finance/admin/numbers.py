"""The page that explains every number of the series of invoices and credit notes, for whoever audits them."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from apps.core.chips import entity_chip, tone_chip
from apps.core.contributions import Panel
from apps.core.errors import NotFound
from apps.core.tables import TableFormat, table_pieces
from apps.finance.queries.numbers import COLUMNS, SeriesSummary, find_series, given_numbers, series_of, summary_of


class NumbersPages(ModelAdmin):
    """The series with what is missing of them, and each number of a series in a file."""

    def get_urls(self) -> list[URLPattern]:
        return [
            path("numbers/", self.admin_site.admin_view(self.numbers_view), name="invoice_numbers"),
            path("numbers/<uuid:sequence_id>/", self.admin_site.admin_view(self.series_view), name="invoice_series"),
            *super().get_urls(),
        ]

    def numbers_view(self, request: HttpRequest) -> HttpResponse:
        """Every series that the reader may see, and whether each of its numbers is on a document."""
        self._refuse_stranger(request)
        series = [summary_of(sequence) for sequence in series_of(request.user)]  # type: ignore[arg-type]  # nobody else comes in
        panel = Panel(
            title=_("Numbers of invoices"),
            columns=[_("Business entity"), _("Series"), _("Year"), _("Given"), _("On a document"), _("Gaps"), _("Each number")],
            rows=[_row(each) for each in series],
            empty=_("No invoice has a number yet."),
        )
        context = {**self.admin_site.each_context(request), "title": panel.title, "opts": self.opts, "panels": [panel]}
        return TemplateResponse(request, "admin/finance/numbers.html", context)

    def series_view(self, request: HttpRequest, sequence_id: UUID) -> StreamingHttpResponse:
        """Each number of a series with what it was used for, as CSV."""
        self._refuse_stranger(request)
        try:
            sequence = find_series(sequence_id, by=request.user)  # type: ignore[arg-type]  # nobody else comes in
        except NotFound as error:
            raise Http404 from error
        pieces = table_pieces(TableFormat.CSV_DUTCH, COLUMNS, given_numbers(sequence), title=str(sequence))
        answer = StreamingHttpResponse(pieces, content_type=TableFormat.CSV_DUTCH.content_type)
        name = f"{sequence.document_type}-{sequence.business_entity.number_prefix}-{sequence.year}.csv"
        answer.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer

    def _refuse_stranger(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied


def _row(each: SeriesSummary) -> list[object]:
    sequence = each.sequence
    return [
        entity_chip(sequence.business_entity),
        sequence.get_document_type_display(),
        sequence.year,
        sequence.current_value,
        each.used,
        tone_chip(_("none"), "success") if each.missing == 0 else tone_chip(each.missing, "danger"),
        _link(reverse("admin:invoice_series", args=[sequence.pk])),
    ]


def _link(address: str) -> SafeString:
    return format_html('<a class="cc-link" href="{}">CSV</a>', address)
