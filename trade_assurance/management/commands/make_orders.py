"""Write many orders in bulk, in every state, for measuring lists and sweeps."""

import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from trade_assurance.demo import bulk


class Command(BaseCommand):
    help = "Make N orders in every state, in bulk; prove_ledger holds after it."

    def add_arguments(self, parser):
        parser.add_argument("count", type=int, metavar="N")
        parser.add_argument("--disputes", type=int, default=0, metavar="N", help="and N more with an open dispute")
        parser.add_argument("--buyer", metavar="EMAIL", help="whose orders they are; a bulk buyer unless given")

    def handle(self, *, count, disputes, buyer, **options):
        if not settings.DEMO:
            raise CommandError("Made-up orders are for demonstration and measuring. Set DEMO=1 to make them.")
        if min(count, disputes) < 0 or count + disputes < 1:
            raise CommandError("Say how many orders to make: a number above zero.")
        person = User.objects.filter(email=buyer.lower()).first() if buyer else None
        if buyer and person is None:
            raise CommandError(f"Nobody is registered as {buyer}.")
        began = time.perf_counter()
        made = bulk.make_orders(count, disputes=disputes, buyer=person, now=timezone.now())
        took = time.perf_counter() - began
        self.stdout.write(f"{made:,} orders in {took:.1f} s, {made / took:,.0f} orders/s")
