from django.core.management.base import BaseCommand, CommandError

from ledger import proof


class Command(BaseCommand):
    help = "Prove every money invariant (quality.md §1); exits with 1 when one is broken."

    def handle(self, **options):
        broken = 0
        for invariant in proof.invariants():
            checked = f"{invariant.count():>10,}" if invariant.count else " " * 10
            breaches = list(invariant.breaches())
            broken += len(breaches)
            verdict = f"{len(breaches)} BROKEN" if breaches else "OK"
            self.stdout.write(f"{invariant.code:<4}{checked}  {verdict:<10} {invariant.title}")
            for breach in breaches:
                self.stdout.write(f"      {breach.subject}: {breach.sentence}")
        if broken:
            raise CommandError(f"{broken} breaches.")
