"""`manage.py import_statement FILE…`: books bank statements, one line of summary a file."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from payments.actions import importing
from payments.models import StatementFile
from trade_assurance.refused import Refused


class Command(BaseCommand):
    help = "Import bank statements: camt.053, camt.054, MT940. Fails when one of them is refused."

    def add_arguments(self, parser):
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")

    def handle(self, *, files, **options):
        refused = 0
        for path in files:
            try:
                with path.open("rb") as source:
                    file = importing.receive_statement(source=source, name=path.name, by=None, now=timezone.now())
                known = file.status == StatementFile.Status.COMPLETE
                file = importing.import_statement(file_id=file.id, now=timezone.now())
            except (Refused, OSError) as error:
                refused += 1
                self.stdout.write(f"{path.name}: refused: {error}")
                continue
            refused += file.status == StatementFile.Status.REFUSED
            self.stdout.write(f"{file.summary()}{' (imported before, nothing changed)' if known else ''}")
        if refused:
            raise CommandError(f"{refused} of {len(files)} files refused")
