import disputes.models.dispute
import disputes.models.evidence
import django.db.models.deletion
import django_fsm
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('orders', '0009_claims_hold'),
        ('suppliers', '0002_penalty_points'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Inspector',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, unique=True)),
                ('country', models.CharField(help_text='ISO 3166-1 alpha-2', max_length=2)),
                ('contact', models.EmailField(max_length=254)),
                ('is_listed', models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            name='Dispute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(default=disputes.models.dispute.new_reference, editable=False, max_length=10, unique=True)),
                ('claimant', models.CharField(choices=[('buyer', 'Buyer'), ('supplier', 'Supplier')], max_length=8)),
                ('key', models.UUIDField(unique=True, verbose_name='of the form that filed it, so that a double click files one')),
                ('status', django_fsm.FSMField(choices=[('open', 'Talking'), ('evidence', 'Escalated: evidence'), ('rebuttal', 'Escalated: rebuttal'), ('deciding', 'Being decided'), ('inspection', 'Waiting for an inspection'), ('decided', 'Decided, appeal possible'), ('appealed', 'Appealed'), ('returning', 'Goods going back'), ('replacing', 'Replacement agreed'), ('closed', 'Closed')], default='open', max_length=50, protected=True)),
                ('currency', models.CharField(max_length=3)),
                ('claimed_minor', models.BigIntegerField(verbose_name='asked for, as the remedies compute it')),
                ('cap_minor', models.BigIntegerField(verbose_name='of it covered: the most that can be awarded')),
                ('is_breach', models.BooleanField(default=False, verbose_name='an objective breach: no shipment by the ship-by date')),
                ('filed_at', models.DateTimeField()),
                ('answer_due_at', models.DateTimeField(verbose_name='the other side answers by')),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('escalate_from_at', models.DateTimeField(verbose_name='the claimant may escalate from')),
                ('escalate_at', models.DateTimeField(verbose_name='escalated by time')),
                ('award_at', models.DateTimeField(blank=True, null=True, verbose_name='awarded by time if nothing ships')),
                ('buyer_extended_at', models.DateTimeField(blank=True, null=True)),
                ('supplier_extended_at', models.DateTimeField(blank=True, null=True)),
                ('rejections', models.PositiveSmallIntegerField(default=0)),
                ('buyer_sealed_at', models.DateTimeField(blank=True, null=True, verbose_name='buyer lodged its limit')),
                ('supplier_sealed_at', models.DateTimeField(blank=True, null=True, verbose_name='supplier lodged its limit')),
                ('escalated_at', models.DateTimeField(blank=True, null=True)),
                ('escalated_by', models.CharField(blank=True, max_length=8, verbose_name='side, or time')),
                ('evidence_ends_at', models.DateTimeField(blank=True, null=True)),
                ('rebuttal_ends_at', models.DateTimeField(blank=True, null=True)),
                ('inspection_ends_at', models.DateTimeField(blank=True, null=True)),
                ('picked_up_at', models.DateTimeField(blank=True, null=True)),
                ('decide_by_at', models.DateTimeField(blank=True, null=True, verbose_name='decision due')),
                ('decide_extended_at', models.DateTimeField(blank=True, null=True, verbose_name='staff took longer, once')),
                ('staff_due_at', models.DateTimeField(blank=True, null=True, verbose_name="the legal clock of the staff's next move")),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('appeal_ends_at', models.DateTimeField(blank=True, null=True)),
                ('buyer_waived_at', models.DateTimeField(blank=True, null=True)),
                ('supplier_waived_at', models.DateTimeField(blank=True, null=True)),
                ('performance_due_at', models.DateTimeField(blank=True, null=True, verbose_name='next deadline of a return or replacement')),
                ('awarded_minor', models.BigIntegerField(default=0, verbose_name='paid to the claimant')),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('outcome', models.CharField(blank=True, choices=[('settled', 'Settled'), ('awarded', 'Awarded by time'), ('decided', 'Decided'), ('withdrawn', 'Withdrawn'), ('lapsed', 'Lapsed')], max_length=9)),
                ('frozen_at', models.DateTimeField(blank=True, null=True, verbose_name='stands still since: a card payment is contested')),
                ('adjudicator', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('filed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='orders.order')),
                ('supplier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='suppliers.supplier')),
            ],
            options={
                'permissions': [('decide', 'Can decide disputes: pick up, propose, approve')],
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='of this dispute')),
                ('is_on_appeal', models.BooleanField(default=False)),
                ('status', django_fsm.FSMField(choices=[('proposed', 'Waits for a second adjudicator'), ('sent_back', 'Sent back'), ('withdrawn', 'Taken back by its proposer'), ('final', 'Published')], default='proposed', max_length=50, protected=True)),
                ('proposed_at', models.DateTimeField()),
                ('needs_second', models.BooleanField(verbose_name='four eyes')),
                ('approved_digest', models.CharField(blank=True, max_length=64)),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('sent_back_because', models.TextField(blank=True, max_length=2000)),
                ('document', models.JSONField()),
                ('digest', models.CharField(max_length=64, verbose_name='SHA-256 of the canonical JSON')),
                ('award_minor', models.BigIntegerField(verbose_name='to the claimant, inspection fee included')),
                ('fee_minor', models.BigIntegerField(default=0, verbose_name="of it the inspection's fee")),
                ('with_return', models.BooleanField(default=False)),
                ('replace_by_at', models.DateTimeField(blank=True, null=True, verbose_name='replacement by consent, shipped by')),
                ('at_fault', models.CharField(blank=True, choices=[('buyer', 'Buyer'), ('supplier', 'Supplier')], max_length=8, verbose_name='the side at fault')),
                ('deviates', models.BooleanField(default=False, verbose_name='from the guide')),
                ('guide_version', models.PositiveSmallIntegerField()),
                ('summary', models.TextField(max_length=1000, verbose_name='for the public register, without names')),
                ('approved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('dispute', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='disputes.dispute')),
            ],
            options={
                'permissions': [('approve', "Can approve another adjudicator's decision")],
            },
        ),
        migrations.CreateModel(
            name='Claim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('non_shipment', 'Not shipped'), ('non_receipt', 'Not received'), ('late', 'Shipped late'), ('shortage', 'Quantity short'), ('quality', 'Quality not as agreed'), ('wrong', 'Wrong goods'), ('packaging', 'Packaging'), ('documents', 'Mandatory certificate missing'), ('cost', "Supplier's cost of a cancelled order")], max_length=12)),
                ('wish', models.CharField(choices=[('refund', 'Refund'), ('return', 'Return the goods and refund'), ('replacement', 'Replacement'), ('compensation', 'Compensation for the delay')], max_length=12)),
                ('agreed', models.TextField(max_length=2000, verbose_name='what was agreed')),
                ('came', models.TextField(max_length=2000, verbose_name='what came')),
                ('facts', models.JSONField(verbose_name='the figures that the amount is computed from')),
                ('quantity', models.PositiveBigIntegerField(default=0, verbose_name='units claimed')),
                ('computed_minor', models.BigIntegerField(verbose_name="by the remedy's formula")),
                ('working', models.JSONField(verbose_name='the computation, step by step, in words and amounts')),
                ('asked_minor', models.BigIntegerField(verbose_name='asked for, at most what was computed')),
                ('cap_minor', models.BigIntegerField(verbose_name='of it covered')),
                ('line', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='orders.line')),
                ('dispute', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='disputes.dispute')),
            ],
        ),
        migrations.CreateModel(
            name='CaseView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('dispute', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='views', to='disputes.dispute')),
            ],
        ),
        migrations.CreateModel(
            name='Appeal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('side', models.CharField(choices=[('buyer', 'Buyer'), ('supplier', 'Supplier')], max_length=8)),
                ('ground', models.CharField(choices=[('evidence', 'New evidence'), ('rule', 'A rule was applied wrongly')], max_length=8)),
                ('rule', models.CharField(blank=True, max_length=40, verbose_name='the rule')),
                ('reasons', models.TextField(max_length=5000)),
                ('filed_at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('dispute', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appeals', to='disputes.dispute')),
            ],
        ),
        migrations.CreateModel(
            name='DisputedLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cap_minor', models.BigIntegerField(verbose_name="of the claim's cap, this line's")),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('dispute', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disputed_lines', to='disputes.dispute')),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disputed', to='orders.line')),
            ],
        ),
        migrations.CreateModel(
            name='Evidence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='in the case file')),
                ('side', models.CharField(choices=[('buyer', 'Buyer'), ('supplier', 'Supplier'), ('staff', 'Staff')], max_length=8)),
                ('key', models.UUIDField(unique=True, verbose_name='of the upload, so that a repeated one counts once')),
                ('name', models.CharField(max_length=150, verbose_name='as its sender named it, made safe')),
                ('note', models.CharField(blank=True, max_length=500, verbose_name='what it shows')),
                ('content_type', models.CharField(max_length=80, verbose_name='by content')),
                ('size', models.PositiveIntegerField(verbose_name='bytes')),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256 of the original')),
                ('file', models.FileField(upload_to=disputes.models.evidence.stored_as)),
                ('preview', models.FileField(blank=True, upload_to=disputes.models.evidence.stored_as, verbose_name='re-encoded, without metadata')),
                ('is_rebuttal', models.BooleanField(default=False, verbose_name="answers the other side's evidence")),
                ('added_at', models.DateTimeField()),
                ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('dispute', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='disputes.dispute')),
            ],
            options={
                'verbose_name_plural': 'evidence',
            },
        ),
        migrations.CreateModel(
            name='Inspection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ordered_at', models.DateTimeField()),
                ('question', models.TextField(max_length=2000, verbose_name='what it is to find out')),
                ('left_to_decide', models.DurationField(verbose_name='what was left of the clock that waits')),
                ('chosen_at', models.DateTimeField(blank=True, null=True)),
                ('fee_minor', models.BigIntegerField(default=0, verbose_name="as the buyer advanced it, in the order's currency")),
                ('reported_at', models.DateTimeField(blank=True, null=True)),
                ('findings', models.TextField(blank=True, max_length=5000)),
                ('upheld_bp', models.PositiveIntegerField(blank=True, null=True, verbose_name='how much of the claim it bears out, basis points')),
                ('dispute', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='inspection', to='disputes.dispute')),
                ('ordered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('inspector', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='disputes.inspector')),
            ],
        ),
        migrations.CreateModel(
            name='Offer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('side', models.CharField(blank=True, choices=[('buyer', 'Buyer'), ('supplier', 'Supplier')], max_length=8)),
                ('key', models.UUIDField(unique=True, verbose_name='of the form that made it')),
                ('amount_minor', models.BigIntegerField(verbose_name='the claimant gets')),
                ('with_return', models.BooleanField(default=False, verbose_name='the goods go back first')),
                ('freight_by', models.CharField(blank=True, choices=[('buyer', 'Buyer'), ('supplier', 'Supplier')], max_length=8, verbose_name='who pays the freight')),
                ('replacement', models.TextField(blank=True, max_length=500, verbose_name='what the supplier ships again')),
                ('replace_by_at', models.DateTimeField(blank=True, null=True)),
                ('note', models.TextField(blank=True, max_length=2000)),
                ('made_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('status', django_fsm.FSMField(choices=[('live', 'On the table'), ('accepted', 'Accepted'), ('rejected', 'Refused'), ('countered', 'Countered'), ('replaced', 'Replaced by a newer one'), ('withdrawn', 'Withdrawn'), ('expired', 'Expired'), ('void', 'Ended with the case')], default='live', max_length=50, protected=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('buyer_accepted_at', models.DateTimeField(blank=True, null=True)),
                ('supplier_accepted_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('dispute', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='offers', to='disputes.dispute')),
            ],
        ),
        migrations.CreateModel(
            name='OfferLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount_minor', models.BigIntegerField()),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.line')),
                ('offer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='disputes.offer')),
            ],
        ),
        migrations.CreateModel(
            name='Performance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('return', 'Return'), ('replacement', 'Replacement')], max_length=11)),
                ('amount_minor', models.BigIntegerField(verbose_name='refunded when the goods are back, or if no replacement is sent')),
                ('amounts', models.JSONField(verbose_name='by line: its id and its part of the amount')),
                ('outcome', models.CharField(max_length=9, verbose_name='of the dispute when done')),
                ('at_fault', models.CharField(blank=True, choices=[('buyer', 'Buyer'), ('supplier', 'Supplier')], max_length=8)),
                ('freight_by', models.CharField(blank=True, choices=[('buyer', 'Buyer'), ('supplier', 'Supplier')], max_length=8, verbose_name='who pays the freight')),
                ('wanted', models.TextField(blank=True, max_length=500, verbose_name='what is to be sent')),
                ('began_at', models.DateTimeField()),
                ('send_by_at', models.DateTimeField(verbose_name='sent with tracking by')),
                ('warned_at', models.DateTimeField(blank=True, null=True, verbose_name='told that it lapses in 24 hours')),
                ('carrier', models.CharField(blank=True, max_length=80)),
                ('tracking_number', models.CharField(blank=True, max_length=60)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('delivered_at', models.DateTimeField(blank=True, null=True)),
                ('check_by_at', models.DateTimeField(blank=True, null=True, verbose_name='the receiver checks by')),
                ('contested_because', models.TextField(blank=True, max_length=2000)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('dispute', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='performances', to='disputes.dispute')),
            ],
        ),
        migrations.CreateModel(
            name='Question',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('side', models.CharField(choices=[('buyer', 'Buyer'), ('supplier', 'Supplier')], max_length=8)),
                ('text', models.TextField(max_length=2000)),
                ('asked_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('dispute', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='disputes.dispute')),
            ],
        ),
        migrations.CreateModel(
            name='SealedLimit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('side', models.CharField(choices=[('buyer', 'Buyer'), ('supplier', 'Supplier')], max_length=8)),
                ('ciphertext', models.BinaryField()),
                ('dispute', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sealed_limits', to='disputes.dispute')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='DecidedClaim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('non_shipment', 'Not shipped'), ('non_receipt', 'Not received'), ('late', 'Shipped late'), ('shortage', 'Quantity short'), ('quality', 'Quality not as agreed'), ('wrong', 'Wrong goods'), ('packaging', 'Packaging'), ('documents', 'Mandatory certificate missing'), ('cost', "Supplier's cost of a cancelled order")], max_length=12, verbose_name="the claim's, for the register")),
                ('outcome', models.CharField(choices=[('full_refund', 'Full refund'), ('partial_refund', 'Partial refund'), ('return_refund', 'Return and refund'), ('replacement', 'Replacement'), ('compensation', 'Compensation for the delay'), ('reject', 'Rejected'), ('out_of_scope', 'Out of scope')], max_length=14)),
                ('amount_minor', models.BigIntegerField()),
                ('recommended_outcome', models.CharField(choices=[('full_refund', 'Full refund'), ('partial_refund', 'Partial refund'), ('return_refund', 'Return and refund'), ('replacement', 'Replacement'), ('compensation', 'Compensation for the delay'), ('reject', 'Rejected'), ('out_of_scope', 'Out of scope')], max_length=14)),
                ('recommended_minor', models.BigIntegerField()),
                ('claim', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decided', to='disputes.claim')),
                ('decision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='disputes.decision')),
            ],
            options={
                'indexes': [models.Index(fields=['reason', 'outcome', '-id'], name='decided_claim_like')],
                'constraints': [models.UniqueConstraint(fields=('decision', 'claim'), name='decided_claim_once'), models.CheckConstraint(condition=models.Q(('amount_minor__gte', 0)), name='decided_claim_not_negative')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='decidedclaim',
            trigger=pgtrigger.compiler.Trigger(name='fixed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='86e8647dea869e58d9760df57bd8b70972be25a3', operation='UPDATE OR DELETE', pgid='pgtrigger_fixed_c3b73', table='disputes_decidedclaim', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='dispute',
            index=models.Index(fields=['order', '-id'], name='dispute_of_order'),
        ),
        migrations.AddIndex(
            model_name='dispute',
            index=models.Index(fields=['supplier', '-id'], name='dispute_of_supplier'),
        ),
        migrations.AddIndex(
            model_name='dispute',
            index=models.Index(condition=models.Q(('status', 'open')), fields=['award_at'], name='dispute_award_due'),
        ),
        migrations.AddIndex(
            model_name='dispute',
            index=models.Index(condition=models.Q(('status', 'open')), fields=['escalate_at'], name='dispute_escalate_due'),
        ),
        migrations.AddIndex(
            model_name='dispute',
            index=models.Index(condition=models.Q(('status', 'evidence')), fields=['evidence_ends_at'], name='dispute_evidence_due'),
        ),
        migrations.AddIndex(
            model_name='dispute',
            index=models.Index(condition=models.Q(('status', 'rebuttal')), fields=['rebuttal_ends_at'], name='dispute_rebuttal_due'),
        ),
        migrations.AddIndex(
            model_name='dispute',
            index=models.Index(condition=models.Q(('status', 'inspection')), fields=['inspection_ends_at'], name='dispute_inspection_due'),
        ),
        migrations.AddIndex(
            model_name='dispute',
            index=models.Index(condition=models.Q(('status', 'decided')), fields=['appeal_ends_at'], name='dispute_execute_due'),
        ),
        migrations.AddIndex(
            model_name='dispute',
            index=models.Index(condition=models.Q(('status__in', ('returning', 'replacing'))), fields=['performance_due_at'], name='dispute_performance_due'),
        ),
        migrations.AddIndex(
            model_name='dispute',
            index=models.Index(condition=models.Q(('status__in', ('evidence', 'rebuttal', 'deciding', 'inspection', 'appealed'))), fields=['staff_due_at', 'id'], name='dispute_queue'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(('cap_minor__gte', 0), ('cap_minor__lte', models.F('claimed_minor')), ('claimed_minor__gt', 0)), name='dispute_cap_within_claim'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(('awarded_minor__gte', 0)), name='dispute_award_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', False), ('status', 'closed'), models.Q(('outcome', ''), _negated=True)), models.Q(models.Q(('status', 'closed'), _negated=True), ('closed_at__isnull', True), ('outcome', '')), _connector='OR'), name='dispute_closed_with_outcome'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='dispute',
            trigger=pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='a5c1df506d412231cbd9ee7b8f09987d77ea1c3a', operation='DELETE', pgid='pgtrigger_kept_5a976', table='disputes_dispute', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='decision',
            index=models.Index(condition=models.Q(('status', 'final')), fields=['-published_at', '-id'], name='decision_register'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.UniqueConstraint(fields=('dispute', 'number'), name='decision_number_once'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'proposed')), fields=('dispute',), name='decision_one_proposed_a_dispute'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(('approved_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='decision_approved_by_another'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), ('approved_digest', models.F('digest')), _connector='OR'), name='decision_approves_what_was_proposed'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'final'), _negated=True), ('needs_second', False), ('approved_by__isnull', False), _connector='OR'), name='decision_final_after_four_eyes'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'final'), _negated=True), ('published_at__isnull', False), _connector='OR'), name='decision_final_is_published'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(('award_minor__gte', 0), ('fee_minor__gte', 0), ('fee_minor__lte', models.F('award_minor'))), name='decision_award_not_negative'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='decision',
            trigger=pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='97d049fe723dbc088324efe8212e3bb130e499d6', operation='DELETE', pgid='pgtrigger_kept_86ad1', table='disputes_decision', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='decision',
            trigger=pgtrigger.compiler.Trigger(name='fixed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."at_fault" IS DISTINCT FROM (NEW."at_fault") OR OLD."award_minor" IS DISTINCT FROM (NEW."award_minor") OR OLD."deviates" IS DISTINCT FROM (NEW."deviates") OR OLD."digest" IS DISTINCT FROM (NEW."digest") OR OLD."dispute_id" IS DISTINCT FROM (NEW."dispute_id") OR OLD."document" IS DISTINCT FROM (NEW."document") OR OLD."fee_minor" IS DISTINCT FROM (NEW."fee_minor") OR OLD."guide_version" IS DISTINCT FROM (NEW."guide_version") OR OLD."is_on_appeal" IS DISTINCT FROM (NEW."is_on_appeal") OR OLD."needs_second" IS DISTINCT FROM (NEW."needs_second") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."proposed_at" IS DISTINCT FROM (NEW."proposed_at") OR OLD."proposed_by_id" IS DISTINCT FROM (NEW."proposed_by_id") OR OLD."replace_by_at" IS DISTINCT FROM (NEW."replace_by_at") OR OLD."summary" IS DISTINCT FROM (NEW."summary") OR OLD."with_return" IS DISTINCT FROM (NEW."with_return"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='18efc17dd014b4a5ff5a8392e04cd631867b8b6b', operation='UPDATE', pgid='pgtrigger_fixed_3e1e8', table='disputes_decision', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='decision',
            trigger=pgtrigger.compiler.Trigger(name='final_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."status" IN (\'final\', \'sent_back\', \'withdrawn\'))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='13e4440a44194dea785fc7d5349656175f448bbc', operation='UPDATE', pgid='pgtrigger_final_stays_4c9c2', table='disputes_decision', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='decision',
            trigger=pgtrigger.compiler.Trigger(name='appeal_by_others', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF NEW.is_on_appeal AND EXISTS (\n                        SELECT FROM disputes_decision d\n                        WHERE d.dispute_id = NEW.dispute_id AND d.status = 'final' AND d.id <> NEW.id\n                          AND (NEW.proposed_by_id IN (d.proposed_by_id, d.approved_by_id)\n                               OR NEW.approved_by_id IN (d.proposed_by_id, d.approved_by_id))\n                    ) THEN\n                        RAISE EXCEPTION 'decision_appeal_by_others' USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NEW;\n                ", hash='d66bacd18610adb1f95d42fceee3dc3e3792b77a', operation='INSERT OR UPDATE', pgid='pgtrigger_appeal_by_others_4cb3e', table='disputes_decision', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.UniqueConstraint(fields=('dispute', 'line', 'reason'), name='claim_once_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.CheckConstraint(condition=models.Q(('asked_minor__gt', 0), ('asked_minor__lte', models.F('computed_minor')), ('cap_minor__lte', models.F('asked_minor'))), name='claim_within_computed'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='claim',
            trigger=pgtrigger.compiler.Trigger(name='fixed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='a20a58243c41555e4390057512369e6d782d7635', operation='UPDATE OR DELETE', pgid='pgtrigger_fixed_c118a', table='disputes_claim', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='caseview',
            index=models.Index(fields=['dispute', '-id'], name='case_views'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='caseview',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='bc518ce42ecce73326e8eda1d261341f1dec55f4', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_772b2', table='disputes_caseview', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='appeal',
            constraint=models.UniqueConstraint(fields=('dispute', 'side'), name='appeal_once_a_side'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='appeal',
            trigger=pgtrigger.compiler.Trigger(name='fixed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='bf2bfcaca1b340afceba4cad3723289b2246f3b9', operation='UPDATE OR DELETE', pgid='pgtrigger_fixed_467f5', table='disputes_appeal', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='disputedline',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('line',), name='line_in_one_open_dispute'),
        ),
        migrations.AddConstraint(
            model_name='disputedline',
            constraint=models.UniqueConstraint(fields=('dispute', 'line'), name='disputed_line_once'),
        ),
        migrations.AddConstraint(
            model_name='evidence',
            constraint=models.UniqueConstraint(fields=('dispute', 'number'), name='evidence_number_once'),
        ),
        migrations.AddConstraint(
            model_name='evidence',
            constraint=models.UniqueConstraint(fields=('dispute', 'side', 'sha256'), name='evidence_file_once_a_side'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='evidence',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='652c8b8c3e2d09c669de3178bb14c4a89c5a0af2', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_5cef3', table='disputes_evidence', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='inspection',
            constraint=models.CheckConstraint(condition=models.Q(('fee_minor__gte', 0), models.Q(('upheld_bp__isnull', True), ('upheld_bp__lte', 10000), _connector='OR')), name='inspection_sane'),
        ),
        migrations.AddIndex(
            model_name='offer',
            index=models.Index(condition=models.Q(('status', 'live')), fields=['expires_at'], name='offer_expire_due'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.UniqueConstraint(fields=('dispute', 'number'), name='offer_number_once'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'live')), fields=('dispute', 'side'), name='offer_one_live_a_side'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gte', 0)), name='offer_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('replace_by_at__isnull', True), ('replacement', '')), models.Q(models.Q(('replacement', ''), _negated=True), ('replace_by_at__isnull', False)), _connector='OR'), name='offer_replacement_has_a_date'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.CheckConstraint(condition=models.Q(('with_return', False), ('replacement', ''), _connector='OR'), name='offer_return_or_replacement'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='offer',
            trigger=pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='082f324a08c1e9ca4d820f6a80ae6244713fedee', operation='DELETE', pgid='pgtrigger_kept_129a2', table='disputes_offer', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='offer',
            trigger=pgtrigger.compiler.Trigger(name='fixed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."amount_minor" IS DISTINCT FROM (NEW."amount_minor") OR OLD."dispute_id" IS DISTINCT FROM (NEW."dispute_id") OR OLD."expires_at" IS DISTINCT FROM (NEW."expires_at") OR OLD."freight_by" IS DISTINCT FROM (NEW."freight_by") OR OLD."made_at" IS DISTINCT FROM (NEW."made_at") OR OLD."note" IS DISTINCT FROM (NEW."note") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."replace_by_at" IS DISTINCT FROM (NEW."replace_by_at") OR OLD."replacement" IS DISTINCT FROM (NEW."replacement") OR OLD."side" IS DISTINCT FROM (NEW."side") OR OLD."with_return" IS DISTINCT FROM (NEW."with_return"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='18e86e4010e3b35cd3664149c2c3d80196e53b5c', operation='UPDATE', pgid='pgtrigger_fixed_75c7b', table='disputes_offer', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='offer',
            trigger=pgtrigger.compiler.Trigger(name='end_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.status <> 'live' AND OLD.status IS DISTINCT FROM NEW.status)", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='737595a4627a78426569b63dd83cdd43bcc90f9b', operation='UPDATE', pgid='pgtrigger_end_stays_dc588', table='disputes_offer', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='offerline',
            constraint=models.UniqueConstraint(fields=('offer', 'line'), name='offer_line_once'),
        ),
        migrations.AddConstraint(
            model_name='offerline',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gte', 0)), name='offer_line_not_negative'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='offerline',
            trigger=pgtrigger.compiler.Trigger(name='fixed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='ccd596b737cfa449cc80503814f7a4a997ca3b54', operation='UPDATE OR DELETE', pgid='pgtrigger_fixed_d30df', table='disputes_offerline', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='performance',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('dispute',), name='performance_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='performance',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gte', 0)), name='performance_not_negative'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='question',
            trigger=pgtrigger.compiler.Trigger(name='fixed', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='c5e293711c8b498cb147538b5a658e563dd28c08', operation='UPDATE OR DELETE', pgid='pgtrigger_fixed_ed608', table='disputes_question', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='sealedlimit',
            constraint=models.UniqueConstraint(fields=('dispute', 'side'), name='sealed_once_a_side'),
        ),
    ]
