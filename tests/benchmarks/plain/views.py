import json
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from rest_framework import routers, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from tests.benchmarks.plain.models import (
    Address,
    Article,
    Contact,
    LineItem,
    NumberSequence,
    Order,
    Organization,
    Partner,
    PartnerReference,
    StatusLog,
    StoredAnswer,
    WebhookEvent,
)

MOVES = {"intake": "take_in", "planned": "plan"}


class CustomerSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=200)
    email = serializers.EmailField()
    phone = serializers.CharField(max_length=30, required=False)


class AddressSerializer(serializers.ModelSerializer):
    class Meta:
        model = Address
        fields = ["street", "house_number", "addition", "postal_code", "city", "country"]


class LineItemSerializer(serializers.ModelSerializer):
    article = serializers.SlugRelatedField(slug_field="number", queryset=Article.objects.all(), required=False)

    class Meta:
        model = LineItem
        fields = ["article", "description", "quantity", "unit_price", "total"]
        read_only_fields = ["total"]


class OrderSerializer(serializers.ModelSerializer):
    partner_order_id = serializers.CharField(source="reference.partner_order_id")
    customer = CustomerSerializer()
    installation_address = AddressSerializer()
    lines = LineItemSerializer(many=True)

    class Meta:
        model = Order
        fields = [
            "id", "number", "partner_order_id", "customer", "installation_address", "lines", "status", "notes",
            "requested_date", "total", "vat", "created_at",
        ]  # fmt: skip
        read_only_fields = ["number", "status", "total", "vat"]


def next_number(company):
    year = timezone.now().year
    sequence = NumberSequence.objects.select_for_update().get(company=company, year=year)
    sequence.last += 1
    sequence.save()
    return f"{company.prefix}-{year}-{sequence.last:05d}"


def find_customer(company, given, address):
    organization, made = Organization.objects.get_or_create(
        company=company, email=given["email"], defaults={"name": given["name"], "phone": given.get("phone", "")}
    )
    if made:
        first, _space, last = given["name"].partition(" ")
        Contact.objects.create(
            organization=organization, first_name=first, last_name=last, email=given["email"], phone=organization.phone
        )
        Address.objects.create(organization=organization, kind="home", **address)
    return organization, organization.contacts.filter(is_primary=True).first()


@transaction.atomic
def place_order(user, partner, payload, data):
    customer, contact = find_customer(partner.company, data["customer"], data["installation_address"])
    place = Address.objects.create(organization=customer, kind="installation", **data["installation_address"])
    order = Order(
        company=partner.company,
        partner=partner,
        customer=customer,
        contact=contact,
        installation_address=place,
        notes=data.get("notes", ""),
        requested_date=data.get("requested_date"),
    )
    totals = [(line["quantity"] * line["unit_price"]).quantize(Decimal("0.01")) for line in data["lines"]]
    order.total = sum(totals)
    order.vat = (order.total * Decimal("0.21")).quantize(Decimal("0.01"))
    order.number = next_number(partner.company)
    order.save()
    for line, total in zip(data["lines"], totals, strict=True):
        LineItem.objects.create(order=order, total=total, **line)
    PartnerReference.objects.create(
        partner=partner, order=order, partner_order_id=data["reference"]["partner_order_id"], payload=payload
    )
    StatusLog.objects.create(order=order, to_status=order.status, user=user)
    WebhookEvent.objects.create(partner=partner, order=order, payload={"number": order.number, "status": order.status})
    return order


class OrderViewSet(viewsets.ModelViewSet):
    queryset = (
        Order.objects.select_related("customer", "installation_address", "reference")
        .prefetch_related("lines__article")
        .order_by("-created_at")
    )
    serializer_class = OrderSerializer

    def create(self, request, *args, **kwargs):
        key = request.headers.get("Idempotency-Key")
        stored, made = StoredAnswer.objects.get_or_create(key=key)
        if not made and stored.body is not None:
            return Response(stored.body, status=200)
        partner = Partner.objects.select_related("company").get(user=request.user, is_active=True)
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        order = place_order(request.user, partner, request.data, serializer.validated_data)
        body = self.get_serializer(order).data
        stored.body = json.loads(json.dumps(body, default=str))
        stored.save()
        return Response(body, status=201)

    @action(detail=True, methods=["post"])
    def change_status(self, request, pk=None):
        with transaction.atomic():
            order = Order.objects.select_for_update(of=("self",)).get(pk=pk)
            before = order.status
            getattr(order, MOVES[request.data["to_status"]])()
            order.save()
            StatusLog.objects.create(
                order=order, from_status=before, to_status=order.status, reason=request.data.get("reason", ""), user=request.user
            )
            if order.partner_id:
                payload = {"number": order.number, "from": before, "status": order.status}
                WebhookEvent.objects.create(partner_id=order.partner_id, order=order, payload=payload)
        return Response(self.get_serializer(self.get_object()).data)


router = routers.DefaultRouter()
router.register("orders", OrderViewSet)
