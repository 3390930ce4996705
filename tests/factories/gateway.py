import factory

from apps.core import clock
from apps.gateway.models import ApiUsageLog, IdempotencyRecord, InboundHook, RateBucket, RawInbound, SeenToken


class IdempotencyRecordFactory(factory.django.DjangoModelFactory[IdempotencyRecord]):
    class Meta:
        model = IdempotencyRecord

    credential = "user:1"
    path = "/api/v1/orders"
    key = factory.Sequence(lambda n: f"key-{n:08d}")
    request_hash = "0" * 64
    response_status = 201
    response_body = "{}"


class ApiUsageLogFactory(factory.django.DjangoModelFactory[ApiUsageLog]):
    class Meta:
        model = ApiUsageLog

    occurred_at = factory.LazyFunction(clock.now)
    direction = "in"
    method = "GET"
    endpoint = "/api/v1/orders"
    response_status = 200
    response_time_ms = 12


class RawInboundFactory(factory.django.DjangoModelFactory[RawInbound]):
    class Meta:
        model = RawInbound

    received_at = factory.LazyFunction(clock.now)
    request_id = "request-1"
    method = "POST"
    endpoint = "/api/v1/partners/groendus/orders"
    response_status = 400
    error_code = "invalid_json"
    body = "{"


class RateBucketFactory(factory.django.DjangoModelFactory[RateBucket]):
    class Meta:
        model = RateBucket

    bucket = factory.Sequence(lambda n: f"caller:{n}")
    window_ends_at = factory.LazyFunction(clock.now)
    taken = 1


class InboundHookFactory(factory.django.DjangoModelFactory[InboundHook]):
    class Meta:
        model = InboundHook

    received_at = factory.LazyFunction(clock.now)
    source = "mollie"
    request_id = "request-1"
    names = "tr_d0b0E3EA3v"
    body = "id=tr_d0b0E3EA3v"


class SeenTokenFactory(factory.django.DjangoModelFactory[SeenToken]):
    class Meta:
        model = SeenToken

    source = "messagebird"
    token = factory.Sequence(lambda n: f"jti-{n}")
    seen_at = factory.LazyFunction(clock.now)
