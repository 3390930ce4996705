from django.db import models
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

from apps.core.crypto import EncryptedTextField
from apps.core.models import BusinessModel, known
from apps.gateway.choices import Direction

RAW_BODY_LENGTH = 300_000  # a body is at most 262,144 bytes; what masking and escaping add is cut off
ANSWER_LENGTH = 1_000_000
HOOK_BODY_LENGTH = 20_000

models.TextField.register_lookup(Length)


class IdempotencyRecord(BusinessModel):
    """The answer to one POST that carried an Idempotency-Key, kept so that a repeat gets the same one.

    It is inserted in the transaction of the business act itself: both are there, or neither.
    """

    credential = models.CharField(_("credential"), max_length=60)
    path = models.CharField(_("path"), max_length=500)
    key = models.CharField(_("key"), max_length=255)
    request_hash = models.CharField(_("request hash"), max_length=64)
    response_status = models.PositiveSmallIntegerField(_("status"), null=True)  # null: its transaction is at work
    response_body = models.TextField(_("answer"), blank=True)

    class Meta(BusinessModel.Meta):
        db_table = "idempotency_record"
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        constraints = [
            models.UniqueConstraint(name="idempotency_record_once", fields=["credential", "path", "key"]),
            models.CheckConstraint(
                name="idempotency_record_answer_length", condition=models.Q(response_body__length__lte=ANSWER_LENGTH)
            ),
        ]
        indexes = [models.Index(name="idempotency_record_age", fields=["created_at"])]

    def __str__(self) -> str:
        return self.key


class ApiUsageLog(BusinessModel):
    """One call, in or out: who called what, how it ended and how long it took."""

    occurred_at = models.DateTimeField(_("at"))
    direction = models.CharField(_("direction"), max_length=3, choices=Direction, default=Direction.IN)
    integration = models.CharField(_("integration"), max_length=100, blank=True)
    organization_id = models.UUIDField(null=True)  # null: nobody was recognised
    organization_label = models.CharField(_("organization"), max_length=200, blank=True)
    actor_kind = models.CharField(_("kind of caller"), max_length=20, blank=True)
    actor_id = models.CharField(max_length=60, blank=True)
    actor_label = models.CharField(_("caller"), max_length=254, blank=True)
    api_key_id = models.UUIDField(null=True)  # null: no key, or none that we know
    method = models.CharField(_("method"), max_length=10)
    endpoint = models.CharField(_("endpoint"), max_length=500)
    response_status = models.PositiveSmallIntegerField(_("status"), null=True)  # null: no answer came
    response_time_ms = models.PositiveIntegerField(_("time (ms)"))
    request_size_bytes = models.PositiveIntegerField(_("request size"), default=0)
    response_size_bytes = models.PositiveIntegerField(_("answer size"), default=0)
    ip_address = models.GenericIPAddressField(_("IP address"), null=True)  # null: a call of ours
    user_agent = models.CharField(_("user agent"), max_length=300, blank=True)
    request_id = models.CharField(_("request id"), max_length=64, blank=True)
    rate_limit_exceeded = models.BooleanField(_("over the limit"), default=False)
    replayed = models.BooleanField(_("replayed"), default=False)
    error_code = models.CharField(_("error code"), max_length=100, blank=True)
    error_message = models.CharField(_("error"), max_length=1000, blank=True)

    app_privileges = "SELECT, INSERT, DELETE"

    class Meta(BusinessModel.Meta):
        db_table = "api_usage_logs"
        verbose_name = _("API call")
        verbose_name_plural = _("API calls")
        constraints = [known("direction", Direction)]
        indexes = [
            models.Index(name="api_usage_logs_age", fields=["-occurred_at"]),
            models.Index(name="api_usage_logs_integration", fields=["integration", "-occurred_at"]),
            models.Index(name="api_usage_logs_request", fields=["request_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.endpoint}"


class RawInbound(BusinessModel):
    """The body of a partner's call that we refused, its secrets masked, so that the refusal can be understood."""

    received_at = models.DateTimeField(_("received at"))
    request_id = models.CharField(_("request id"), max_length=64)
    method = models.CharField(_("method"), max_length=10)
    endpoint = models.CharField(_("endpoint"), max_length=500)
    response_status = models.PositiveSmallIntegerField(_("status"))
    error_code = models.CharField(_("error code"), max_length=100, blank=True)
    headers = models.JSONField(_("headers"), default=dict)
    body = EncryptedTextField(_("body"), max_length=RAW_BODY_LENGTH)  # a customer's name and address stand in it

    app_privileges = "SELECT, INSERT, DELETE"

    class Meta(BusinessModel.Meta):
        db_table = "raw_inbound"
        verbose_name = _("refused message")
        verbose_name_plural = _("refused messages")
        indexes = [
            models.Index(name="raw_inbound_age", fields=["-received_at"]),
            models.Index(name="raw_inbound_request", fields=["request_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.endpoint}"


class InboundHook(BusinessModel):
    """A message to one of our hooks as it came in, kept before anything of it was read or believed."""

    received_at = models.DateTimeField(_("received at"))
    source = models.CharField(_("source"), max_length=30)
    request_id = models.CharField(_("request id"), max_length=64)
    names = models.CharField(_("names"), max_length=100, blank=True)
    is_known = models.BooleanField(_("known to us"), default=False)
    body = EncryptedTextField(_("body"), max_length=HOOK_BODY_LENGTH)  # others may tell of a customer in it

    class Meta(BusinessModel.Meta):
        db_table = "inbound_hook"
        verbose_name = _("received message")
        verbose_name_plural = _("received messages")
        indexes = [
            models.Index(name="inbound_hook_age", fields=["-received_at"]),
            models.Index(name="inbound_hook_names", fields=["names"], condition=~models.Q(names="")),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.names}".strip()


class SeenToken(BusinessModel):
    """A name that a provider gives to one call of a hook, so that the same call is not taken a second time."""

    source = models.CharField(_("source"), max_length=30)
    token = models.CharField(_("token"), max_length=200)
    seen_at = models.DateTimeField(_("seen at"))

    app_privileges = "SELECT, INSERT, DELETE"

    class Meta(BusinessModel.Meta):
        db_table = "seen_token"
        verbose_name = _("token of a hook")
        verbose_name_plural = _("tokens of hooks")
        constraints = [models.UniqueConstraint(name="seen_token_once", fields=["source", "token"])]
        indexes = [models.Index(name="seen_token_age", fields=["seen_at"])]

    def __str__(self) -> str:
        return f"{self.source} {self.token}"


class RateBucket(BusinessModel):
    """The count of one limited caller in one window of time, while Redis does not answer."""

    bucket = models.CharField(_("bucket"), max_length=200, unique=True)
    window_ends_at = models.DateTimeField(_("window ends at"))
    taken = models.PositiveIntegerField(_("taken"))

    class Meta(BusinessModel.Meta):
        db_table = "rate_bucket"
        verbose_name = _("rate bucket")
        verbose_name_plural = _("rate buckets")

    def __str__(self) -> str:
        return self.bucket
