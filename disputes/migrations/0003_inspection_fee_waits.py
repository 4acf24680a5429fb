from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('disputes', '0002_staff_may'),
    ]

    operations = [
        migrations.AddField(
            model_name='performance',
            name='extra_minor',
            field=models.BigIntegerField(default=0, verbose_name="an inspection's fee, refunded with it"),
        ),
    ]
