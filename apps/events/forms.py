from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from apps.core import jobs
from apps.events import rhythm

PERIODS = [
    (IntervalSchedule.SECONDS, _("seconds")),
    (IntervalSchedule.MINUTES, _("minutes")),
    (IntervalSchedule.HOURS, _("hours")),
    (IntervalSchedule.DAYS, _("days")),
]


class PeriodicTaskForm(forms.ModelForm):
    """A job's rhythm: a number of seconds to days, or fixed times. `cleaned_data["rhythm"]` is what was chosen."""

    every = forms.IntegerField(label=_("every"), required=False, widget=UnfoldAdminIntegerFieldWidget)
    period = forms.ChoiceField(label=_("unit"), choices=PERIODS, widget=UnfoldAdminSelectWidget)
    times = forms.CharField(
        label=_("or at fixed times"),
        required=False,
        max_length=500,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "0 7 * * 1-5"}),
        help_text=_(
            "Minute, hour, day of the month, month and day of the week on the Amsterdam clock: 0 7 * * 1-5 is seven in the "
            "morning from Monday to Friday. Leave “every” empty then. Avoid the hour from two to three at night: once a year "
            "it does not exist, and once it comes twice."
        ),
    )

    class Meta:
        model = PeriodicTask
        fields = ("enabled",)
        labels = {"enabled": _("switched on")}
        widgets = {"enabled": UnfoldBooleanSwitchWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        task = self.instance
        if task.interval:
            every, period = rhythm.in_largest_unit(task.interval)
            self.initial |= {"every": every, "period": period}
        if task.crontab:
            self.initial |= {"times": rhythm.cron_line(task.crontab), "period": IntervalSchedule.HOURS}
        job = jobs.find(task.task)
        if "enabled" in self.fields:
            self.fields["enabled"].help_text = (
                _("The business cannot do without this job: switch it off for a short while only.")
                if job and job.essential
                else ""
            )

    def clean(self) -> dict[str, Any]:
        answers: dict[str, Any] = super().clean() or self.cleaned_data
        if {"every", "period", "times"} - set(answers):
            return answers  # a part of it could not be read, and says so
        try:
            answers["rhythm"] = self._rhythm(answers["every"], answers["period"], answers["times"].strip())
        except ValidationError as error:
            self.add_error("times" if answers["times"] else "every", error)
        return answers

    def _rhythm(self, every: int | None, period: str, times: str) -> IntervalSchedule | CrontabSchedule:
        if times and every is not None:
            raise ValidationError(_("Choose an interval or fixed times, not both."))
        if times:
            return rhythm.fixed_times(times)
        if every is None:
            raise ValidationError(_("Say how often, or at what times."))
        return rhythm.interval(every, period)
