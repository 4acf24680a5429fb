from django.urls import path

from disputes.views import case, claim, evidence, lists, performing, steps, talk, verifying

app_name = "disputes"
urlpatterns = [
    path("orders/<str:reference>/claim/", claim.claim, name="claim"),
    path("orders/<str:reference>/claim/noticed/", claim.claim_noticed, name="claim_noticed"),
    path("orders/<str:reference>/claim/costs/", claim.claim_costs, name="claim_cost"),
    path("disputes/", lists.cases, name="list"),
    path("disputes/<str:reference>/", case.detail, name="detail"),
    path("disputes/<str:reference>/messages/", case.message, name="message"),
    path("disputes/<str:reference>/offer/", talk.offer, name="offer"),
    path("disputes/<str:reference>/offers/<int:number>/accept/", talk.accept_offer, name="accept_offer"),
    path("disputes/<str:reference>/offers/<int:number>/reject/", talk.reject_offer, name="reject_offer"),
    path("disputes/<str:reference>/offers/<int:number>/withdraw/", talk.withdraw_offer, name="withdraw_offer"),
    path("disputes/<str:reference>/limit/", talk.seal, name="seal"),
    path("disputes/<str:reference>/extend/", steps.extend, name="extend"),
    path("disputes/<str:reference>/escalate/", steps.escalate, name="escalate"),
    path("disputes/<str:reference>/withdraw/", steps.withdraw, name="withdraw"),
    path("disputes/<str:reference>/waive/", steps.waive, name="waive"),
    path("disputes/<str:reference>/appeal/", steps.appeal, name="appeal"),
    path("disputes/<str:reference>/inspector/", steps.inspector, name="inspector"),
    path("disputes/<str:reference>/evidence/", evidence.evidence, name="evidence"),
    path("disputes/<str:reference>/evidence/<int:number>/", evidence.file, name="file"),
    path("disputes/<str:reference>/evidence/<int:number>/preview/", evidence.preview, name="preview"),
    path("disputes/<str:reference>/return/", performing.ship_return, name="ship_return"),
    path("disputes/<str:reference>/replacement/", performing.ship_replacement, name="ship_replacement"),
    path("disputes/<str:reference>/delivery/", performing.record_delivery, name="record_delivery"),
    path("disputes/<str:reference>/accept/", performing.accept_performance, name="accept_performance"),
    path("disputes/<str:reference>/contest/", performing.contest_performance, name="contest_performance"),
    path("orders/<str:reference>/case-file.zip", verifying.case_file, name="case_file"),
    path("verify/", verifying.verify, name="verify"),
    path("verify/verify.py", verifying.verifier, name="verifier"),
    path("verify/roots/", verifying.roots, name="roots"),
    path("verify/roots.json", verifying.roots_json, name="roots_json"),
    path("decisions/", lists.register, name="register"),
    path("decisions/<str:reference>/", lists.published, name="published"),
]
