
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('events', '0001_initial'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='event',
            name='event_subject_known',
        ),
        migrations.AlterField(
            model_name='event',
            name='subject_kind',
            field=models.CharField(choices=[('order', 'Order'), ('supplier', 'Supplier'), ('person', 'Person'), ('bank_statement', 'Bank Statement'), ('payout_batch', 'Payout Batch')], max_length=20),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.CheckConstraint(condition=models.Q(('subject_kind__in', ('order', 'supplier', 'person', 'bank_statement', 'payout_batch'))), name='event_subject_known'),
        ),
    ]
