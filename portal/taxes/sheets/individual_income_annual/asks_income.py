"""What the annual return asks about the person and the year's income."""

from portal.core.money import ZERO
from portal.core.wording import N_
from portal.taxes.kinds import Choice, Tick, Whole, Yuan
from portal.taxes.questions import ask, given, is_one, page
from portal.taxes.worksheet import Worksheet

sheet = Worksheet("iit-annual", N_("个人所得税综合所得年度汇算"), law="individual-income")

sheet.step(
    "person",
    N_("个人信息"),
    page(
        "residence",
        N_("您是居民个人吗"),
        ask(
            "residence",
            Choice({"domicile": N_("在中国境内有住所"), "days": N_("在中国境内无住所，按居住天数判断")}),
            N_("居民身份"),
            N_("有住所，是指您因户籍、家庭或经济利益关系而在中国境内习惯性居住。"),
            default="domicile",
            prefill="last_return.residence",
        ),
        ask(
            "days_in_china",
            Whole(0, 366, N_("天")),
            N_("这一年在境内居住的天数"),
            N_("您这一年在中国境内累计居住的天数。"),
            when=(is_one("residence", "days"),),
        ),
        help=N_("年度汇算只适用于居民个人。"),
    ),
)

sheet.step(
    "income",
    N_("收入"),
    page(
        "wages",
        N_("您的工资和奖金"),
        ask(
            "wages",
            Yuan(),
            N_("工资薪金收入"),
            N_("您这一年取得的税前工资薪金合计，不含下面单独填写的全年一次性奖金。"),
            prefill="withheld.wages",
        ),
        ask(
            "bonus",
            Yuan(),
            N_("全年一次性奖金"),
            N_("您这一年取得的、单位按全年一次性奖金申报的一笔奖金；没有的不填。"),
            default=ZERO,
            prefill="withheld.bonus",
        ),
        ask(
            "bonus_method",
            Choice(
                {
                    "best": N_("按税额较低的方式计税"),
                    "separate": N_("单独计税"),
                    "merge": N_("并入综合所得计税"),
                }
            ),
            N_("奖金的计税方式"),
            N_("您可以选择奖金单独计税或者并入综合所得，两种方式的税额都会列出。"),
            default="best",
            when=(given("bonus"),),
        ),
    ),
    page(
        "other-income",
        N_("您的其他综合所得"),
        ask(
            "labour",
            Yuan(),
            N_("劳务报酬收入"),
            N_("您这一年取得的税前劳务报酬合计，不减除费用。"),
            default=ZERO,
            prefill="withheld.labour",
        ),
        ask(
            "author",
            Yuan(),
            N_("稿酬收入"),
            N_("您这一年作品出版、发表取得的税前稿酬合计，不减除费用。"),
            default=ZERO,
            prefill="withheld.author",
        ),
        ask(
            "royalty",
            Yuan(),
            N_("特许权使用费收入"),
            N_("您这一年提供专利权、著作权等的使用权取得的税前收入合计，不减除费用。"),
            default=ZERO,
            prefill="withheld.royalty",
        ),
    ),
    page(
        "withheld",
        N_("已经预缴的税"),
        ask(
            "payers",
            Whole(0, 1000),
            N_("扣缴义务人数量"),
            N_("这一年向您支付综合所得的单位和个人有几个。"),
            default=1,
            prefill="withheld.payers",
        ),
        ask(
            "tax_withheld",
            Yuan(),
            N_("已预缴税额"),
            N_("这一年已经预扣预缴的税额合计，包括全年一次性奖金已扣的税。"),
            prefill="withheld.tax",
        ),
        ask(
            "agent_failed",
            Tick(N_("有单位没有依法预扣预缴"), N_("没有这种情形")),
            N_("有扣缴义务人未依法预扣预缴"),
            N_("有单位付给您综合所得，却没有依法预扣预缴个人所得税的，选“是”。"),
            default=False,
        ),
    ),
)
