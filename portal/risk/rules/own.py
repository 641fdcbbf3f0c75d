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
FINE = "fine"
"""What a bill's `tax` is when it is a fine."""
OF_THEIR_OWN = (WITHHOLDING, CIT_ANNUAL, CIT_LIQUIDATION)
"""Taxes whose open periods are findings of their own and do not count as `unfiled` as well."""
REFUND, DISPUTE = "refund", "income-dispute"
"""Kinds of matters. A line of reported income that its person disputes is a matter of the firm that
reported it, open until it is decided."""

_SETTLE = "税收征收管理法实施细则 第十六条"
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
        f"税收征收管理法 第二十五条；{_SETTLE}",
        Severity.BLOCKS,
        Office.TAX_OFFICE,
        _FILE,
        _PERIODS,
    ),
    Finding(
        "withholding",
        N_("代扣的个人所得税没有申报或没有解缴"),
        "个人所得税法 第十四条；税收征收管理法 第三十条",
        Severity.BLOCKS,
        Office.TAX_OFFICE,
        _FILE,
        (
            Column("what", N_("项目"), Shape.PHRASE),
            Column("period", N_("税款所属期"), Shape.PERIOD),
            Column("due_on", N_("期限"), Shape.DAY),
            Column("amount", N_("未缴金额"), Shape.MONEY),
        ),
    ),
    Finding(
        "cit-annual",
        N_("企业所得税年度汇算清缴没有申报"),
        "企业所得税法 第五十四条、第五十五条",
        Severity.BLOCKS,
        Office.TAX_OFFICE,
        _FILE,
        _PERIODS,
    ),
    Finding(
        "cit-liquidation",
        N_("企业所得税清算申报没有办理"),
        "企业所得税法 第五十五条",
        Severity.BLOCKS,
        Office.TAX_OFFICE,
        _FILE,
        _PERIODS,
    ),
    Finding(
        "arrears",
        N_("有逾期未缴的税款"),
        f"税收征收管理法 第三十一条、第三十二条；{_SETTLE}",
        Severity.BLOCKS,
        Office.TAX_OFFICE,
        _PAY,
        (*_BILLS, Column("surcharge", N_("至当日滞纳金"), Shape.MONEY)),
    ),
    Finding(
        "bill-open",
        N_("有未到缴款期限、还没有缴的税款"),
        _SETTLE,
        Severity.BLOCKS,
        Office.TAX_OFFICE,
        _PAY,
        _BILLS,
    ),
    Finding(
        "surcharge",
        N_("有已经核定、没有缴清的滞纳金"),
        f"税收征收管理法 第三十二条；{_SETTLE}",
        Severity.BLOCKS,
        Office.TAX_OFFICE,
        _PAY,
        _BILLS,
    ),
    Finding(
        "fine",
        N_("有没有缴清的罚款"),
        _SETTLE,
        Severity.BLOCKS,
        Office.TAX_OFFICE,
        _PAY,
        _BILLS,
    ),
    Finding(
        "unallocated",
        N_("有属于您的钱还没有用掉或退还"),
        "税收征收管理法 第五十一条；税收征收管理法实施细则 第七十九条",
        Severity.BLOCKS,
        Office.TAX_OFFICE,
        Page(N_("去抵缴或申请退还"), "billing.index"),
        (Column("amount", N_("金额"), Shape.MONEY),),
    ),
    Finding(
        "refund-open",
        N_("有正在办理的退税"),
        "税收征收管理法 第五十一条；税收征收管理法实施细则 第七十八条",
        Severity.BLOCKS,
        Office.TAX_OFFICE,
        Page(N_("查看办理进度"), "matters.index"),
        _MATTERS,
    ),
    Finding(
        "dispute",
        N_("申报的收入信息有人提出异议，还没有处理完"),
        "税总发〔2019〕64号 第一条",
        Severity.BLOCKS,
        Office.TAX_OFFICE,
        Page(N_("查看办理进度"), "matters.index"),
        _MATTERS,
    ),
    Finding(
        "abnormal",
        N_("被认定为非正常户"),
        "国家税务总局公告2019年第48号 第二条",
        Severity.BLOCKS,
        Office.TAX_OFFICE,
        Page(N_("补齐申报"), "filing.index"),
        (Column("since", N_("自"), Shape.DAY), Column("cause", N_("认定原因"))),
    ),
    Finding(
        "branch",
        N_("还有没有注销的分支机构"),
        "市场主体登记管理条例 第三十二条",
        Severity.BLOCKS,
        Office.MARKET,
        Page(N_("代分支机构办理注销"), "deregistration.index"),
        (Column("name", N_("分支机构")), Column("code", N_("统一社会信用代码"))),
    ),
    Finding(
        "representative-unproven",
        N_("法定代表人（经营者、负责人）还没有实名核验"),
        "税总发〔2016〕111号",
        Severity.PROMISABLE,
        Office.TAX_OFFICE,
        Page(N_("请法定代表人完成实名核验"), "accounts.level"),
        (Column("name", N_("法定代表人")),),
    ),
    Finding(
        "licence-revoked",
        N_("营业执照已被吊销，不能走简易注销"),
        "市场主体登记管理条例 第三十三条",
        Severity.ADVICE,
        Office.MARKET,
        Visit(
            N_("清税后到登记机关办理一般注销"),
            Office.MARKET,
            (N_("清算报告"), N_("清税证明"), N_("营业执照副本")),
        ),
        (Column("licence", N_("登记状态"), Shape.PHRASE),),
        closes=frozenset({Route.SIMPLE}),
    ),
)
