from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('disputes', '0003_inspection_fee_waits'),
    ]

    operations = [
        migrations.AddField(
            model_name='disputedline',
            name='awarded_minor',
            field=models.BigIntegerField(default=0, verbose_name='paid of it while the case goes on'),
        ),
    ]
