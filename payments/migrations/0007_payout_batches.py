"""Payment files, and what finance may do with them."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

SEES = ("payoutbatch", "batchitem", "senderaccount")
MAY = {
    "make_batch": "Can make a payment file",
    "release_batch": "Can release a payment file that somebody else made, and take it to the bank",
}


def grant(apps, schema_editor):
    content_type = apps.get_model("contenttypes", "ContentType")
    permission = apps.get_model("auth", "Permission")
    finance = apps.get_model("auth", "Group").objects.get(name="finance")
    for name in SEES:
        kind, _ = content_type.objects.get_or_create(app_label="payments", model=name)
        wanted = {f"view_{name}": f"Can view {apps.get_model('payments', name)._meta.verbose_name}"}
        for codename, words in (wanted | (MAY if name == "payoutbatch" else {})).items():
            made, _ = permission.objects.get_or_create(content_type=kind, codename=codename, defaults={"name": words})
            finance.permissions.add(made)


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0006_match_proposals'),
        ('accounts', '0002_staff_groups'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PayoutBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('message_id', models.CharField(max_length=35, unique=True)),
                ('currency', models.CharField(max_length=3)),
                ('execute_on', models.DateField(verbose_name='the bank is to execute it on')),
                ('count', models.PositiveIntegerField(verbose_name='transfers')),
                ('total_minor', models.BigIntegerField()),
                ('digest', models.CharField(max_length=64, verbose_name='SHA-256 of what it sends')),
                ('file', models.BinaryField()),
                ('file_sha256', models.CharField(max_length=64, verbose_name='SHA-256 of the file')),
                ('state', models.CharField(choices=[('made', 'Waits for a second person'), ('released', 'Released'), ('sent', 'With the bank'), ('confirmed', 'Ended'), ('dropped', 'Dropped')], default='made', max_length=9)),
                ('made_at', models.DateTimeField()),
                ('released_at', models.DateTimeField(blank=True, null=True)),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='file first taken')),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('dropped_because', models.CharField(blank=True, max_length=300)),
                ('dropped_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('released_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('sent_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'payment file',
                'permissions': [('make_batch', 'Can make a payment file'), ('release_batch', 'Can release a payment file that somebody else made, and take it to the bank')],
            },
        ),
        migrations.CreateModel(
            name='BatchItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('end_to_end', models.CharField(max_length=35, verbose_name='our reference')),
                ('amount_minor', models.BigIntegerField()),
                ('holder', models.CharField(max_length=140)),
                ('country', models.CharField(max_length=2)),
                ('iban', models.CharField(blank=True, max_length=34, verbose_name='IBAN')),
                ('number', models.CharField(blank=True, max_length=34, verbose_name='account number')),
                ('bic', models.CharField(blank=True, max_length=11, verbose_name='BIC / SWIFT')),
                ('bank_name', models.CharField(blank=True, max_length=105, verbose_name='bank')),
                ('is_dropped', models.BooleanField(default=False)),
                ('payout', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='batch_items', to='payments.payout')),
                ('refund', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='batch_items', to='payments.refund')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='payments.payoutbatch')),
            ],
            options={
                'verbose_name': 'transfer',
            },
        ),
        migrations.CreateModel(
            name='SenderAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('holder', models.CharField(max_length=140)),
                ('country', models.CharField(max_length=2, verbose_name='country of the bank')),
                ('iban', models.CharField(blank=True, max_length=34, verbose_name='IBAN')),
                ('number', models.CharField(blank=True, max_length=34, verbose_name='account number')),
                ('bic', models.CharField(blank=True, max_length=11, verbose_name='BIC / SWIFT')),
                ('bank_name', models.CharField(blank=True, max_length=105, verbose_name='bank')),
                ('named_at', models.DateTimeField()),
                ('named_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sender_accounts', to='payments.payment')),
            ],
        ),
        migrations.AddConstraint(
            model_name='payoutbatch',
            constraint=models.CheckConstraint(condition=models.Q(('released_by', models.F('made_by')), _negated=True), name='batch_two_persons'),
        ),
        migrations.AddConstraint(
            model_name='payoutbatch',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ('made', 'dropped')), models.Q(('released_at__isnull', False), ('released_by__isnull', False)), _connector='OR'), name='batch_sent_was_released'),
        ),
        migrations.AddConstraint(
            model_name='payoutbatch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('sent', 'confirmed')), _negated=True), models.Q(('sent_at__isnull', False), ('sent_by__isnull', False)), _connector='OR'), name='batch_sent_says_by_whom'),
        ),
        migrations.AddConstraint(
            model_name='payoutbatch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'dropped'), _negated=True), models.Q(('dropped_by__isnull', False), models.Q(('dropped_because', ''), _negated=True)), _connector='OR'), name='batch_dropped_has_why'),
        ),
        migrations.AddConstraint(
            model_name='payoutbatch',
            constraint=models.CheckConstraint(condition=models.Q(('count__gt', 0), ('total_minor__gt', 0)), name='batch_sends_something'),
        ),
        migrations.AddConstraint(
            model_name='payoutbatch',
            constraint=models.CheckConstraint(condition=models.Q(('file_sha256', models.Func(models.F('file'), output_field=models.CharField(), template="encode(sha256(%(expressions)s), 'hex')"))), name='batch_hash_is_of_its_file'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payoutbatch',
            trigger=pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='b62301dc619f1a6dbb33142ab24f12eb30f9db41', operation='DELETE', pgid='pgtrigger_kept_85587', table='payments_payoutbatch', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payoutbatch',
            trigger=pgtrigger.compiler.Trigger(name='fixed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."count" IS DISTINCT FROM (NEW."count") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."digest" IS DISTINCT FROM (NEW."digest") OR OLD."execute_on" IS DISTINCT FROM (NEW."execute_on") OR OLD."file" IS DISTINCT FROM (NEW."file") OR OLD."file_sha256" IS DISTINCT FROM (NEW."file_sha256") OR OLD."made_at" IS DISTINCT FROM (NEW."made_at") OR OLD."made_by_id" IS DISTINCT FROM (NEW."made_by_id") OR OLD."message_id" IS DISTINCT FROM (NEW."message_id") OR OLD."total_minor" IS DISTINCT FROM (NEW."total_minor"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='541d1494e3ad6c71dffccb15d3be3beee9b5c16e', operation='UPDATE', pgid='pgtrigger_fixed_a417a', table='payments_payoutbatch', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payoutbatch',
            trigger=pgtrigger.compiler.Trigger(name='released_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.released_by_id IS NOT NULL AND OLD.released_by_id IS DISTINCT FROM NEW.released_by_id)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='e74e428f9e8c21de8d8403cdec2fe82de0737025', operation='UPDATE', pgid='pgtrigger_released_once_8faef', table='payments_payoutbatch', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payoutbatch',
            trigger=pgtrigger.compiler.Trigger(name='steps', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('made', 'released'), ('made', 'dropped'), ('released', 'dropped'), ('released', 'sent'), ('sent', 'confirmed')))", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='a914a9a223fe693a3de2a70bab8b229c20a65095', operation='UPDATE', pgid='pgtrigger_steps_8334d', table='payments_payoutbatch', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='batchitem',
            index=models.Index(fields=['end_to_end'], name='item_by_reference'),
        ),
        migrations.AddConstraint(
            model_name='batchitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('payout__isnull', True), ('refund__isnull', False)), models.Q(('payout__isnull', False), ('refund__isnull', True)), _connector='OR'), name='item_is_one'),
        ),
        migrations.AddConstraint(
            model_name='batchitem',
            constraint=models.UniqueConstraint(condition=models.Q(('is_dropped', False)), fields=('refund',), name='refund_in_one_batch'),
        ),
        migrations.AddConstraint(
            model_name='batchitem',
            constraint=models.UniqueConstraint(condition=models.Q(('is_dropped', False)), fields=('payout',), name='payout_in_one_batch'),
        ),
        migrations.AddConstraint(
            model_name='batchitem',
            constraint=models.UniqueConstraint(fields=('batch', 'end_to_end'), name='item_once_a_batch'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='batchitem',
            trigger=pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='217a61a3a54242db9be49d037cfd92d0c3c40d42', operation='DELETE', pgid='pgtrigger_kept_05d86', table='payments_batchitem', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='batchitem',
            trigger=pgtrigger.compiler.Trigger(name='fixed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."amount_minor" IS DISTINCT FROM (NEW."amount_minor") OR OLD."bank_name" IS DISTINCT FROM (NEW."bank_name") OR OLD."batch_id" IS DISTINCT FROM (NEW."batch_id") OR OLD."bic" IS DISTINCT FROM (NEW."bic") OR OLD."country" IS DISTINCT FROM (NEW."country") OR OLD."end_to_end" IS DISTINCT FROM (NEW."end_to_end") OR OLD."holder" IS DISTINCT FROM (NEW."holder") OR OLD."iban" IS DISTINCT FROM (NEW."iban") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."payout_id" IS DISTINCT FROM (NEW."payout_id") OR OLD."refund_id" IS DISTINCT FROM (NEW."refund_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='4e45ff77f2f75dc7e67b3834fac5f34fff444689', operation='UPDATE', pgid='pgtrigger_fixed_73ebe', table='payments_batchitem', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='batchitem',
            trigger=pgtrigger.compiler.Trigger(name='dropped_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.is_dropped AND NOT NEW.is_dropped)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='74ea914780ff9da0bc61cd89408a565ddc3cd39c', operation='UPDATE', pgid='pgtrigger_dropped_once_67aab', table='payments_batchitem', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='senderaccount',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('iban', ''), _negated=True), ('number', '')), models.Q(('iban', ''), models.Q(('number', ''), _negated=True), models.Q(('bic', ''), _negated=True)), _connector='OR'), name='sender_account_is_one'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='senderaccount',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='8fefb63e16abf874809e75c3a0bd0679d74d3af9', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_b1bc9', table='payments_senderaccount', when='BEFORE')),
        ),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
