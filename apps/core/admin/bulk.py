"""Acts on many records of a list: looked at first, then carried out one by one, with a result for each."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from apps.core.admin.buttons import ActionButton, refusal_texts
from apps.core.errors import DomainError, NotFound, Refused, Text
from apps.core.tables import Column, TableFormat, table_pieces

MOST_RECORDS = 5_000
SECONDS_A_REQUEST = 3.0
RESULTS_PER_PAGE = 100
SHOWN_IN_PREVIEW = 50


@dataclass(frozen=True)
class BulkAct(ActionButton):
    """A button for many records.

    Attributes:
        refusal: why a record would be refused, as it stands and as far as can be told without trying; empty, it would not.
        before: what taking the act back needs to know, as JSON, of the record as it was and of the answers; None: nothing.
        undo: takes the act back on a record: called with the record, what `before` said, and `by`.
    """

    refusal: Callable[[Any], Text] | None = None
    before: Callable[[Any, Mapping[str, Any]], Any] | None = None
    undo: Callable[..., Any] | None = None

    def refusal_of(self, record: models.Model) -> Text:
        return self.refusal(record) if self.refusal else ""


class RunStore(Protocol):
    """Where bulk acts and their results are kept: in an app above, which knows people."""

    def open_run(self, **given: Any) -> Any: ...

    def open_undoing(self, **given: Any) -> Any: ...

    def find_run(self, key: UUID, **given: Any) -> Any: ...

    def start_run(self, **given: Any) -> None: ...

    def carry_out(self, **given: Any) -> None: ...


_stores: list[RunStore] = []


def register_run_store(store: RunStore) -> None:
    """Tell where bulk acts are kept."""
    _stores[:] = [store]


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What would happen, record by record, if it happened now."""

    number: int
    refused: Sequence[tuple[str, Text]]

    @property
    def possible(self) -> int:
        return self.number - len(self.refused)

    @property
    def shown(self) -> Sequence[tuple[str, Text]]:
        return self.refused[:SHOWN_IN_PREVIEW]

    @property
    def not_shown(self) -> int:
        return max(0, len(self.refused) - SHOWN_IN_PREVIEW)


RESULT_COLUMNS = (
    Column(name="record", label=_("record"), value=lambda row: row.label),
    Column(name="outcome", label=_("result"), value=lambda row: row.get_outcome_display()),
    Column(name="reason", label=_("reason"), value=lambda row: row.reason),
)


class BulkPage(ModelAdmin):
    """A list with acts on the rows that were chosen, or on all that its filters show."""

    bulk_acts: Sequence[BulkAct] = ()

    def permitted_bulk_acts(self, request: HttpRequest) -> list[BulkAct]:
        return [act for act in self.bulk_acts if act.is_permitted(request.user, self.model)]

    def get_actions(self, request: HttpRequest) -> dict[str, tuple[Callable[..., Any], str, Text]]:
        others = super().get_actions(request)
        if "_popup" in request.GET:
            return others
        return {**{act.slug: (_begin, act.slug, act.label) for act in self.permitted_bulk_acts(request)}, **others}

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_bulk"
        return [path("bulk/<uuid:key>/", self.admin_site.admin_view(self.bulk_view), name=name), *super().get_urls()]

    def begin_bulk(self, request: HttpRequest, act: BulkAct, queryset: models.QuerySet) -> HttpResponse | None:
        """Note what was chosen and show what would become of it; None stays on the list."""
        keys = list(queryset.values_list("pk", flat=True)[: MOST_RECORDS + 1])
        if len(keys) > MOST_RECORDS:
            told = gettext("These are more than %(most)s records, the most for one act. Narrow the list with filters.")
            messages.error(request, told % {"most": MOST_RECORDS})
            return None
        records = [(record.pk, str(record)) for record in self.model._base_manager.filter(pk__in=keys)]
        run = _stores[0].open_run(page=self.opts.label_lower, act=act.slug, records=records, by=request.user)
        return HttpResponseRedirect(self.bulk_url(run))

    def bulk_url(self, run: Any) -> str:
        return reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_bulk", args=[run.pk])

    def bulk_view(self, request: HttpRequest, key: UUID) -> HttpResponse:
        """What would happen; then, what has happened so far."""
        try:
            run = _stores[0].find_run(key, page=self.opts.label_lower, by=request.user)
        except NotFound as error:
            raise Http404 from error
        act = next((each for each in self.permitted_bulk_acts(request) if each.slug == run.act), None)
        if act is None or not self.has_view_or_change_permission(request):
            raise PermissionDenied
        if run.started_at is None:
            return self._before(request, run, act)
        if request.method == "POST":
            return self._go_on(request, run, act)
        if request.GET.get("as") == "csv":
            return self._results_file(request, run)
        return self._results(request, run, act)

    # Before

    def _before(self, request: HttpRequest, run: Any, act: BulkAct) -> HttpResponse:
        form = act.build_form(data=request.POST if request.method == "POST" else None, record=None, by=request.user)
        if request.method == "POST" and form.is_valid():
            given = {name: request.POST.getlist(name) for name in form.fields if name in request.POST}
            _stores[0].start_run(run=run, answers=given)
            run.refresh_from_db()
            return self._go_on(request, run, act)
        context = {"form": form, "preview": self._preview(request, run, act), "media": self.media + form.media}
        return self._bulk_page(request, "admin/bulk_preview.html", run, act, context)

    def _preview(self, request: HttpRequest, run: Any, act: BulkAct) -> Preview:
        rows = list(run.rows.all())
        records = self.get_queryset(request).in_bulk([row.record_id for row in rows])
        refused = []
        for row in rows:
            record = records.get(row.record_id)
            why = act.refusal_of(record) if record is not None else NotFound.message
            if why:
                refused.append((row.label, why))
        return Preview(number=len(rows), refused=refused)

    # Doing

    def _go_on(self, request: HttpRequest, run: Any, act: BulkAct) -> HttpResponse:
        """Do as many records as fit in a request; undo, when that was asked."""
        if "undo" in request.POST and act.undo is not None:
            try:
                run = _stores[0].open_undoing(run=run, by=request.user)
            except DomainError as error:
                messages.error(request, " ".join(refusal_texts(error)))
                return HttpResponseRedirect(self.bulk_url(run))
        end = time.monotonic() + SECONDS_A_REQUEST
        work = self._undoing(request, act) if run.undoes_id else self._doing(request, run, act)
        _stores[0].carry_out(run=run, work=work, enough=lambda: time.monotonic() > end)
        return HttpResponseRedirect(self.bulk_url(run))

    def _doing(self, request: HttpRequest, run: Any, act: BulkAct) -> Callable[[Any], Any]:
        data = QueryDict(mutable=True)
        for name, values in run.answers.items():
            data.setlist(name, values)
        form = act.build_form(data=data, record=None, by=request.user)
        may = form.is_valid()  # what was right when it began may have gone since: a colleague who left

        def work(row: Any) -> Any:
            if not may:
                raise Refused(_("What was filled in is no longer possible."), code="answers_refused")
            record = self._bulk_record(request, row)
            before = act.before(record, form.cleaned_data) if act.before else None
            act.run(record=record, answers=form.cleaned_data, by=request.user)
            return before

        return work

    def _undoing(self, request: HttpRequest, act: BulkAct) -> Callable[[Any], Any]:
        def work(row: Any) -> None:
            record = self._bulk_record(request, row)
            undo = replace(act, service=act.undo, arguments={"before": row.before})
            undo.run(record=record, answers={}, by=request.user)

        return work

    def _bulk_record(self, request: HttpRequest, row: Any) -> models.Model:
        record = self.get_queryset(request).filter(pk=row.record_id).first()
        if record is None:
            raise NotFound
        return record

    # After

    def _results(self, request: HttpRequest, run: Any, act: BulkAct) -> HttpResponse:
        counted = dict(run.rows.order_by().values_list("outcome").annotate(models.Count("pk")))
        only = request.GET.get("only", "")
        context = {
            "number": sum(counted.values()),
            "waiting": counted.get("waiting", 0),
            "finished": sum(counted.values()) - counted.get("waiting", 0),
            "done": counted.get("done", 0),
            "refused": counted.get("refused", 0),
            "only": only,
            "results": Paginator(_rows_of(run, only), RESULTS_PER_PAGE).get_page(request.GET.get("p")),
            "record_list": self._record_list(),
            "may_undo": bool(
                act.undo
                and not run.undoes_id
                and not run.undone_by.exists()
                and run.rows.filter(outcome="done", before__isnull=False).exists()
            ),
            "media": self.media,
        }
        return self._bulk_page(request, "admin/bulk_results.html", run, act, context)

    def _record_list(self) -> str:
        return reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def _results_file(self, request: HttpRequest, run: Any) -> HttpResponse:
        """The results as CSV: what was refused can be handed to a colleague."""
        rows = _rows_of(run, request.GET.get("only", "")).iterator(chunk_size=500)
        pieces = table_pieces(TableFormat.CSV_DUTCH, RESULT_COLUMNS, rows, title="")
        answer = StreamingHttpResponse(pieces, content_type=TableFormat.CSV_DUTCH.content_type)
        answer.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=f"{run.act}.csv")
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer

    def _bulk_page(
        self, request: HttpRequest, template: str, run: Any, act: BulkAct, context: dict[str, Any]
    ) -> TemplateResponse:
        title = gettext("Take back: %(act)s") % {"act": act.label} if run.undoes_id else act.label
        common = {"title": title, "opts": self.opts, "act": act, "run": run, "list_url": self._record_list()}
        return TemplateResponse(request, template, {**self.admin_site.each_context(request), **common, **context})


def _begin(pages: BulkPage, request: HttpRequest, queryset: models.QuerySet) -> HttpResponse | None:
    """What the list calls for the act that was picked."""
    act = next(each for each in pages.permitted_bulk_acts(request) if each.slug == request.POST.get("action"))
    return pages.begin_bulk(request, act, queryset)


def _rows_of(run: Any, only: str) -> models.QuerySet:
    return run.rows.filter(outcome=only) if only in ("done", "refused", "waiting") else run.rows.all()
