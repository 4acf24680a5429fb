"""Bank entries that are a bank charge or our own money, and a processor's payout that finance accepts."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0012_held_taken_back"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="bankentry",
            name="end_stays",
        ),
        migrations.RemoveConstraint(
            model_name="bankentry",
            name="entry_status_fits_direction",
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
                    ("charge", "A bank charge"),
                    ("own", "Our own money"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="matchproposal",
            name="kind",
            field=models.CharField(
                choices=[
                    ("match", "Match to an instalment"),
                    ("split", "Split over several instalments"),
                    ("refund", "Refund to the payer"),
                    ("return", "Return to the sender"),
                    ("payout", "Accept as a card processor’s payout"),
                    ("charge", "Book as a bank charge"),
                    ("own", "Book as our own money"),
                ],
                max_length=6,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="bankentry",
            trigger=pgtrigger.compiler.Trigger(
                name="end_stays",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.\"status\" IN ('matched', 'returned', 'reversed', 'ours', 'reversal', 'split', 'settled', 'charge', 'own'))",
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="1440570f43400bdb77a1542c75dff438f4448208",
                    operation="UPDATE",
                    pgid="pgtrigger_end_stays_b18fa",
                    table="payments_bankentry",
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
                            (
                                "matched",
                                "suspense",
                                "returning",
                                "returned",
                                "reversed",
                                "ours",
                                "split",
                                "settled",
                                "charge",
                                "own",
                            ),
                        ),
                    ),
                    models.Q(
                        ("direction", "debit"),
                        ("status__in", ("ours", "reversal", "unknown", "settled", "charge", "own")),
                    ),
                    _connector="OR",
                ),
                name="entry_status_fits_direction",
            ),
        ),
    ]
