"""Load the demo: sign-ins and a small believable world, made through the real actions with moved clocks."""

import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from ledger import proof
from orders.models import Order
from trade_assurance.demo import world


class Command(BaseCommand):
    help = "Load the demo sign-ins and a small world of orders in every state."

    def add_arguments(self, parser):
        parser.add_argument("--if-empty", action="store_true", help="do nothing when there is anybody already")

    def handle(self, *, if_empty, **options):
        if not settings.DEMO:
            raise CommandError("The demo has sign-ins that everybody knows. Set DEMO=1 to load it.")
        if User.objects.exists() or Order.objects.exists():
            if if_empty:
                self.stdout.write("There are people here already; the demo was not loaded.")
                return
            raise CommandError("There are people here already; the demo is loaded into an empty database.")
        began = time.perf_counter()
        world.load(timezone.now())
        if breaches := proof.prove():
            raise CommandError("\n".join(["The demo breaks the books:", *map(str, breaches)]))
        took = time.perf_counter() - began
        self.stdout.write(f"The demo is loaded: {Order.objects.count()} orders in {took:.1f} s, and the books add up.")
