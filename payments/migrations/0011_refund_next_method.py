"""Which way a refund goes next that came back: staff may choose a transfer (Rulebook 22)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0010_statement_links")]

    operations = [
        migrations.AddField(
            model_name="refund",
            name="next_method",
            field=models.CharField(
                blank=True,
                choices=[("card", "Credit or debit card"), ("online", "Online bank payment"), ("tt", "T/T, bank wire")],
                default="",
                max_length=6,
                verbose_name="how it goes next, by staff",
            ),
            preserve_default=False,
        ),
    ]
