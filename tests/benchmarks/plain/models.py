"""The same business as ours in the usual way: a model per noun, history by django-simple-history, a status field by django-fsm."""

from django.conf import settings
from django.db import models
from django_fsm import FSMField, transition
from simple_history.models import HistoricalRecords


class Stamped(models.Model):
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class ApiKey(Stamped):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    hashed = models.CharField(max_length=64, unique=True)
    is_active = models.BooleanField(default=True)


class Company(Stamped):
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=5, unique=True)


class Partner(Stamped):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    webhook_url = models.URLField(blank=True)
    field_mapping = models.JSONField(default=dict)
    history = HistoricalRecords()


class Organization(Stamped):
    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    name = models.CharField(max_length=200)
    email = models.EmailField()
    phone = models.CharField(max_length=30, blank=True)
    kvk_number = models.CharField(max_length=8, blank=True)
    vat_number = models.CharField(max_length=20, blank=True)
    payment_terms = models.CharField(max_length=20, default="net_14")
    is_active = models.BooleanField(default=True)
    history = HistoricalRecords()

    class Meta:
        unique_together = [("company", "email")]


class Contact(Stamped):
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="contacts")
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=150, blank=True)
    email = models.EmailField()
    phone = models.CharField(max_length=30, blank=True)
    language = models.CharField(max_length=2, default="nl")
    is_primary = models.BooleanField(default=True)
    history = HistoricalRecords()


class Address(Stamped):
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="addresses")
    kind = models.CharField(max_length=20)
    street = models.CharField(max_length=200)
    house_number = models.CharField(max_length=20)
    addition = models.CharField(max_length=40, blank=True)
    postal_code = models.CharField(max_length=10)
    city = models.CharField(max_length=100)
    country = models.CharField(max_length=2, default="NL")
    history = HistoricalRecords()


class Article(Stamped):
    number = models.CharField(max_length=50, unique=True)
    name = models.CharField(max_length=200)
    price = models.DecimalField(max_digits=12, decimal_places=2)


class NumberSequence(models.Model):
    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    year = models.IntegerField()
    last = models.IntegerField(default=0)

    class Meta:
        unique_together = [("company", "year")]


class Order(Stamped):
    number = models.CharField(max_length=30, unique=True)
    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, null=True)
    customer = models.ForeignKey(Organization, on_delete=models.PROTECT)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT)
    installation_address = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True)
    order_type = models.CharField(max_length=30, default="installation")
    priority = models.CharField(max_length=10, default="normal")
    status = FSMField(default="new")
    requested_date = models.DateField(null=True)
    planned_date = models.DateField(null=True)
    completed_date = models.DateField(null=True)
    notes = models.TextField(blank=True)
    total = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    vat = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    history = HistoricalRecords()

    @transition(field=status, source="new", target="intake")
    def take_in(self):
        pass

    @transition(field=status, source="intake", target="planned")
    def plan(self):
        pass


class LineItem(Stamped):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    article = models.ForeignKey(Article, on_delete=models.PROTECT, null=True)
    description = models.CharField(max_length=500)
    quantity = models.DecimalField(max_digits=10, decimal_places=3)
    unit_price = models.DecimalField(max_digits=12, decimal_places=2)
    vat_rate = models.DecimalField(max_digits=4, decimal_places=2, default="0.21")
    total = models.DecimalField(max_digits=12, decimal_places=2)
    history = HistoricalRecords()


class PartnerReference(Stamped):
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT)
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="reference")
    partner_order_id = models.CharField(max_length=100)
    payload = models.JSONField()
    history = HistoricalRecords()

    class Meta:
        unique_together = [("partner", "partner_order_id")]


class StatusLog(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="log")
    from_status = models.CharField(max_length=30, blank=True)
    to_status = models.CharField(max_length=30)
    reason = models.TextField(blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    at = models.DateTimeField(auto_now_add=True)


class WebhookEvent(Stamped):
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT)
    order = models.ForeignKey(Order, on_delete=models.PROTECT)
    payload = models.JSONField()
    sent = models.BooleanField(default=False)


class StoredAnswer(Stamped):
    """Of an Idempotency-Key."""

    key = models.CharField(max_length=255, unique=True)
    body = models.JSONField(null=True)


class UsageLog(models.Model):
    at = models.DateTimeField(auto_now_add=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True)
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=500)
    status = models.IntegerField()
    milliseconds = models.IntegerField()
    ip_address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300, blank=True)
