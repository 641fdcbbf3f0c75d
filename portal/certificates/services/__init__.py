"""What is done with certificates: requested, issued, kept true, checked."""

from portal.certificates.services.issuing import issue
from portal.certificates.services.proving import verify_certificates
from portal.certificates.services.rehearsing import problems, rehearse
from portal.certificates.services.requesting import request_certificate
from portal.certificates.services.standing import withdraw

__all__ = ["issue", "problems", "rehearse", "request_certificate", "verify_certificates", "withdraw"]
