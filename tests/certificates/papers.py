"""Builds certificates for tests: records with any number of lines, signed with a demo authority."""

import subprocess
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path

from portal.certificates.rules import code, paper
from portal.certificates.rules.record import (
    EDITION,
    TEMPLATES,
    Clearance,
    Facts,
    Kind,
    Line,
    Payer,
    Promise,
    Record,
    Wording,
)
from portal.gateways.printing import Printed, Sheet, WeasyPrinter
from portal.gateways.signing import FileSigner, Trust
from portal.gateways.signing.authority import make_demo_authority
from portal.settings import Settings

ISSUED_AT = datetime(2026, 3, 9, 2, 3, 4, tzinfo=UTC)
TAXES = (
    (
        "个人所得税",
        "Individual income tax",
        "综合所得年度汇算补税",
        "Annual settlement of comprehensive income",
    ),
    ("个人所得税", "Individual income tax", "滞纳金", "Late payment surcharge"),
    ("城镇土地使用税", "Urban land use tax", "土地使用", "Land use"),
    (
        "城市维护建设税",
        "City maintenance and construction tax",
        "市区（增值税附征）",
        "Urban district, on VAT",
    ),
)


def line(index: int) -> Line:
    """The `index`th of a series of payments, each different; every ninth is a refund."""
    tax_zh, tax_en, item_zh, item_en = TAXES[index % len(TAXES)]
    start = date(2025, 1, 1) + timedelta(days=31 * index)
    return Line(
        voucher=f"P-202603{index % 28 + 1:02d}-{index * 7919 % 34359738368:07d}-{index % 10}",
        tax=Wording(tax_zh, tax_en),
        item=Wording(item_zh, item_en),
        period_from=start,
        period_to=start + timedelta(days=364),
        paid_on=date(2026, 3, 9) + timedelta(days=index),
        fen=(123_450 + index * 7_777) * (-1 if index % 9 == 8 else 1),
    )


def facts(lines: int = 3, *, name: str = "王䶮堃", language: str = "zh", item: str | None = None) -> Facts:
    """What is certified. `item` replaces the Chinese item of the first line."""
    made = [line(index) for index in range(lines)]
    if item is not None:
        first = made[0]
        made[0] = Line(
            first.voucher,
            first.tax,
            Wording(item, "Item"),
            first.period_from,
            first.period_to,
            first.paid_on,
            1,
        )
    return Facts(
        kind=Kind.TAX_PAYMENT,
        edition=EDITION,
        language=language,
        office=Wording("滨海市税务局", "Binhai Tax Office"),
        area="440399",
        payer=Payer(
            "018f", name, Wording("居民身份证号码", "Resident identity number"), "440399199003078119"
        ),
        lines=tuple(made),
        remark=Wording("经电子税务局开具", "Issued online"),
        worthless=True,
    )


PROMISED = (
    ("房产税税源没有终止", "A source of property tax is still open"),
    ("有开出的发票没有上报", "Issued invoices are not reported"),
)


def clearance(promises: int = 0, *, language: str = "zh") -> Facts:
    """A firm is cleared, by promise if it has promised anything."""
    by_promise = Wording("承诺容缺办理", "By promise")
    return Facts(
        kind=Kind.CLEARANCE,
        edition=EDITION,
        language=language,
        office=Wording("滨海市税务局", "Binhai Tax Office"),
        area="440399",
        payer=Payer(
            "018f",
            "滨海青禾贸易有限公司",
            Wording("统一社会信用代码", "Unified social credit code"),
            "91440399MA5EXAMPL1",
        ),
        lines=(),
        remark=Wording("供注销登记使用", "For striking off"),
        worthless=True,
        clearance=Clearance(
            matter="M-20260309-AB12CD",
            reason=Wording("解散：经营期满", "Dissolution: the term is over"),
            route=by_promise if promises else Wording("即时办结", "At once"),
            cleared_on=date(2026, 3, 8),
            promises=tuple(
                Promise(Wording(*PROMISED[n % 2]), date(2026, 4, 8) + timedelta(days=n))
                for n in range(promises)
            ),
        ),
    )


def record(of: Facts | None = None) -> Record:
    """One issue of facts."""
    given = of or facts()
    return Record(
        facts=given,
        number=f"{given.kind}-2026-440399-7K3MP9QR-C",
        code="7K3MP9QRSTUV",
        issued_at=ISSUED_AT,
        check_address="https://tax.example.invalid/verify",
    )


class Desk:
    """A demo authority with what issues papers under it."""

    def __init__(self, folder: Path) -> None:
        self.authority = make_demo_authority(folder / "authority")
        self.settings = Settings.from_environment({"PORTAL_HOME": str(folder), "PORTAL_ENV": "test"})

    @cached_property
    def signer(self) -> FileSigner:
        return FileSigner(self.settings)

    @property
    def trust(self) -> Trust:
        return Trust.load(self.authority.published)

    def code_of(self, issued: Record) -> str:
        """The text of the symbol on the paper."""
        return code.as_text(self.signer.sign_code(code.payload(issued)))

    def sheet(self, issued: Record) -> Sheet:
        complete = code.read(code.payload(issued)).complete
        return Sheet(
            template=TEMPLATES[issued.facts.kind],
            fields=paper.fields(issued, complete_code=complete),
            made_at=issued.issued_at,
            identifier=bytes.fromhex(issued.content_key()[:32]),
            symbols={"qr": self.code_of(issued)},
        )

    def paper(self, printer: WeasyPrinter, issued: Record) -> Printed:
        """The unsigned paper."""
        return printer.print(self.sheet(issued))


def text_of(pdf: bytes) -> str:
    """What a reader copies out of the document, in the order of its content, without white space."""
    done = subprocess.run(
        ["pdftotext", "-raw", "-enc", "UTF-8", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return "".join(done.stdout.decode().split())
