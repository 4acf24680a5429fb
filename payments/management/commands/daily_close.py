from datetime import date, timedelta

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from payments.actions.closing import close_day
from payments.models.closing import Level
from trade_assurance.refused import Refused


class Command(BaseCommand):
    help = "Close a day (UTC; yesterday unless named): reconcile gateways, bank and ledger. Exits with 1 on an alarm."

    def add_arguments(self, parser):
        parser.add_argument("--day", type=date.fromisoformat, help="2026-11-23")

    def handle(self, *, day, **options):
        now = timezone.now()
        try:
            close = close_day(day=day or now.date() - timedelta(days=1), now=now)
        except Refused as error:
            raise CommandError(str(error)) from error
        for line in close.lines.order_by("id"):
            self.stdout.write(f"{Level(line.level).label:<11} {line.check_name:<9} {line.sentence}")
        self.stdout.write(f"{close}: {close.get_verdict_display()}. {close.alarms} alarms, {close.looks} to look at.")
        if close.alarms:
            raise CommandError(f"{close.alarms} alarms.")
