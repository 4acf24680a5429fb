from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from orders.actions.rating import import_rates
from orders.rates import read
from trade_assurance.refused import Refused


class Command(BaseCommand):
    help = "Import reference rates: CSV (currency,on,usd_per_unit) or the European Central Bank's XML. - reads stdin."

    def add_arguments(self, parser):
        parser.add_argument("file")

    def handle(self, *, file, **options):
        try:
            rows = read(Path("/dev/stdin" if file == "-" else file).read_bytes())
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}.") from error
        except Refused as error:
            raise CommandError(f"{file}: {error}") from error
        result = import_rates(rows=rows, by=None, now=timezone.now())
        for line, why in result.refused:
            self.stdout.write(f"line {line}: {why}")
        self.stdout.write(f"{file}: {result.summary()}")
        if result.refused:
            raise CommandError(f"{len(result.refused)} lines were refused; the others are in.")
