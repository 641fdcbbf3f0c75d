"""What is done with certificates: requested, issued, kept true, checked."""

from portal.certificates.services.clearing import ClearanceFacts, certify_clearance, supersede_clearance
from portal.certificates.services.issuing import issue
from portal.certificates.services.proving import verify_certificates
from portal.certificates.services.records import issuer_of
from portal.certificates.services.rehearsing import problems, rehearse
from portal.certificates.services.requesting import request_certificate
from portal.certificates.services.standing import withdraw

__all__ = [
    "ClearanceFacts",
    "certify_clearance",
    "issue",
    "issuer_of",
    "problems",
    "rehearse",
    "request_certificate",
    "supersede_clearance",
    "verify_certificates",
    "withdraw",
]
