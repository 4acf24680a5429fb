import datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0006_cover_as_signed'),
        ('suppliers', '0002_penalty_points'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='hold',
            name='hold_above_zero',
        ),
        migrations.RemoveConstraint(
            model_name='line',
            name='line_not_overshipped',
        ),
        migrations.RemoveConstraint(
            model_name='order',
            name='order_escrow_not_negative',
        ),
        migrations.RemoveConstraint(
            model_name='order',
            name='order_refunds_within_cleared',
        ),
        migrations.AddField(
            model_name='hold',
            name='wanted_minor',
            field=models.BigIntegerField(default=0, verbose_name='to be held; more than is held when escrow had not enough'),
        ),
        migrations.AddField(
            model_name='line',
            name='cancelled_quantity',
            field=models.PositiveBigIntegerField(default=0, verbose_name='never shipped, refunded'),
        ),
        migrations.AddField(
            model_name='line',
            name='refunded_minor',
            field=models.BigIntegerField(default=0, verbose_name='awarded for it so far'),
        ),
        migrations.AddField(
            model_name='line',
            name='refunded_quantity',
            field=models.PositiveBigIntegerField(default=0, verbose_name='units that awards have paid for'),
        ),
        migrations.AddField(
            model_name='line',
            name='window_closed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='line',
            name='window_ends_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='its protection ends'),
        ),
        migrations.AddField(
            model_name='line',
            name='window_left',
            field=models.DurationField(blank=True, null=True, verbose_name='of its protection, while a dispute stops the clock'),
        ),
        migrations.AddField(
            model_name='order',
            name='auto_confirm_floor_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='not before, after a dispute'),
        ),
        migrations.AddField(
            model_name='order',
            name='auto_confirm_paused',
            field=models.DurationField(default=datetime.timedelta, verbose_name='how long its clock stood still'),
        ),
        migrations.AddField(
            model_name='order',
            name='auto_confirm_stopped_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='its clock stands still since'),
        ),
        migrations.AddField(
            model_name='order',
            name='charged_back_escrow_minor',
            field=models.BigIntegerField(default=0, verbose_name='of it from escrow'),
        ),
        migrations.AddField(
            model_name='order',
            name='charged_back_minor',
            field=models.BigIntegerField(default=0, verbose_name='of what cleared, lost to a card network'),
        ),
        migrations.AddField(
            model_name='order',
            name='contested_minor',
            field=models.BigIntegerField(default=0, verbose_name='of what cleared, contested at a card network'),
        ),
        migrations.AddField(
            model_name='order',
            name='later_reserve_minor',
            field=models.BigIntegerField(default=0, verbose_name='of the reserve, for lines whose window was stopped'),
        ),
        migrations.AddField(
            model_name='order',
            name='open_disputes',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='order',
            name='winding_up_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name="its end is settled but for the supplier's cost"),
        ),
        migrations.AlterField(
            model_name='hold',
            name='amount_minor',
            field=models.BigIntegerField(verbose_name='held now'),
        ),
    ]
