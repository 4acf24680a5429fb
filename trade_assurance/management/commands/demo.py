"""`make demo`: two orders' lives in the terminal, with the books after each step, each ending with the proof."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from trade_assurance.demo.tales import TALES, Wrong


class Command(BaseCommand):
    help = "Tell what becomes of orders, well and badly; exits 0 only if every figure and the proof hold."

    def handle(self, **options):
        if not settings.DEMO:
            raise CommandError("The tales move the clock and play the bank. Set DEMO=1 to hear them.")
        for n, tale in enumerate(TALES):
            if n:
                self.stdout.write("\n\n")
            try:
                tale(self.stdout.write, present=timezone.now()).run()
            except Wrong as wrong:
                raise CommandError(f"The tale does not add up: {wrong}") from wrong
        self.stdout.write("\nEvery figure holds, and the books add up.")
