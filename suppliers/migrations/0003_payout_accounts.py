
import datetime
import django.db.models.deletion
import django.db.models.expressions
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('suppliers', '0002_penalty_points'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PayoutAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('currency', models.CharField(blank=True, max_length=3, verbose_name='for payouts in; empty is all')),
                ('holder', models.CharField(max_length=140)),
                ('country', models.CharField(max_length=2, verbose_name='country of the bank')),
                ('iban', models.CharField(blank=True, max_length=34, verbose_name='IBAN')),
                ('number', models.CharField(blank=True, max_length=34, verbose_name='account number')),
                ('bic', models.CharField(blank=True, max_length=11, verbose_name='BIC / SWIFT')),
                ('bank_name', models.CharField(blank=True, max_length=105, verbose_name='bank')),
                ('added_at', models.DateTimeField()),
                ('valid_from_at', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('supplier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payout_accounts', to='suppliers.supplier')),
                ('withdrawn_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['supplier', '-valid_from_at'], name='payout_account_of_supplier')],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_from_at__gte', django.db.models.expressions.CombinedExpression(models.F('added_at'), '+', models.Value(datetime.timedelta(days=1))))), name='payout_account_waits_24_h'), models.CheckConstraint(condition=models.Q(models.Q(models.Q(('iban', ''), _negated=True), ('number', '')), models.Q(('iban', ''), models.Q(('number', ''), _negated=True), models.Q(('bic', ''), _negated=True)), _connector='OR'), name='payout_account_is_one'), models.CheckConstraint(condition=models.Q(models.Q(('withdrawn_at__isnull', True), ('withdrawn_by__isnull', True)), models.Q(('withdrawn_at__lt', models.F('valid_from_at')), ('withdrawn_by__isnull', False)), _connector='OR'), name='payout_account_withdrawn_in_time')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payoutaccount',
            trigger=pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='ac16d6cbca9e180a535ad60bd14cf8cb9d9771cd', operation='DELETE', pgid='pgtrigger_kept_48c21', table='suppliers_payoutaccount', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payoutaccount',
            trigger=pgtrigger.compiler.Trigger(name='fixed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."added_at" IS DISTINCT FROM (NEW."added_at") OR OLD."added_by_id" IS DISTINCT FROM (NEW."added_by_id") OR OLD."bank_name" IS DISTINCT FROM (NEW."bank_name") OR OLD."bic" IS DISTINCT FROM (NEW."bic") OR OLD."country" IS DISTINCT FROM (NEW."country") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."holder" IS DISTINCT FROM (NEW."holder") OR OLD."iban" IS DISTINCT FROM (NEW."iban") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."supplier_id" IS DISTINCT FROM (NEW."supplier_id") OR OLD."valid_from_at" IS DISTINCT FROM (NEW."valid_from_at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='4fbe92567ed173960af30ddaeb3e598c9c7e079f', operation='UPDATE', pgid='pgtrigger_fixed_9c067', table='suppliers_payoutaccount', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payoutaccount',
            trigger=pgtrigger.compiler.Trigger(name='withdrawn_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."withdrawn_at" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='f3016170a938afaf274ecd399892b67ac1cdd8f7', operation='UPDATE', pgid='pgtrigger_withdrawn_once_04fa6', table='suppliers_payoutaccount', when='BEFORE')),
        ),
    ]
