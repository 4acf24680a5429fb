import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0009_daily_close"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="bankentry",
            name="end_stays",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="check",
            name="end_stays",
        ),
        migrations.RemoveConstraint(
            model_name="bankentry",
            name="entry_status_fits_direction",
        ),
        migrations.RemoveConstraint(
            model_name="check",
            name="check_reviewed_by_somebody",
        ),
        migrations.AddField(
            model_name="bankentry",
            name="gateway",
            field=models.CharField(
                blank=True, default="", max_length=40, verbose_name="card processor that it is of, by its words"
            ),
        ),
        migrations.AddField(
            model_name="bankentry",
            name="payout_batch",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="bank_entries",
                to="payments.payoutbatch",
                verbose_name="our payment file",
            ),
        ),
        migrations.AddField(
            model_name="bankentry",
            name="return_of",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="left",
                to="payments.bankentry",
                verbose_name="sends back",
            ),
        ),
        migrations.AddField(
            model_name="bankentry",
            name="settlement",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="bank_entry",
                to="payments.gatewaysettlement",
                verbose_name="payout of the processor",
            ),
        ),
        migrations.AddField(
            model_name="gatewaysettlement",
            name="arrives_on",
            field=models.DateField(blank=True, null=True, verbose_name="expected at our bank"),
        ),
        migrations.AlterField(
            model_name="bankentry",
            name="status",
            field=models.CharField(
                choices=[
                    ("matched", "Matched"),
                    ("suspense", "In suspense"),
                    ("returning", "On its way back to the sender"),
                    ("returned", "Returned to the sender"),
                    ("reversed", "Taken back by the bank"),
                    ("ours", "A sending of ours"),
                    ("reversal", "Takes a credit back"),
                    ("unknown", "Not known"),
                    ("split", "Split into parts"),
                    ("settled", "Paid out by a gateway"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="check",
            name="verdict",
            field=models.CharField(
                choices=[
                    ("clear", "Clear"),
                    ("held", "Held"),
                    ("approved", "Approved"),
                    ("declined", "Declined"),
                    ("reversed", "Taken back by the bank"),
                ],
                max_length=8,
            ),
        ),
        migrations.AddIndex(
            model_name="bankentry",
            index=models.Index(
                condition=models.Q(("gateway", ""), _negated=True), fields=["id"], name="entry_of_gateway"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="bankentry",
            trigger=pgtrigger.compiler.Trigger(
                name="end_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.\"status\" IN ('matched', 'returned', 'reversed', 'ours', 'reversal', 'split', 'settled'))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="a4326b1eda4d66ce5e1402e64ba907c4a56dd8f0",
                    operation="UPDATE",
                    pgid="pgtrigger_end_stays_b18fa",
                    table="payments_bankentry",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="check",
            trigger=pgtrigger.compiler.Trigger(
                name="end_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.\"verdict\" IN ('clear', 'approved', 'declined', 'reversed'))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="0a9fc944c045e7e0abdbc6f7f6801268267dd9cf",
                    operation="UPDATE",
                    pgid="pgtrigger_end_stays_a8d7b",
                    table="payments_check",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="bankentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("direction", "credit"),
                        (
                            "status__in",
                            ("matched", "suspense", "returning", "returned", "reversed", "ours", "split", "settled"),
                        ),
                    ),
                    models.Q(("direction", "debit"), ("status__in", ("ours", "reversal", "unknown", "settled"))),
                    _connector="OR",
                ),
                name="entry_status_fits_direction",
            ),
        ),
        migrations.AddConstraint(
            model_name="bankentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("settlement__isnull", False), ("status", "settled"), models.Q(("gateway", ""), _negated=True)
                    ),
                    models.Q(models.Q(("status", "settled"), _negated=True), ("settlement__isnull", True)),
                    _connector="OR",
                ),
                name="entry_settled_has_payout",
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
                    models.Q(
                        ("reviewed_at__isnull", False),
                        ("reviewed_by__isnull", True),
                        ("verdict", "reversed"),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="check_reviewed_by_somebody",
            ),
        ),
    ]
