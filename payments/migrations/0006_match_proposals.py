"""Proposals that take two persons, buyers' words on who paid, and entries that are split into parts."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


READ = ("matchproposal", "payerquestion")


def grant(apps, schema_editor):
    """Finance sees what waits for a second person, and what buyers say of payers."""
    content_type = apps.get_model("contenttypes", "ContentType")
    permission = apps.get_model("auth", "Permission")
    group = apps.get_model("auth", "Group")
    for model in READ:
        kind, _ = content_type.objects.get_or_create(app_label="payments", model=model)
        words = f"Can view {apps.get_model('payments', model)._meta.verbose_name}"
        made, _ = permission.objects.get_or_create(
            content_type=kind, codename=f"view_{model}", defaults={"name": words}
        )
        group.objects.get(name="finance").permissions.add(made)


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0005_statements'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='MatchProposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('match', 'Match to an instalment'), ('split', 'Split over several instalments'), ('refund', 'Refund to the payer'), ('return', 'Return to the sender')], max_length=6)),
                ('currency', models.CharField(max_length=3)),
                ('amount_minor', models.BigIntegerField(verbose_name='of the entry')),
                ('terms', models.JSONField()),
                ('digest', models.CharField(max_length=64, verbose_name='SHA-256 of the terms')),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('proposed_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('open', 'Waits for a second person'), ('done', 'Confirmed and done'), ('declined', 'Declined'), ('lapsed', 'Lapsed')], default='open', max_length=8)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('ended_because', models.CharField(blank=True, max_length=300)),
            ],
        ),
        migrations.CreateModel(
            name='PayerQuestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('asked', 'The buyer is asked'), ('named', 'Named by the buyer'), ('confirmed', 'Confirmed by finance'), ('disowned', "Not the buyer's"), ('closed', 'Closed, the money went elsewhere')], default='asked', max_length=9)),
                ('asked_at', models.DateTimeField()),
                ('name', models.CharField(blank=True, max_length=200, verbose_name='the payer, as the buyer names it')),
                ('relation', models.CharField(blank=True, max_length=300, verbose_name='why it pays for the buyer')),
                ('named_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='bankentry',
            name='statement_fixed',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='bankentry',
            name='end_stays',
        ),
        migrations.RemoveConstraint(
            model_name='bankentry',
            name='entry_status_fits_direction',
        ),
        migrations.AddField(
            model_name='bankentry',
            name='split_of',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='payments.bankentry', verbose_name='a part of'),
        ),
        migrations.AlterField(
            model_name='bankentry',
            name='status',
            field=models.CharField(choices=[('matched', 'Matched'), ('suspense', 'In suspense'), ('returning', 'On its way back to the sender'), ('returned', 'Returned to the sender'), ('reversed', 'Taken back by the bank'), ('ours', 'A sending of ours'), ('reversal', 'Takes a credit back'), ('unknown', 'Not known'), ('split', 'Split into parts')], max_length=10),
        ),
        migrations.AlterField(
            model_name='bankentry',
            name='why',
            field=models.CharField(blank=True, max_length=500, verbose_name='why it is so'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='bankentry',
            trigger=pgtrigger.compiler.Trigger(name='statement_fixed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."account_number" IS DISTINCT FROM (NEW."account_number") OR OLD."amount_minor" IS DISTINCT FROM (NEW."amount_minor") OR OLD."arrived_at" IS DISTINCT FROM (NEW."arrived_at") OR OLD."bank_reference" IS DISTINCT FROM (NEW."bank_reference") OR OLD."charges_minor" IS DISTINCT FROM (NEW."charges_minor") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."direction" IS DISTINCT FROM (NEW."direction") OR OLD."end_to_end_id" IS DISTINCT FROM (NEW."end_to_end_id") OR OLD."entry" IS DISTINCT FROM (NEW."entry") OR OLD."payer_name" IS DISTINCT FROM (NEW."payer_name") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."split_of_id" IS DISTINCT FROM (NEW."split_of_id") OR OLD."statement_id" IS DISTINCT FROM (NEW."statement_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='d68c5b9fc44aa08e57c04a55c233aa267e3f6c1e', operation='UPDATE', pgid='pgtrigger_statement_fixed_b7bb9', table='payments_bankentry', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='bankentry',
            trigger=pgtrigger.compiler.Trigger(name='end_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."status" IN (\'matched\', \'returned\', \'reversed\', \'ours\', \'reversal\', \'split\'))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='8ec508370636860c27880e8556af7c37d97f82c4', operation='UPDATE', pgid='pgtrigger_end_stays_b18fa', table='payments_bankentry', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='bankentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('direction', 'credit'), ('status__in', ('matched', 'suspense', 'returning', 'returned', 'reversed', 'ours', 'split'))), models.Q(('direction', 'debit'), ('status__in', ('ours', 'reversal', 'unknown'))), _connector='OR'), name='entry_status_fits_direction'),
        ),
        migrations.AddField(
            model_name='matchproposal',
            name='ended_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='matchproposal',
            name='entry',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to='payments.bankentry'),
        ),
        migrations.AddField(
            model_name='matchproposal',
            name='proposed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='payerquestion',
            name='asked_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='payerquestion',
            name='ended_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='payerquestion',
            name='entry',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='payments.bankentry'),
        ),
        migrations.AddField(
            model_name='payerquestion',
            name='instalment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.instalment'),
        ),
        migrations.AddField(
            model_name='payerquestion',
            name='named_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='payerquestion',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payer_questions', to='orders.order'),
        ),
        migrations.AddIndex(
            model_name='matchproposal',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['id'], name='proposal_waiting'),
        ),
        migrations.AddConstraint(
            model_name='matchproposal',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('entry',), name='proposal_open_once'),
        ),
        migrations.AddConstraint(
            model_name='matchproposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'done'), _negated=True), models.Q(('ended_by__isnull', False), models.Q(('ended_by', models.F('proposed_by')), _negated=True)), _connector='OR'), name='proposal_takes_two_persons'),
        ),
        migrations.AddConstraint(
            model_name='matchproposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='proposal_ended_has_time'),
        ),
        migrations.AddConstraint(
            model_name='matchproposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('declined', 'lapsed')), _negated=True), models.Q(('ended_because', ''), _negated=True), _connector='OR'), name='proposal_ended_has_why'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='matchproposal',
            trigger=pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='ad3e1463e734ac30c9e536e9f4bb89a93493ac8c', operation='DELETE', pgid='pgtrigger_kept_00ef1', table='payments_matchproposal', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='matchproposal',
            trigger=pgtrigger.compiler.Trigger(name='fixed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."amount_minor" IS DISTINCT FROM (NEW."amount_minor") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."digest" IS DISTINCT FROM (NEW."digest") OR OLD."entry_id" IS DISTINCT FROM (NEW."entry_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."proposed_at" IS DISTINCT FROM (NEW."proposed_at") OR OLD."proposed_by_id" IS DISTINCT FROM (NEW."proposed_by_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."terms" IS DISTINCT FROM (NEW."terms"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='48f9151b703cb3fa996c66dc85fae0dbfe3439ce', operation='UPDATE', pgid='pgtrigger_fixed_6ea65', table='payments_matchproposal', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='matchproposal',
            trigger=pgtrigger.compiler.Trigger(name='end_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state <> 'open')", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='3cc6bb856797de1851d3a203dc8d9009ac86634b', operation='UPDATE', pgid='pgtrigger_end_stays_e0cc7', table='payments_matchproposal', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='payerquestion',
            index=models.Index(condition=models.Q(('state', 'asked')), fields=['order'], name='payer_asked_of_order'),
        ),
        migrations.AddConstraint(
            model_name='payerquestion',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('asked', 'named'))), fields=('entry',), name='payer_asked_one_buyer_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='payerquestion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('named', 'confirmed')), _negated=True), models.Q(models.Q(('name', ''), _negated=True), models.Q(('relation', ''), _negated=True), ('named_at__isnull', False), ('named_by__isnull', False)), _connector='OR'), name='payer_named_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='payerquestion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'confirmed'), _negated=True), models.Q(('ended_by__isnull', False), models.Q(('ended_by', models.F('named_by')), _negated=True)), _connector='OR'), name='payer_confirmed_by_another'),
        ),
        migrations.AddConstraint(
            model_name='payerquestion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('state__in', ('asked', 'named'))), models.Q(models.Q(('state__in', ('asked', 'named')), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='payer_question_ended_has_time'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payerquestion',
            trigger=pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='62e502f84e2c608f0489b3506ff8c34d4f54d272', operation='DELETE', pgid='pgtrigger_kept_b1ff1', table='payments_payerquestion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payerquestion',
            trigger=pgtrigger.compiler.Trigger(name='fixed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."asked_at" IS DISTINCT FROM (NEW."asked_at") OR OLD."asked_by_id" IS DISTINCT FROM (NEW."asked_by_id") OR OLD."entry_id" IS DISTINCT FROM (NEW."entry_id") OR OLD."instalment_id" IS DISTINCT FROM (NEW."instalment_id") OR OLD."order_id" IS DISTINCT FROM (NEW."order_id"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='b467878ccb9e67fdf108efafe8ca6e7dd97e1ea1', operation='UPDATE', pgid='pgtrigger_fixed_3e955', table='payments_payerquestion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payerquestion',
            trigger=pgtrigger.compiler.Trigger(name='end_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state IN ('confirmed', 'disowned', 'closed'))", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='23a2a7f1554842a18e7a07d3da4b295128c88626', operation='UPDATE', pgid='pgtrigger_end_stays_9cf04', table='payments_payerquestion', when='BEFORE')),
        ),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
