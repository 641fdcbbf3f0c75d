"""The words of the sandbox's pages, in Chinese and English."""

from typing import NamedTuple


class Words(NamedTuple):
    """What the pages say, in one language."""

    simulated_phone: str = "模拟手机"
    simulated_phone_note: str = "这里显示沙箱短信网关收到的短信，没有任何短信真正发出。"
    simulated_mail: str = "模拟邮箱"
    simulated_mail_note: str = "这里显示沙箱邮件服务器收到的邮件，没有任何邮件真正发出。"
    all_phones: str = "全部手机"
    all_mail: str = "全部邮件"
    nothing_yet: str = "还没有收到任何内容。"
    refreshes: str = "本页每 3 秒自动刷新。"
    only: str = "只看"
    to: str = "收件人"
    sender: str = "发件人"
    received: str = "收到时间"
    attachments: str = "附件"
    other_language: str = "English"


ZH = Words()
EN = Words(
    simulated_phone="Simulated phone",
    simulated_phone_note="Text messages that the sandbox SMS gateway accepted. None was really sent.",
    simulated_mail="Simulated mailbox",
    simulated_mail_note="E-mail that the sandbox mail server accepted. None was really sent.",
    all_phones="All phones",
    all_mail="All mail",
    nothing_yet="Nothing has arrived yet.",
    refreshes="This page refreshes every 3 seconds.",
    only="Show only",
    to="To",
    sender="From",
    received="Received",
    attachments="Attachments",
    other_language="简体中文",
)


class PayWords(NamedTuple):
    """What the hosted payment pages say, in one language."""

    simulated: str = "模拟支付机构"
    simulated_note: str = "测试环境，不会真正扣款。"
    pay: str = "支付"
    amount: str = "应付金额"
    payee: str = "收款方"
    order: str = "订单"
    pay_before: str = "请在此时间前支付"
    left: str = "，剩余"
    how: str = "选择支付方式"
    card: str = "银行卡"
    pay_by_card: str = "银行卡支付"
    card_number: str = "卡号"
    card_hint: str = (
        "测试卡号：4242 4242 4242 4242 成功；4000 0000 0000 0002 被拒绝；"
        "4000 0000 0000 9995 余额不足；4000 0025 0000 3155 需要验证。"
    )
    expiry: str = "有效期（月/年）"
    expiry_hint: str = "例如 12 / 40"
    cvc: str = "安全码"
    cvc_hint: str = "卡背面的 3 位数字"
    holder: str = "持卡人姓名"
    wechat: str = "微信支付"
    wechat_how: str = "下一页显示二维码，用手机扫码确认。"
    alipay: str = "支付宝"
    alipay_how: str = "下一页登录支付宝并确认。"
    go_back: str = "取消并返回商户"
    not_paid: str = "支付未成功，没有扣款"
    try_again: str = "可以重试，或换一种支付方式。"
    check_form: str = "请检查填写的内容"
    wrong_number: str = "请填写有效的卡号"
    wrong_expiry: str = "请填写有效的有效期，例如 12 / 40"
    past_expiry: str = "这张卡已过有效期"
    wrong_cvc: str = "请填写 3 或 4 位安全码"
    wrong_holder: str = "请填写持卡人姓名"
    scan: str = "用微信扫码支付"
    scan_alt: str = "付款二维码"
    scan_note: str = "没有手机？可在另一个窗口打开模拟手机。"
    open_phone: str = "打开模拟手机"
    waiting: str = "正在等待手机确认……"
    other_way: str = "换一种支付方式"
    phone: str = "模拟手机：微信支付"
    phone_done: str = "已处理，请回到电脑上的页面。"
    phone_closed: str = "此付款码已失效"
    alipay_page: str = "模拟支付宝"
    bank_page: str = "模拟发卡银行：身份验证"
    approve: str = "确认支付"
    decline: str = "拒绝支付"
    paid: str = "此订单已支付"
    processing: str = "此订单正在处理"
    expired: str = "此付款页面已关闭"
    expired_note: str = "付款时间已过，或商户已取消。没有扣款。"
    to_merchant: str = "返回商户"
    unknown: str = "找不到此付款页面"
    unknown_note: str = "请核对网址，或回到商户重新发起支付。"
    receipt: str = "付款回单"
    method: str = "支付方式"
    paid_at: str = "支付时间"
    number: str = "流水号"
    other_language: str = "English"


PAY_ZH = PayWords()
PAY_EN = PayWords(
    simulated="Simulated payment service",
    simulated_note="Test environment. No money is taken.",
    pay="Pay",
    amount="Amount due",
    payee="Pay to",
    order="Order",
    pay_before="Pay before",
    left=", time left:",
    how="Choose how to pay",
    card="Card",
    pay_by_card="Pay by card",
    card_number="Card number",
    card_hint="Test cards: 4242 4242 4242 4242 succeeds; 4000 0000 0000 0002 is declined; "
    "4000 0000 0000 9995 lacks funds; 4000 0025 0000 3155 asks for confirmation.",
    expiry="Expiry date (month / year)",
    expiry_hint="For example 12 / 40",
    cvc="Security code",
    cvc_hint="The 3 digits on the back of the card",
    holder="Name on card",
    wechat="WeChat Pay",
    wechat_how="The next page shows a QR code. Scan it with your phone and confirm.",
    alipay="Alipay",
    alipay_how="On the next page, sign in to Alipay and confirm.",
    go_back="Cancel and return to the merchant",
    not_paid="The payment did not succeed. No money was taken.",
    try_again="You can try again or choose another way to pay.",
    check_form="Check what you entered",
    wrong_number="Enter a valid card number",
    wrong_expiry="Enter a valid expiry date, for example 12 / 40",
    past_expiry="This card has expired",
    wrong_cvc="Enter the security code, 3 or 4 digits",
    wrong_holder="Enter the name on the card",
    scan="Scan with WeChat to pay",
    scan_alt="Payment QR code",
    scan_note="No phone at hand? Open the simulated phone in another window.",
    open_phone="Open the simulated phone",
    waiting="Waiting for your phone…",
    other_way="Choose another way to pay",
    phone="Simulated phone: WeChat Pay",
    phone_done="Done. Return to the page on your computer.",
    phone_closed="This payment code is no longer valid",
    alipay_page="Simulated Alipay",
    bank_page="Simulated card issuer: confirm it is you",
    approve="Confirm payment",
    decline="Decline payment",
    paid="This order has been paid",
    processing="This order is being processed",
    expired="This payment page is closed",
    expired_note="The time to pay has passed, or the merchant cancelled. No money was taken.",
    to_merchant="Return to the merchant",
    unknown="Payment page not found",
    unknown_note="Check the address, or start again from the merchant.",
    receipt="Payment receipt",
    method="Paid by",
    paid_at="Paid at",
    number="Reference",
    other_language="简体中文",
)


def words(lang: str) -> Words:
    """The words of the phone and mail pages in a language, `zh` or `en`."""
    return EN if lang == "en" else ZH


def pay_words(lang: str) -> PayWords:
    """The words of the payment pages in a language, `zh` or `en`."""
    return PAY_EN if lang == "en" else PAY_ZH


REFUSALS_ZH = {
    "Your card was declined.": "您的卡被拒绝了。",
    "Your card has insufficient funds.": "您的卡余额不足。",
    "Your card has expired.": "您的卡已过期。",
    "Your card's security code is incorrect.": "安全码不正确。",
    "An error occurred while processing your card. Try again in a little bit.": "处理出错，请稍后再试。",
    "The customer declined the payment in the wallet.": "您在钱包中拒绝了这笔支付。",
}
"""What the API says of a refused payment, as the hosted page says it in Chinese."""


def refusal_words(message: str, lang: str) -> str:
    """The API's English `message` in the payer's language; in Chinese, a general sentence for any other."""
    if lang == "en":
        return message
    return REFUSALS_ZH.get(message, "没有通过验证，或者这张卡不能在这里使用。")
