"""How the API presents itself: its OpenAPI document, and OAuth 2 for others’ programs. Constants of the settings."""

SPECTACULAR_SETTINGS = {
    "TITLE": "Trade Assurance",
    "DESCRIPTION": "Orders, contracts, payments and their protection, by the same rules as on the pages. "
    "Amounts are decimal texts in the object's `currency`; in contracts they are whole minor units, as its schema "
    "says. Instants are UTC. Errors are problem documents (RFC 9457). How to begin, and what we promise: /api/.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "trade_assurance.rest.schema.share_problems",
    ],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "ENUM_NAME_OVERRIDES": {
        "OrderStatus": "orders.models.Order.Status",
        "DisputeStatus": "disputes.models.Dispute.Status",
        "SupplierStatus": "suppliers.models.Supplier.Status",
        "DeliveryState": "notifications.webhooks.models.Delivery.State",
        "BuyersReason": "disputes.api.claim.REASONS",
        "Side": "orders.models.Order.Side",
        "Aql": "orders.terms.typed.AQLS",
        "MemberRole": "suppliers.models.Member.Role",
        "DisputeOutcome": "disputes.models.Dispute.Outcome",
        "VerificationOutcome": "suppliers.models.Verification.Outcome",
        "StatementFileStatus": "payments.models.StatementFile.Status",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
OAUTH2_PROVIDER = {
    "SCOPES": {"read": "See what you see here", "write": "Do what you may do here: sign, pay, ship, confirm"},
    "DEFAULT_SCOPES": ["read"],
    "PKCE_REQUIRED": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https", "http"],  # http on one's own machine alone (accounts.actions)
    "ALLOW_LOCALHOST_LOOPBACK": True,  # programs on the person's own machine (RFC 8252)
    "AUTHORIZATION_CODE_EXPIRE_SECONDS": 60,
    "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
    "REFRESH_TOKEN_EXPIRE_SECONDS": 90 * 24 * 3600,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "REQUEST_APPROVAL_PROMPT": "force",
    # RFC 9700, the current practice: no implicit or password grant, S256 alone, no tokens in addresses, `iss` in
    # answers, tokens kept as hashes, refresh tokens that turn, redirects matched to the letter
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_MATCHING": True,
    "COMPLIANT_BCP_RFC9700_PKCE_REQUIRED": True,
}
