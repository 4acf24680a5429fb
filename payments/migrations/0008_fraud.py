"""Fraud checks: what rules said of each payment, held money, and where people were seen."""

import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
import django_fsm
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

MAY = {
    "risk": [("check", "view"), ("check", "review_payment"), ("chargeback", "view")],
    "finance": [("check", "view")],
}
NAMES = {
    "view": "Can view fraud check",
    "review_payment": "Can approve or decline a payment that is held",
}


def grant(apps, schema_editor):
    """Risk staff review held payments; finance may look."""
    content_type = apps.get_model("contenttypes", "ContentType")
    permission = apps.get_model("auth", "Permission")
    group = apps.get_model("auth", "Group")
    for name, allowed in MAY.items():
        for model, verb in allowed:
            kind, _ = content_type.objects.get_or_create(app_label="payments", model=model)
            codename = f"view_{model}" if verb == "view" else verb
            words = NAMES[verb] if model == "check" else f"Can view {model}"
            made, _ = permission.objects.get_or_create(content_type=kind, codename=codename, defaults={"name": words})
            group.objects.get(name=name).permissions.add(made)


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0007_payout_batches"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Check",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("score", models.PositiveIntegerField()),
                ("threshold", models.PositiveIntegerField(verbose_name="threshold then")),
                ("rules", models.JSONField(default=list, verbose_name="rules that fired")),
                ("crashed", models.JSONField(default=list, verbose_name="rules that failed")),
                ("card", models.CharField(blank=True, max_length=64, verbose_name="hash of the card's fingerprint")),
                ("account", models.CharField(blank=True, max_length=64, verbose_name="hash of the payer's account")),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("clear", "Clear"),
                            ("held", "Held"),
                            ("approved", "Approved"),
                            ("declined", "Declined"),
                        ],
                        max_length=8,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("due_at", models.DateTimeField(blank=True, null=True, verbose_name="to be reviewed by")),
                (
                    "alarmed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="staff were told that it is overdue"),
                ),
                ("reviewed_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "verbose_name": "fraud check",
                "permissions": [("review_payment", "Can approve or decline a payment that is held")],
            },
        ),
        migrations.CreateModel(
            name="Sighting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("device", "Device"), ("address", "Address")], max_length=7)),
                ("mark", models.CharField(max_length=64, verbose_name="hash of it")),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="payment",
            name="held_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="its money waits in suspense for a check"),
        ),
        migrations.AlterField(
            model_name="payment",
            name="status",
            field=django_fsm.FSMField(
                choices=[
                    ("started", "Started"),
                    ("processing", "Processing"),
                    ("held", "Being checked"),
                    ("cleared", "Cleared"),
                    ("failed", "Failed"),
                ],
                default="started",
                max_length=50,
                protected=True,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="payment",
            trigger=pgtrigger.compiler.Trigger(
                name="held_money_is_here",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.held_at IS NOT NULL AND OLD.held_at IS DISTINCT FROM NEW.held_at\n                    OR OLD.status = 'held' AND NEW.status NOT IN ('held', 'cleared'))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="20c70655e06c8ffc1e8ecd6baa7b83c18b96a1bd",
                    operation="UPDATE",
                    pgid="pgtrigger_held_money_is_here_84f98",
                    table="payments_payment",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "held"), _negated=True),
                    models.Q(("held_at__isnull", False), ("next_ask_at__isnull", True)),
                    _connector="OR",
                ),
                name="payment_held_since",
            ),
        ),
        migrations.AddField(
            model_name="check",
            name="payment",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="fraud_check", to="payments.payment"
            ),
        ),
        migrations.AddField(
            model_name="check",
            name="reviewed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="sighting",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="sightings", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddIndex(
            model_name="check",
            index=models.Index(condition=models.Q(("verdict", "held")), fields=["due_at"], name="check_held"),
        ),
        migrations.AddIndex(
            model_name="check",
            index=models.Index(condition=models.Q(("card", ""), _negated=True), fields=["card"], name="check_card"),
        ),
        migrations.AddIndex(
            model_name="check",
            index=models.Index(
                condition=models.Q(("account", ""), _negated=True), fields=["account"], name="check_account"
            ),
        ),
        migrations.AddIndex(
            model_name="check",
            index=models.Index(condition=models.Q(("rules", []), _negated=True), fields=["at"], name="check_fired"),
        ),
        migrations.AddConstraint(
            model_name="check",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("due_at__isnull", True), ("verdict", "clear")),
                    models.Q(
                        models.Q(("verdict", "clear"), _negated=True),
                        ("due_at__isnull", False),
                        ("score__gte", models.F("threshold")),
                    ),
                    _connector="OR",
                ),
                name="check_held_is_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="check",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("reason", ""),
                        ("reviewed_at__isnull", True),
                        ("reviewed_by__isnull", True),
                        ("verdict__in", ("clear", "held")),
                    ),
                    models.Q(
                        ("reviewed_at__isnull", False),
                        ("reviewed_by__isnull", False),
                        ("verdict__in", ("approved", "declined")),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="check_reviewed_by_somebody",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="check",
            trigger=pgtrigger.compiler.Trigger(
                name="kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="d28b56c48674cda33fa66337cf57cec60ea17884",
                    operation="DELETE",
                    pgid="pgtrigger_kept_1cb0d",
                    table="payments_check",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="check",
            trigger=pgtrigger.compiler.Trigger(
                name="fixed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."account" IS DISTINCT FROM (NEW."account") OR OLD."at" IS DISTINCT FROM (NEW."at") OR OLD."card" IS DISTINCT FROM (NEW."card") OR OLD."crashed" IS DISTINCT FROM (NEW."crashed") OR OLD."due_at" IS DISTINCT FROM (NEW."due_at") OR OLD."payment_id" IS DISTINCT FROM (NEW."payment_id") OR OLD."rules" IS DISTINCT FROM (NEW."rules") OR OLD."score" IS DISTINCT FROM (NEW."score") OR OLD."threshold" IS DISTINCT FROM (NEW."threshold"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="bd7edaa54a128888e99c5ee722d7682f30abd17a",
                    operation="UPDATE",
                    pgid="pgtrigger_fixed_c6ce0",
                    table="payments_check",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="check",
            trigger=pgtrigger.compiler.Trigger(
                name="end_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.\"verdict\" IN ('clear', 'approved', 'declined'))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="25de2420449942820696ac3a2e814b07dad28641",
                    operation="UPDATE",
                    pgid="pgtrigger_end_stays_a8d7b",
                    table="payments_check",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="sighting",
            index=models.Index(fields=["kind", "mark"], name="sighting_mark"),
        ),
        migrations.AddIndex(
            model_name="sighting",
            index=models.Index(fields=["last_at"], name="sighting_old"),
        ),
        migrations.AddConstraint(
            model_name="sighting",
            constraint=models.UniqueConstraint(fields=("user", "kind", "mark"), name="sighting_once"),
        ),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
