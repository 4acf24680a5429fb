from django.conf import settings
from django.core.management.base import BaseCommand

from notifications.webhooks import handbook


class Command(BaseCommand):
    help = "Write docs/webhooks.md from the events and the numbers in the code."

    def handle(self, **options):
        path = settings.BASE_DIR / "docs" / "webhooks.md"
        path.write_text(handbook.text())
        self.stdout.write(f"{path.relative_to(settings.BASE_DIR)} written")
