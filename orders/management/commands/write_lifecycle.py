from django.conf import settings
from django.core.management.base import BaseCommand

from orders.lifecycle import written


class Command(BaseCommand):
    help = "Write docs/lifecycle.md from the transitions in the code."

    def handle(self, **options):
        path = settings.BASE_DIR / "docs" / "lifecycle.md"
        path.write_text(written())
        self.stdout.write(f"{path.relative_to(settings.BASE_DIR)} written")
