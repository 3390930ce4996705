"""When the clock's jobs run, and how they went."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule
from unfold.paginator import InfinitePaginator

from apps.core import jobs
from apps.core.admin import ActionButton, BaseAdmin, ReadOnlyAdmin, WholeGroupPage, tone_chip
from apps.events import queries, rhythm, services
from apps.events.choices import RunState
from apps.events.forms import PeriodicTaskForm
from apps.events.models import JobRun, ScheduledRun

SHOWN = 15
LIBRARY = (_("Periodic Tasks"), _("periodic task"), _("periodic tasks"))  # the library's own names, for our catalogue
TONES = {RunState.RUNNING: "info", RunState.DONE: "success", RunState.IDLE: "neutral", RunState.FAILED: "danger"}


def state_chip(run: JobRun) -> SafeString:
    return tone_chip(run.get_state_display(), TONES[RunState(run.state)])


def duration(run: JobRun) -> str:
    if run.duration_ms is None:
        return ""
    return f"{number_format(run.duration_ms / 1000, decimal_pos=2 if run.duration_ms < 10_000 else 0)} s"


def shown(run: JobRun) -> dict[str, Any]:
    """A row of the table on a job's page."""
    return {
        "run": run,
        "chip": state_chip(run),
        "started": rhythm.moment_in_words(run.started_at),
        "until": until(run),
        "duration": duration(run),
    }


def until(run: JobRun) -> str:
    """The end of a while that was one row; a run of its own has a duration."""
    if run.ended_at is None or (run.ended_at - run.started_at).total_seconds() * 1000 <= (run.duration_ms or 0) + 1000:
        return ""
    return rhythm.moment_in_words(run.ended_at)


# The library's own pages carry an inline script, which our policy refuses, and offer arguments that no job of ours takes.
for each in (ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule):
    admin.site.unregister(each)


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(WholeGroupPage, BaseAdmin):
    """When the clock's jobs run. Staff change how often, and switch one off; which jobs there are is code."""

    form = PeriodicTaskForm
    list_display = ["job", "rhythm", "state", "last_run", "next_run"]
    search_fields = ["name", "task"]
    ordering = ["name"]
    fields = ["does", "state", "next_run", ("every", "period"), "times", "enabled"]
    readonly_fields = ["does", "state", "next_run"]
    change_form_after_template = "admin/events/runs.html"
    buttons = [
        ActionButton(
            services.run_now,
            _("Run now"),
            subject="task",
            done=_("The worker has been asked to run it."),
            icon="play_arrow",
        )
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def heading(self, record: PeriodicTask) -> str:
        return label(record)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PeriodicTask]:
        return queries.with_last_run(super().get_queryset(request))

    def save_model(self, request: HttpRequest, obj: PeriodicTask, form: Any, change: Any) -> None:
        services.reschedule(task=obj, rhythm=form.cleaned_data["rhythm"], enabled=form.cleaned_data["enabled"])
        job = jobs.find(obj.task)
        if job and job.essential and not obj.enabled:
            messages.warning(request, gettext("It is switched off, and the business cannot do without it: %s") % job.does)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        task = context.get("original")
        if task is not None:
            context |= {"title": label(task), "runs": [shown(run) for run in queries.latest_runs(task.name, SHOWN)]}
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("job"), ordering="name")
    def job(self, task: PeriodicTask) -> SafeString:
        return format_html('{}<br><span class="cc-muted">{}</span>', label(task), task.name)

    @admin.display(description=_("what it does"))
    def does(self, task: PeriodicTask) -> str:
        job = jobs.find(task.task)
        return str(job.does) if job else gettext("No job of this name is left: switch it off.")

    @admin.display(description=_("schedule"))
    def rhythm(self, task: PeriodicTask) -> str:
        return rhythm.in_words(task)

    @admin.display(description=_("state"))
    def state(self, task: PeriodicTask) -> SafeString:
        standing = queries.standing(task)
        if not task.enabled:
            return tone_chip(_("switched off"), "danger" if standing.missed else "neutral")
        if standing.late:
            return tone_chip(_("late: it missed three turns"), "danger")
        if standing.failing:
            return tone_chip(_("failed"), "danger")
        return tone_chip(_("on time"), "success")

    @admin.display(description=_("last run"))
    def last_run(self, task: PeriodicTask) -> str:
        return rhythm.moment_in_words(queries.last_seen(task)) or "–"

    @admin.display(description=_("next run"))
    def next_run(self, task: PeriodicTask) -> str:
        return rhythm.moment_in_words(rhythm.next_turn(task, queries.last_seen(task)))


def label(task: PeriodicTask) -> str:
    job = jobs.find(task.task)
    return str(job.label) if job else task.name


@admin.register(JobRun)
class JobRunAdmin(WholeGroupPage, ReadOnlyAdmin):
    fields = ["job_label", "chip", "started_at", "ended_at", "took", "amount", "error", "ordered_by"]
    readonly_fields = ["job_label", "chip", "took"]
    list_display = ["started_at", "job_label", "chip", "took", "amount", "error", "ordered_by"]
    list_filter = ["state", "job"]
    search_fields = ["job", "error"]
    ordering = ["-started_at"]
    paginator = InfinitePaginator

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The list, its rows each with what staff call their job."""
        changelist = super().get_changelist_instance(request)
        labels = {task.name: label(task) for task in PeriodicTask.objects.all()}
        for run in changelist.result_list:
            run.label = labels.get(run.job, run.job)
        return changelist

    def heading(self, record: JobRun) -> str:
        task = PeriodicTask.objects.filter(name=record.job).first()
        record.label = label(task) if task else record.job
        return record.label

    @admin.display(description=_("job"), ordering="job")
    def job_label(self, run: JobRun) -> str:
        return run.label

    @admin.display(description=_("outcome"), ordering="state")
    def chip(self, run: JobRun) -> SafeString:
        return state_chip(run)

    @admin.display(description=_("duration"), ordering="duration_ms")
    def took(self, run: JobRun) -> str:
        return duration(run)


@admin.register(ScheduledRun)
class ScheduledRunAdmin(ReadOnlyAdmin):
    empty_list = _("No job that works once for a day or an hour has run yet.")
    shared_because = "the clock is one for all companies, and a run names its job alone"
    list_display = ["job", "slot", "created_at"]
    list_filter = ["job"]
    search_fields = ["job", "slot"]
    ordering = ["-created_at"]
