"""证明: the taxpayer's certificates, and the public desk where anyone checks one."""

from portal.certificates.routes import desk, holder
from portal.certificates.routes.door import bp

__all__ = ["bp", "desk", "holder"]
