"""Bank files and the matching of what came in."""

from typing import Any, ClassVar
from uuid import UUID

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.choices import Scope
from apps.core.api.filters import AnyOf, StrictFilterSet, refuse_unknown_parameters
from apps.core.api.parsers import UploadParser
from apps.core.api.serializers import AmountOut, StrictSerializer, StrictText, validated
from apps.core.api.views import ApiView, ListView
from apps.finance import services
from apps.finance.choices import BankFileState
from apps.finance.clients.bank import MOST_BYTES
from apps.finance.models import BankFile, BankStatement
from apps.finance.queries import bank_files_of, find_bank_file, told_file
from apps.organizations.queries import business_entity_named

READERS = (Scope.FINANCE_PAYMENTS, Scope.FINANCE_REPORTS, Scope.FINANCE_APPROVE)
AROUND_THE_FILE = 64 * 1024


class BankFileIn(StrictSerializer):
    """CAMT.053 with the CAMT.054 of its batches, or MT940, at most 128 MB."""

    file = serializers.FileField(allow_empty_file=True, max_length=1_000)


class ReconcileIn(StrictSerializer):
    """Without a company, all those of the caller."""

    business_entity = StrictText(max_length=20, required=False)


class ReconciledOut(serializers.Serializer[services.Reconciled]):
    matched = serializers.IntegerField()
    proposed = serializers.IntegerField()
    unmatched = serializers.IntegerField()


class BankFileStateOut(serializers.Serializer[BankFile]):
    id = serializers.UUIDField()
    state = serializers.CharField()


class BankErrorOut(serializers.Serializer[dict[str, Any]]):
    code = serializers.CharField()
    line = serializers.IntegerField(allow_null=True)
    detail = serializers.CharField()


class BankStatementOut(serializers.Serializer[BankStatement]):
    id = serializers.UUIDField()
    business_entity = serializers.CharField(source="business_entity.entity_code")
    iban = serializers.CharField(source="bank_account.iban")
    number = serializers.CharField()
    format = serializers.CharField(source="source")
    opening_balance = AmountOut()
    opening_date = serializers.DateField(allow_null=True)
    closing_balance = AmountOut()
    closing_date = serializers.DateField(allow_null=True)
    lines = serializers.IntegerField(source="line_count")
    gap = AmountOut()


class BankFileRowOut(serializers.Serializer[BankFile]):
    id = serializers.UUIDField()
    state = serializers.CharField()
    file_name = serializers.CharField()
    size_bytes = serializers.IntegerField()
    checksum = serializers.CharField()
    lines = serializers.IntegerField(source="line_count")
    new_lines = serializers.IntegerField(source="new_count")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class BankFileOut(BankFileRowOut):
    matched = serializers.IntegerField()
    proposed = serializers.IntegerField()
    unmatched = serializers.IntegerField()
    errors = BankErrorOut(many=True)
    statements = BankStatementOut(many=True, source="own_statements")


class BankFileFilters(StrictFilterSet):
    state = AnyOf(choices=BankFileState.choices)
    checksum = filters.CharFilter(max_length=64)

    class Meta:
        model = BankFile
        fields: list[str] = []


class BankFilesView(ListView):
    """Files of banks, the newest first; and the place where one is sent. The same bytes again are the same file."""

    serializer_class = BankFileRowOut
    filterset_class = BankFileFilters
    queryset = BankFile.objects.none()
    parser_classes = (UploadParser,)
    max_body_bytes: ClassVar[int] = MOST_BYTES + AROUND_THE_FILE
    knows_repeats = True

    @property
    def scope(self) -> tuple[Scope, ...]:  # type: ignore[override]  # another one for each method
        return (Scope.FINANCE_PAYMENTS,) if self.request.method == "POST" else READERS

    def get_queryset(self) -> Any:
        return bank_files_of(self.request.user)

    @extend_schema(request={"multipart/form-data": BankFileIn}, responses={202: BankFileStateOut})
    def post(self, request: Request) -> Response:
        sent = validated(BankFileIn, request)["file"]
        received = services.bank_file_receive(name=sent.name, content=sent, by=request.user)
        return Response(BankFileStateOut(received).data, status=status.HTTP_202_ACCEPTED)


class BankFileView(ApiView):
    """One file: how far it is, what came of its lines, and what is wrong with it."""

    scope = READERS

    @extend_schema(responses=BankFileOut)
    def get(self, request: Request, bank_file_id: UUID) -> Response:
        refuse_unknown_parameters(request)
        return Response(BankFileOut(told_file(find_bank_file(bank_file_id, by=request.user), by=request.user)).data)


class ReconcileView(ApiView):
    """Match what came in with what is open. Each line is settled on its own; what is not sure is proposed."""

    scope = (Scope.FINANCE_PAYMENTS,)
    transactional = False  # each line has its own transaction

    @extend_schema(request=ReconcileIn, responses=ReconciledOut)
    def post(self, request: Request) -> Response:
        given = validated(ReconcileIn, request)
        code = given.get("business_entity")
        entity = business_entity_named(code, by=request.user) if code else None
        return Response(ReconciledOut(services.reconcile_for(business_entity=entity, by=request.user)).data)
