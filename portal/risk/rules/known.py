"""Findings that facts of other offices and systems make: code and kind of fact are one word."""

from portal.core.wording import N_, Phrase
from portal.risk.rules.facts import FactKind
from portal.risk.rules.findings import (
    Column,
    Cure,
    Finding,
    Office,
    Route,
    Severity,
    Shape,
    Visibility,
    Visit,
)

_RECORD = (
    Column("reference", N_("编号")),
    Column("since", N_("自"), Shape.DAY),
    Column("source", N_("信息来源")),
)
_LICENCE = N_("营业执照副本")
_IDENTITY = N_("经办人身份证件")


def _of_fact(
    kind: FactKind,
    title: Phrase,
    *,
    cite: str,
    severity: Severity,
    owner: Office,
    cure: Cure,
    more: tuple[Column, ...] = (),
    closes: frozenset[Route] = frozenset(),
) -> Finding:
    evidence = (*_RECORD, *more)
    return Finding(kind.value, title, cite, severity, owner, cure, evidence, Visibility.BY_RECORD, closes)


def _visit(words: Phrase, office: Office, *papers: Phrase) -> Cure:
    return Visit(words, office, (*papers, _IDENTITY))


KNOWN: tuple[Finding, ...] = (
    _of_fact(
        FactKind.UNUSED_INVOICES,
        N_("有没有缴销的空白发票"),
        cite="税收征收管理法实施细则 第十六条；税总发〔2018〕149号 第二条",
        severity=Severity.BLOCKS,
        owner=Office.TAX_OFFICE,
        cure=_visit(
            N_("到办税服务厅缴销发票"),
            Office.TAX_OFFICE,
            N_("全部空白发票"),
            N_("发票领用簿"),
        ),
        more=(Column("count", N_("份数"), Shape.COUNT),),
    ),
    _of_fact(
        FactKind.UNREPORTED_INVOICES,
        N_("有开出的发票没有上报"),
        cite="税收征收管理法 第二十三条",
        severity=Severity.PROMISABLE,
        owner=Office.TAX_OFFICE,
        cure=_visit(
            N_("到办税服务厅补报开票数据"),
            Office.TAX_OFFICE,
            N_("税控设备或开票明细"),
        ),
        more=(Column("count", N_("份数"), Shape.COUNT),),
    ),
    _of_fact(
        FactKind.TAX_CONTROL_DEVICE,
        N_("税控设备没有注销"),
        cite="税收征收管理法 第二十三条；税总发〔2018〕149号 第二条",
        severity=Severity.BLOCKS,
        owner=Office.TAX_OFFICE,
        cure=_visit(
            N_("到办税服务厅注销税控设备"),
            Office.TAX_OFFICE,
            N_("税控设备"),
            _LICENCE,
        ),
    ),
    _of_fact(
        FactKind.INSPECTION,
        N_("正在接受税务检查"),
        cite="税收征收管理法 第五十四条；税总发〔2018〕149号 第二条",
        severity=Severity.BLOCKS,
        owner=Office.INSPECTION,
        cure=_visit(
            N_("配合检查，与检查人员约定办理"),
            Office.INSPECTION,
            N_("税务检查通知书"),
        ),
    ),
    _of_fact(
        FactKind.RISK_TASK,
        N_("有没有办结的风险应对事项"),
        cite="税总发〔2019〕64号 第一条",
        severity=Severity.BLOCKS,
        owner=Office.TAX_OFFICE,
        cure=_visit(
            N_("到主管税务机关说明情况"),
            Office.TAX_OFFICE,
            N_("税务事项通知书"),
            N_("有关账册和合同"),
        ),
    ),
    _of_fact(
        FactKind.SOCIAL_INSURANCE,
        N_("欠缴社会保险费"),
        cite="社会保险法 第六十条、第六十三条",
        severity=Severity.BLOCKS,
        owner=Office.PREMIUMS,
        cure=_visit(
            N_("到社会保险费征收窗口补缴"),
            Office.PREMIUMS,
            N_("社会保险费缴费通知"),
            _LICENCE,
        ),
        more=(Column("amount", N_("金额"), Shape.MONEY),),
    ),
    _of_fact(
        FactKind.EXPORT_REFUND,
        N_("出口退（免）税没有结清"),
        cite="税收征收管理法实施细则 第十六条",
        severity=Severity.BLOCKS,
        owner=Office.TAX_OFFICE,
        cure=_visit(
            N_("到办税服务厅结清并撤回出口退（免）税备案"),
            Office.TAX_OFFICE,
            N_("注销税务登记事项说明（加盖公章）"),
            N_("出口退（免）税备案表"),
        ),
    ),
    _of_fact(
        FactKind.ADVANCE_ELSEWHERE,
        N_("在外地预缴税款的跨区域事项没有反馈"),
        cite="税收征收管理法实施细则 第二十一条",
        severity=Severity.PROMISABLE,
        owner=Office.TAX_OFFICE,
        cure=_visit(
            N_("到经营地税务机关反馈跨区域事项"),
            Office.TAX_OFFICE,
            N_("跨区域涉税事项报告表"),
            N_("预缴税款完税证明"),
        ),
        more=(Column("area", N_("经营地")),),
    ),
    _of_fact(
        FactKind.LAND_SOURCE,
        N_("城镇土地使用税税源没有终止"),
        cite="税收征收管理法实施细则 第十六条",
        severity=Severity.PROMISABLE,
        owner=Office.TAX_OFFICE,
        cure=_visit(
            N_("到办税服务厅终止土地税源"),
            Office.TAX_OFFICE,
            N_("土地转让、退还或分配的证明"),
        ),
        more=(Column("place", N_("坐落")),),
    ),
    _of_fact(
        FactKind.PROPERTY_SOURCE,
        N_("房产税税源没有终止"),
        cite="税收征收管理法实施细则 第十六条",
        severity=Severity.PROMISABLE,
        owner=Office.TAX_OFFICE,
        cure=_visit(
            N_("到办税服务厅终止房产税源"),
            Office.TAX_OFFICE,
            N_("房产转让、退租或分配的证明"),
        ),
        more=(Column("place", N_("坐落")),),
    ),
    _of_fact(
        FactKind.VEHICLE_SOURCE,
        N_("车船税税源没有终止"),
        cite="税收征收管理法实施细则 第十六条",
        severity=Severity.PROMISABLE,
        owner=Office.TAX_OFFICE,
        cure=_visit(
            N_("到办税服务厅终止车船税源"),
            Office.TAX_OFFICE,
            N_("车辆转让、报废或注销的证明"),
        ),
        more=(Column("plate", N_("号牌")),),
    ),
    _of_fact(
        FactKind.CREDIT_GRADE,
        N_("纳税信用为 D 级"),
        cite="纳税缴费信用管理办法（国家税务总局公告2025年第12号）；税总发〔2018〕149号 第二条",
        severity=Severity.ADVICE,
        owner=Office.TAX_OFFICE,
        cure=_visit(
            N_("申请信用修复，或走一般流程"),
            Office.TAX_OFFICE,
            N_("纳税信用修复申请表"),
        ),
        more=(Column("grade", N_("级别")),),
        closes=frozenset({Route.INSTANT, Route.PROMISE}),
    ),
    _of_fact(
        FactKind.DISHONEST_LIST,
        N_("列入重大税收违法失信主体名单"),
        cite="重大税收违法失信主体信息公布管理办法（国家税务总局令第54号）",
        severity=Severity.ADVICE,
        owner=Office.INSPECTION,
        cure=_visit(
            N_("申请提前停止公布，或走一般流程"),
            Office.INSPECTION,
            N_("提前停止公布申请表"),
            N_("税款、滞纳金、罚款缴清的凭证"),
        ),
        closes=frozenset(Route),
    ),
)
