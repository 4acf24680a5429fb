"""What each night's closing found, and what finance may see of it."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

READ = [("dailyclose", "daily close"), ("closeline", "close line"), ("receivable", "supplier that owes us")]


def grant(apps, schema_editor):
    content_type = apps.get_model("contenttypes", "ContentType")
    permission = apps.get_model("auth", "Permission")
    finance = apps.get_model("auth", "Group").objects.get(name="finance")
    for model, words in READ:
        kind, _ = content_type.objects.get_or_create(app_label="payments", model=model)
        made, _ = permission.objects.get_or_create(
            content_type=kind, codename=f"view_{model}", defaults={"name": f"Can view {words}"}
        )
        finance.permissions.add(made)


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0008_fraud"),
        ("ledger", "0002_rollup"),
        ("accounts", "0002_staff_groups"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.CreateModel(
            name='Receivable',
            fields=[
            ],
            options={
                'verbose_name': 'supplier that owes us',
                'verbose_name_plural': 'suppliers that owe us',
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('ledger.account',),
        ),
        migrations.CreateModel(
            name='DailyClose',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='day (UTC)')),
                ('run', models.PositiveIntegerField()),
                ('made_at', models.DateTimeField()),
                ('verdict', models.CharField(choices=[('clean', 'Clean'), ('look', 'To look at'), ('alarm', 'Alarm')], max_length=5)),
                ('alarms', models.PositiveIntegerField(default=0)),
                ('looks', models.PositiveIntegerField(default=0, verbose_name='to look at')),
                ('balances', models.JSONField(default=list, verbose_name='the books then')),
                ('proof', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.proofrun')),
            ],
            options={
                'verbose_name': 'daily close',
                'verbose_name_plural': 'daily closes',
            },
        ),
        migrations.CreateModel(
            name='CloseLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('check_name', models.CharField(max_length=20, verbose_name='check')),
                ('level', models.CharField(choices=[('explained', 'Explained'), ('look', 'To look at'), ('alarm', 'Alarm')], max_length=9)),
                ('currency', models.CharField(blank=True, max_length=3)),
                ('subject', models.CharField(blank=True, max_length=200, verbose_name='about')),
                ('sentence', models.CharField(max_length=600, verbose_name='what was found')),
                ('expected_minor', models.BigIntegerField(blank=True, null=True, verbose_name='should be')),
                ('found_minor', models.BigIntegerField(blank=True, null=True, verbose_name='is')),
                ('age_days', models.PositiveIntegerField(blank=True, null=True, verbose_name='days old')),
                ('close', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='payments.dailyclose')),
            ],
        ),
        migrations.AddConstraint(
            model_name='dailyclose',
            constraint=models.UniqueConstraint(fields=('day', 'run'), name='close_run_once'),
        ),
        migrations.AddConstraint(
            model_name='dailyclose',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('alarms__gt', 0), ('verdict', 'alarm')), models.Q(('alarms', 0), ('looks__gt', 0), ('verdict', 'look')), models.Q(('alarms', 0), ('looks', 0), ('verdict', 'clean')), _connector='OR'), name='close_verdict_fits'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='dailyclose',
            trigger=pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='852e33a74c6e06cf690ceb9fb2fbf1a6a1a5f583', operation='UPDATE OR DELETE', pgid='pgtrigger_kept_80b56', table='payments_dailyclose', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='closeline',
            index=models.Index(fields=['close', 'level'], name='close_line_level'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='closeline',
            trigger=pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='ad4264133d500160075205dc567f1bb145cf3697', operation='UPDATE OR DELETE', pgid='pgtrigger_kept_7e5ac', table='payments_closeline', when='BEFORE')),
        ),
        migrations.RunPython(grant, migrations.RunPython.noop),
    ]
