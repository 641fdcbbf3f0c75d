"""Proving an identity in person."""

from portal.core.refusal import reason

IDENTITY_PROOF = "identity-proof"
"""The kind of matter, and the role that has a part in it."""

NO_ACCOUNT = reason(
    "proof-no-account",
    "这位纳税人还没有开通账户，或者是企业。",
    "请本人先在网上开通账户；企业请核验法定代表人本人。",
)
SEEN_ALREADY = reason("proof-in-person-already", "这位纳税人已经当面核验过。", "不需要再核验。")
