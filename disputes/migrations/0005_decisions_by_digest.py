from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('disputes', '0004_paid_in_part'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='decision',
            index=models.Index(condition=models.Q(('status', 'final')), fields=['digest'], name='decision_by_digest', opclasses=['varchar_pattern_ops']),
        ),
    ]
