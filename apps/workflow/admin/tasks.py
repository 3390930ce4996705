from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.models import User
from apps.core import clock
from apps.core.admin import ActionButton, ActionForm, BaseAdmin, BulkAct, BulkPage, admin_link, status_chip, tone_chip
from apps.core.errors import Text
from apps.core.records import resolve
from apps.organizations.queries import colleagues_of
from apps.workflow import services
from apps.workflow.choices import UNFINISHED, TaskPriority, TaskStatus
from apps.workflow.models import InternalTask

BACK = "back_to"
EDITED = ("title", "description", "task_type", "priority", "business_entity", "assigned_to", "due_at")
PRIORITY_TONES = {TaskPriority.HIGH: "warning", TaskPriority.URGENT: "danger", TaskPriority.CRITICAL: "danger"}
STATUS_COLOURS = {
    TaskStatus.OPEN: "#2563EB",
    TaskStatus.IN_PROGRESS: "#0EA5E9",
    TaskStatus.WAITING: "#F59E0B",
    TaskStatus.COMPLETED: "#10B981",
    TaskStatus.CANCELLED: "#6B7280",
}


class WhoseFilter(SimpleListFilter):
    title = _("whose")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("mine", _("Mine")), ("nobody", _("Nobody's"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "mine":
                return queryset.unfinished().filter(assigned_to=request.user)
            case "nobody":
                return queryset.unfinished().filter(assigned_to=None)
        return queryset


class CompleteForm(forms.Form):
    completion_notes = forms.CharField(label=_("notes"), max_length=2000, required=False, widget=forms.Textarea)


class CancelForm(forms.Form):
    reason = forms.CharField(label=_("reason"), max_length=2000, widget=forms.Textarea)


class AssignForm(ActionForm):
    assigned_to = forms.ModelChoiceField(label=_("assign to"), queryset=User.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assigned_to"].queryset = colleagues_of(self.by).order_by("first_name", "last_name", "email")


def is_unfinished(task: InternalTask) -> bool:
    return task.status in UNFINISHED


def is_to_be_taken(task: InternalTask) -> bool:
    return task.status in {TaskStatus.OPEN, TaskStatus.WAITING}


def finished(task: InternalTask) -> Text:
    return "" if is_unfinished(task) else _("This task is finished.")


def whose(task: InternalTask, answers: Mapping[str, Any]) -> dict[str, str | None] | None:
    """Who had a task, to give it back; nothing where that changes nothing."""
    if task.assigned_to_id == answers["assigned_to"].pk:
        return None
    return {"before": str(task.assigned_to_id) if task.assigned_to_id else None}


def give_back(*, task: InternalTask, before: dict[str, str | None], by: User) -> InternalTask:
    return services.assign_task(task=task, assigned_to=User.objects.filter(pk=before["before"]).first(), by=by)


BULK_ACTS = (
    BulkAct(services.complete_task, _("Complete"), name="complete", subject="task", refusal=finished),
    BulkAct(
        services.assign_task,
        _("Assign"),
        form=AssignForm,
        name="assign",
        subject="task",
        refusal=finished,
        before=whose,
        undo=give_back,
    ),
)


@admin.register(InternalTask)
class InternalTaskAdmin(BulkPage, BaseAdmin):
    """What colleagues have to do: one's own first, the most pressing on top."""

    empty_list = _(
        "There is nothing to do. Tasks are made by the system where a person has to look, and by colleagues for each other."
    )
    list_display = ["title", "standing", "pressing", "due", "assigned_to", "business_entity", "task_type", "completing"]
    bulk_acts = BULK_ACTS
    list_select_related = ["assigned_to", "business_entity"]
    list_filter = [WhoseFilter, "status", "priority", "task_type", "assigned_to", "business_entity"]
    search_fields = ["title", "description"]
    fields = [*EDITED, "record", "created_by", "completed_at", "completion_notes"]
    readonly_fields = ["record", "created_by", "completed_at", "completion_notes"]
    buttons = [
        ActionButton(services.complete_task, _("Complete"), subject="task", offered=is_unfinished, variant="primary"),
        ActionButton(
            services.complete_task,
            _("Complete with notes"),
            form=CompleteForm,
            name="complete-with-notes",
            subject="task",
            offered=is_unfinished,
        ),
        ActionButton(services.take_task, _("Take and start"), subject="task", offered=is_to_be_taken),
        ActionButton(services.cancel_task, _("Cancel"), form=CancelForm, subject="task", offered=is_unfinished, variant="danger"),
    ]

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        mine = Q(assigned_to=request.user, status__in=UNFINISHED)
        place = Case(When(mine, then=Value(0)), When(status__in=UNFINISHED, then=Value(1)), default=Value(2))
        return [place.asc(), F("due_at").asc(nulls_last=True), "created_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: InternalTask | None = None) -> list[str]:
        if obj is None:
            return self.readonly_fields
        fixed = ["business_entity"] if is_unfinished(obj) else list(EDITED)
        return [*self.readonly_fields, *fixed]

    def save_model(self, request: HttpRequest, obj: InternalTask, form: forms.ModelForm, change: Any) -> None:
        if change:
            changes = {name: form.cleaned_data[name] for name in form.changed_data}
            services.edit_task(task=obj, changes=changes, by=request.user)
        else:
            task = services.create_task(**form.cleaned_data, created_by=request.user)
            obj.pk = task.pk

    @display(description=_("status"), ordering="status")
    def standing(self, task: InternalTask) -> SafeString:
        return status_chip(task.get_status_display(), STATUS_COLOURS[TaskStatus(task.status)])

    @display(description=_("priority"), ordering="priority")
    def pressing(self, task: InternalTask) -> SafeString:
        return tone_chip(task.get_priority_display(), PRIORITY_TONES.get(TaskPriority(task.priority), "neutral"))

    @display(description=_("due"), ordering="due_at")
    def due(self, task: InternalTask) -> SafeString | str:
        if task.due_at is None:
            return "–"
        late = is_unfinished(task) and task.due_at < clock.now()
        return tone_chip(clock.local(task.due_at).strftime("%d-%m-%Y %H:%M"), "danger" if late else "neutral")

    @display(description=_("done"))
    def completing(self, task: InternalTask) -> SafeString | str:
        """A button of the list's own form: one press, and the list comes back."""
        if not is_unfinished(task):
            return ""
        url = reverse(f"{self.admin_site.name}:workflow_internaltask_button", args=[task.pk, "complete-task"])
        return format_html(
            '<button class="cc-button" type="submit" formaction="{}" name="{}" value="list" aria-label="{}">{}</button>',
            *(url, BACK, _("Complete “%(task)s”") % {"task": task}, _("Complete")),
        )

    def button_view(self, request: HttpRequest, object_id: str, slug: str) -> HttpResponse:
        answer = super().button_view(request, object_id, slug)
        if request.POST.get(BACK) and isinstance(answer, HttpResponseRedirect):
            page = reverse(f"{self.admin_site.name}:workflow_internaltask_changelist")
            came_from = urlsplit(request.headers.get("referer", ""))
            return HttpResponseRedirect(f"{page}?{came_from.query}" if came_from.path == page and came_from.query else page)
        return answer

    @display(description=_("about"))
    def record(self, task: InternalTask) -> SafeString | str:
        return admin_link(resolve([task.about]).get(task.about)) if task.about else "–"
