"""Everything outside the portal, as one value built once from the settings and handed on as an argument."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portal.gateways.identity import IdentityRegister
    from portal.gateways.mail import MailSender
    from portal.gateways.market import MarketRegister
    from portal.gateways.payments import PaymentGateway
    from portal.gateways.printing import Printer
    from portal.gateways.signing import Signer
    from portal.gateways.signing.inspection import Inspector
    from portal.gateways.sms import SmsSender
    from portal.gateways.storage import Storage
    from portal.gateways.treasury import Treasury
    from portal.settings import Settings


@dataclass(frozen=True)
class Gateways:
    """One field per outside system; each type is a Protocol in the portal's words."""

    payments: "PaymentGateway"
    treasury: "Treasury"
    identity: "IdentityRegister"
    market: "MarketRegister"
    sms: "SmsSender"
    mail: "MailSender"
    storage: "Storage"
    printing: "Printer"
    signing: "Signer"
    inspection: "Inspector"

    @classmethod
    def connect(cls, settings: "Settings") -> "Gateways":
        """The real systems. Building makes no network call; each connects when first used."""
        from portal.gateways.identity import HttpIdentityRegister
        from portal.gateways.mail import SmtpMailSender
        from portal.gateways.market import HttpMarketRegister
        from portal.gateways.payments.stripe_checkout import StripePayments
        from portal.gateways.printing import WeasyPrinter
        from portal.gateways.signing import FileSigner
        from portal.gateways.signing.inspection import Inspector
        from portal.gateways.sms import HttpSmsSender
        from portal.gateways.storage import DirectoryStorage
        from portal.gateways.treasury import HttpTreasury

        return cls(
            payments=StripePayments(settings),
            treasury=HttpTreasury(settings),
            identity=HttpIdentityRegister(settings),
            market=HttpMarketRegister(settings),
            sms=HttpSmsSender(settings),
            mail=SmtpMailSender(settings),
            storage=DirectoryStorage(settings.storage),
            printing=WeasyPrinter(),
            signing=FileSigner(settings),
            inspection=Inspector(),
        )
