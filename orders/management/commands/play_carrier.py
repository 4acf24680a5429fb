"""Let the sandbox's carrier say something of a shipment, to see what follows from it."""

from datetime import datetime

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from orders import actions
from orders.models import CarrierEvent, Shipment
from orders.tracking import Answer, Told, key_of, normalised


class Command(BaseCommand):
    help = "Play one event of the pretend carrier for every shipment with a tracking number."

    def add_arguments(self, parser):
        parser.add_argument("number", help="the tracking number")
        parser.add_argument("code", choices=CarrierEvent.Code.values)
        parser.add_argument("--at", default="", help="when, as 2026-09-14T08:15+08:00; now by default")
        parser.add_argument("--place", default="")
        parser.add_argument("--country", default="", help="two letters, ISO 3166")
        parser.add_argument("--destination", default="", help="where the carrier takes it, two letters")

    def handle(self, *, number, code, at, place, country, destination, **options):
        if settings.TRACKING != "sandbox":
            raise CommandError("Carriers are played with TRACKING=sandbox alone.")
        now = timezone.now()
        try:
            when = datetime.fromisoformat(at) if at else now
        except ValueError as error:
            raise CommandError("Give the time as 2026-09-14T08:15+08:00.") from error
        if when.tzinfo is None or when > now:
            raise CommandError("Give a time with its offset, and none to come.")
        shipments = Shipment.objects.exclude(tracking_key="").filter(tracking_key=normalised(number))
        if not shipments:
            raise CommandError("No shipment has this tracking number.")
        told = Told(key_of("played", code, when.isoformat(), place), code, when, place, country.upper())
        answer = Answer((told,), destination=destination.upper())
        for shipment in shipments:
            actions.hear(shipment_id=shipment.pk, answer=answer, source="sandbox", now=now)
            self.stdout.write(f"{shipment}: {told.code}")
