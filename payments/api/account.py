"""Where a supplier is paid, over REST: read by who keeps the books, changed by an owner with a second factor."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts import freshness
from payments.api.earning import BooksThings
from payments.portal_views import ACCOUNTS_SHOWN, say_state
from suppliers import actions, bank_details
from suppliers.models import PayoutAccount, Supplier
from trade_assurance import money
from trade_assurance.rest.fields import Strict
from trade_assurance.rest.keeping import money as moves_money
from trade_assurance.rest.problems import Problem

STATES = ["pending", "used", "replaced", "withdrawn"]
ACCOUNT = {"holder": "Lumenworks Co Ltd", "iban": "DE89370400440532013000", "currency": "EUR"}
EXAMPLE = [OpenApiExample("Account", value=ACCOUNT, request_only=True)]
ON_THE_PAGE = (
    "Where the company's money goes is changed with a second factor, which no key or token proves. An owner does it "
    "at /portal/payouts/account/, signed in."
)


class AccountSerializer(serializers.ModelSerializer):
    """An account that payouts go to, from `valid_from_at` on until a newer one counts. Its number is masked."""

    account = serializers.CharField(source="details.masked", read_only=True)
    currency = serializers.CharField(read_only=True, help_text="Payouts in it; empty is all")
    state = serializers.ChoiceField(choices=STATES, read_only=True)

    class Meta:
        model = PayoutAccount
        fields = ["id", "holder", "account", "bank_name", "country", "currency", "state", "added_at", "valid_from_at"]
        read_only_fields = fields


class AccountWriteSerializer(Strict):
    """The account: its IBAN, or where the bank has none its number with BIC, bank and country."""

    currency = serializers.ChoiceField(choices=["", *money.CURRENCIES], default="", help_text="Empty is all")
    holder = serializers.CharField(max_length=140)
    iban = serializers.CharField(max_length=50, allow_blank=True, default="")
    number = serializers.CharField(max_length=50, allow_blank=True, default="")
    bic = serializers.CharField(max_length=11, allow_blank=True, default="")
    bank_name = serializers.CharField(max_length=105, allow_blank=True, default="")
    country = serializers.RegexField("^([A-Z]{2})?$", allow_blank=True, default="")


class PayoutAccountView(BooksThings):
    """A supplier's payout accounts."""

    serializer_class = AccountSerializer
    pagination_class = None

    def _told(self, supplier: Supplier) -> list[PayoutAccount]:
        rows = list(supplier.payout_accounts.order_by("-id")[:ACCOUNTS_SHOWN])
        say_state(rows, timezone.now())
        return rows

    def _show(self, supplier: Supplier, account: PayoutAccount, status: int = 200) -> Response:
        found = next(row for row in self._told(supplier) if row.pk == account.pk)
        return Response(AccountSerializer(found).data, status=status)

    @extend_schema(responses=AccountSerializer(many=True))
    @action(methods=["get"], detail=True, url_path="payout-accounts")
    def accounts(self, request, slug):
        """The accounts that you are paid at, the newest first, the last 20."""
        return Response(AccountSerializer(self._told(self.company()), many=True).data)

    @extend_schema(request=AccountWriteSerializer, responses={201: AccountSerializer}, examples=EXAMPLE)
    @accounts.mapping.post
    @moves_money
    def add(self, request, slug):
        """Have payouts go to another account, 24 hours from now (owners).

        It needs a second factor that was proved in the last minutes: by the session of a browser. Keys and tokens are
        refused with the problem `second-factor`; use the page.
        """
        supplier = self.company()
        if request.auth is not None:
            raise Problem("second-factor", ON_THE_PAGE)
        given = self.read(AccountWriteSerializer)
        account = actions.add_payout_account(
            supplier_id=supplier.pk,
            currency=given.pop("currency"),
            details=bank_details.checked(**given),
            second_factor=freshness.proved_second_factor(request._request),
            by=request.user,
            now=timezone.now(),
        )
        return self._show(supplier, account, 201)

    @extend_schema(request=None, responses={200: AccountSerializer})
    @action(methods=["post"], detail=True, url_path="payout-accounts/(?P<account_id>[0-9]{1,18})/withdrawal")
    @moves_money
    def withdraw(self, request, slug, account_id):
        """Take a new account back before it counts (owners); payouts go on to the one before."""
        supplier = self.company()
        account = get_object_or_404(supplier.payout_accounts, pk=account_id)
        actions.withdraw_payout_account(account_id=account.pk, by=request.user, now=timezone.now())
        return self._show(supplier, account)
