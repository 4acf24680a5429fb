"""`make demo`: one order's whole life in the terminal, with the books after each step, ending with the proof."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from trade_assurance.demo.tale import Tale, Wrong


class Command(BaseCommand):
    help = "Tell one order's whole life; exits 0 only if every figure and the proof hold."

    def handle(self, **options):
        if not settings.DEMO:
            raise CommandError("The tale moves the clock and plays the bank. Set DEMO=1 to hear it.")
        try:
            Tale(self.stdout.write, present=timezone.now()).run()
        except Wrong as wrong:
            raise CommandError(f"The tale does not add up: {wrong}") from wrong
        self.stdout.write("\nEvery figure holds, and the books add up.")
