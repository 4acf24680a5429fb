"""Requests for a review, and who reads reviews and removes them. Permissions are made after all migrations, so here."""

import django.db.models.deletion
from django.db import migrations, models

READ = ("view_review", "Can view review")
REMOVE = ("remove_review", "Can remove a review for a listed reason")
MAY = {"adjudicator": (READ,), "finance": (READ,), "risk": (READ, REMOVE)}


def grant(apps, schema_editor):
    permission = apps.get_model("auth", "Permission")
    group = apps.get_model("auth", "Group")
    kind, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(app_label="orders", model="review")
    for name, allowed in MAY.items():
        found = [
            permission.objects.get_or_create(content_type=kind, codename=codename, defaults={"name": words})[0]
            for codename, words in allowed
        ]
        group.objects.get(name=name).permissions.add(*found)


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0010_reviews"),
        ("orders", "0005_staff_may"),
        ("suppliers", "0004_rating"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReviewRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "due_at",
                    models.DateTimeField(
                        db_index=True, verbose_name="when to ask; moved on while a mail is being sent"
                    ),
                ),
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="review_request", to="orders.order"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(
                condition=models.Q(("removed_at__isnull", True), ("replied_at__isnull", True)),
                fields=["supplier", "-written_at", "-id"],
                name="review_without_reply",
            ),
        ),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
