from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "ledger"

    def ready(self):
        from ledger import proof
        from ledger.models import Account, Rollup, Transfer

        proof.register("I1", proof.transfers_balance, count=lambda: Transfer.objects.count())
        proof.register("I2", proof.balances_equal_transfers, count=lambda: Account.objects.filter(guarded=True).count())
        proof.register("I2b", proof.rollup_equals_transfers, count=lambda: Rollup.objects.count())
