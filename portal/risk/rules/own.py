"""Findings that the portal's own books show: periods, bills, matters, the firm's record."""

from portal.core.wording import N_
from portal.risk.rules.findings import (
    Column,
    Cure,
    Finding,
    Office,
    Page,
    Route,
    Severity,
    Shape,
    Visit,
)

WITHHOLDING = "iit-withholding"
CIT_ANNUAL = "cit-annual"
CIT_LIQUIDATION = "cit-liquidation"
CIT = ("cit-prepayment", CIT_ANNUAL)
"""Who is registered for one of these files a liquidation before closing (企业所得税法 第五十五条)."""
OF_THEIR_OWN = (WITHHOLDING, CIT_ANNUAL, CIT_LIQUIDATION)
"""Taxes whose open periods are findings of their own and do not count as `unfiled` as well."""
REFUND, DISPUTE = "refund", "income-dispute"
"""Kinds of matters. A line of reported income that its person disputes is a matter of the firm that
reported it, open until it is decided."""

_PERIODS = (
    Column("tax", N_("税种"), Shape.PHRASE),
    Column("period", N_("税款所属期"), Shape.PERIOD),
    Column("due_on", N_("申报期限"), Shape.DAY),
)
_BILLS = (
    Column("title", N_("项目"), Shape.PHRASE),
    Column("period", N_("税款所属期"), Shape.PERIOD),
    Column("due_on", N_("缴款期限"), Shape.DAY),
    Column("amount", N_("未缴金额"), Shape.MONEY),
)
_MATTERS = (
    Column("number", N_("事项编号")),
    Column("about", N_("内容")),
    Column("since", N_("受理日期"), Shape.DAY),
)
_FILE: Cure = Page(N_("去申报"), "filing.index")
_PAY: Cure = Page(N_("去缴款"), "billing.index")

OWN: tuple[Finding, ...] = (
    Finding(
        "unfiled",
        N_("有已到申报期的税款所属期没有申报"),
        cite="税收征收管理法 第二十五条；税收征收管理法实施细则 第十六条",
        severity=Severity.BLOCKS,
        owner=Office.TAX_OFFICE,
        cure=_FILE,
        evidence=_PERIODS,
    ),
    Finding(
        "withholding",
        N_("代扣的个人所得税有所属期没有申报"),
        cite="个人所得税法 第十四条；税收征收管理法 第三十条",
        severity=Severity.BLOCKS,
        owner=Office.TAX_OFFICE,
        cure=Visit(
            N_("在自然人电子税务局扣缴端申报，或到办税服务厅申报"),
            Office.TAX_OFFICE,
            (N_("个人所得税扣缴申报表"), N_("工资发放明细"), N_("经办人身份证件")),
        ),
        evidence=_PERIODS,
    ),
    Finding(
        "withholding-unpaid",
        N_("代扣的个人所得税没有解缴"),
        cite="个人所得税法 第十四条；税收征收管理法 第三十条",
        severity=Severity.BLOCKS,
        owner=Office.TAX_OFFICE,
        cure=_PAY,
        evidence=_BILLS,
    ),
    Finding(
        "cit-annual",
        N_("企业所得税年度汇算清缴没有申报"),
        cite="企业所得税法 第五十四条、第五十五条",
        severity=Severity.BLOCKS,
        owner=Office.TAX_OFFICE,
        cure=Visit(
            N_("到办税服务厅办理年度汇算清缴"),
            Office.TAX_OFFICE,
            (N_("企业所得税年度纳税申报表"), N_("年度财务报表"), N_("经办人身份证件")),
        ),
        evidence=_PERIODS,
    ),
    Finding(
        "cit-liquidation",
        N_("企业所得税清算申报没有办理"),
        cite="企业所得税法 第五十五条",
        severity=Severity.BLOCKS,
        owner=Office.TAX_OFFICE,
        cure=Visit(
            N_("到办税服务厅办理清算申报"),
            Office.TAX_OFFICE,
            (N_("企业清算所得税申报表及附表"), N_("清算报告"), N_("经办人身份证件")),
        ),
        evidence=_PERIODS,
    ),
    Finding(
        "arrears",
        N_("有逾期未缴的税款"),
        cite="税收征收管理法 第三十一条、第三十二条；税收征收管理法实施细则 第十六条",
        severity=Severity.BLOCKS,
        owner=Office.TAX_OFFICE,
        cure=_PAY,
        evidence=(*_BILLS, Column("surcharge", N_("至当日滞纳金"), Shape.MONEY)),
    ),
    Finding(
        "bill-open",
        N_("有未到缴款期限、还没有缴的税款"),
        cite="税收征收管理法实施细则 第十六条",
        severity=Severity.BLOCKS,
        owner=Office.TAX_OFFICE,
        cure=_PAY,
        evidence=_BILLS,
    ),
    Finding(
        "surcharge",
        N_("有已经核定、没有缴清的滞纳金"),
        cite="税收征收管理法 第三十二条；税收征收管理法实施细则 第十六条",
        severity=Severity.BLOCKS,
        owner=Office.TAX_OFFICE,
        cure=_PAY,
        evidence=_BILLS,
    ),
    Finding(
        "fine",
        N_("有没有缴清的罚款"),
        cite="税收征收管理法实施细则 第十六条",
        severity=Severity.BLOCKS,
        owner=Office.TAX_OFFICE,
        cure=_PAY,
        evidence=_BILLS,
    ),
    Finding(
        "unallocated",
        N_("有属于您的钱还没有用掉或退还"),
        cite="税收征收管理法 第五十一条；税收征收管理法实施细则 第七十九条",
        severity=Severity.BLOCKS,
        owner=Office.TAX_OFFICE,
        cure=Page(N_("去抵缴或申请退还"), "billing.index"),
        evidence=(Column("amount", N_("金额"), Shape.MONEY),),
    ),
    Finding(
        "refund-open",
        N_("有正在办理的退税"),
        cite="税收征收管理法 第五十一条；税收征收管理法实施细则 第七十八条",
        severity=Severity.BLOCKS,
        owner=Office.TAX_OFFICE,
        cure=Page(N_("查看办理进度"), "matters.index"),
        evidence=_MATTERS,
    ),
    Finding(
        "dispute",
        N_("申报的收入信息有人提出异议，还没有处理完"),
        cite="税总发〔2019〕64号 第一条",
        severity=Severity.BLOCKS,
        owner=Office.TAX_OFFICE,
        cure=Page(N_("查看办理进度"), "matters.index"),
        evidence=_MATTERS,
    ),
    Finding(
        "abnormal",
        N_("被认定为非正常户"),
        cite="国家税务总局公告2019年第48号 第二条",
        severity=Severity.BLOCKS,
        owner=Office.TAX_OFFICE,
        cure=Page(N_("补齐申报"), "filing.index"),
        evidence=(
            Column("since", N_("自"), Shape.DAY),
            Column("missed", N_("最早没有申报的期限"), Shape.DAY),
        ),
    ),
    Finding(
        "branch",
        N_("还有没有注销的分支机构"),
        cite="市场主体登记管理条例 第三十二条",
        severity=Severity.BLOCKS,
        owner=Office.MARKET,
        cure=Page(N_("切换到分支机构，为它办理注销"), "accounts.acting_for", {"next": "/deregistration/"}),
        evidence=(Column("name", N_("分支机构")), Column("code", N_("统一社会信用代码"))),
    ),
    Finding(
        "representative-unproven",
        N_("法定代表人（经营者、负责人）还没有实名核验"),
        cite="税总发〔2016〕111号",
        severity=Severity.PROMISABLE,
        owner=Office.TAX_OFFICE,
        cure=Page(N_("请法定代表人完成实名核验"), "accounts.level"),
        evidence=(Column("name", N_("法定代表人")),),
    ),
    Finding(
        "licence-revoked",
        N_("营业执照已被吊销，不能走简易注销"),
        cite="市场主体登记管理条例 第三十三条",
        severity=Severity.ADVICE,
        owner=Office.MARKET,
        cure=Visit(
            N_("清税后到登记机关办理一般注销"),
            Office.MARKET,
            (N_("清算报告"), N_("清税证明"), N_("营业执照副本")),
        ),
        evidence=(Column("licence", N_("登记状态"), Shape.PHRASE),),
        closes=frozenset({Route.SIMPLE}),
    ),
)
