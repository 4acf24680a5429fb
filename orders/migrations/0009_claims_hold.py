import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("orders", "0008_windows_by_line")]

    operations = [
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gte', 0), ('amount_minor__lte', models.F('wanted_minor')), ('wanted_minor__gt', 0)), name='hold_within_wanted'),
        ),
        migrations.AddConstraint(
            model_name='line',
            constraint=models.CheckConstraint(condition=models.Q(('shipped_quantity__lte', django.db.models.expressions.CombinedExpression(models.F('quantity'), '-', models.F('cancelled_quantity')))), name='line_not_overshipped'),
        ),
        migrations.AddConstraint(
            model_name='line',
            constraint=models.CheckConstraint(condition=models.Q(('window_ends_at__isnull', True), ('window_left__isnull', True), _connector='OR'), name='line_clock_runs_or_stands'),
        ),
        migrations.AddConstraint(
            model_name='line',
            constraint=models.CheckConstraint(condition=models.Q(('refunded_minor__gte', 0), ('refunded_quantity__lte', models.F('quantity'))), name='line_refunds_within'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('cleared_minor__gte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('released_minor'), '+', models.F('refunded_escrow_minor')), '+', models.F('charged_back_escrow_minor')), '+', models.F('unborne_minor')), '-', models.F('borne_minor')))), name='order_escrow_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('cleared_minor__gte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('refunded_minor'), '+', models.F('charged_back_minor')), '+', models.F('contested_minor')))), name='order_refunds_within_cleared'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('later_reserve_minor__gte', 0), ('reserve_minor__gte', models.F('later_reserve_minor')), ('charged_back_minor__gte', models.F('charged_back_escrow_minor')), ('contested_minor__gte', 0)), name='order_parts_within_wholes'),
        ),
    ]
