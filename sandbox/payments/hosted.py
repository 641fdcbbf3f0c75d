"""The hosted payment pages: choose, pay, confirm elsewhere, come back."""

import io
from typing import Any
from urllib.parse import urlsplit

import segno
from flask import (
    Flask,
    Response,
    abort,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as Answer

from sandbox.payments import errands
from sandbox.payments.account import Account
from sandbox.payments.agenda import catch_up
from sandbox.payments.cardform import CardForm
from sandbox.payments.cards import look_up
from sandbox.payments.paying import ALIPAY, CARD, WECHAT, Means, attempt
from sandbox.payments.sessions import line_items, return_url
from sandbox.web import language, policy
from sandbox.words import pay_words, refusal_words

SYMBOLS = {"cny": "¥", "usd": "US$", "hkd": "HK$", "eur": "€", "gbp": "£"}
WHOLE = ("jpy",)


def show_amount(amount: int, currency: str) -> str:
    """An amount in the smallest unit as pages show it: ¥1,234.50."""
    figure = f"{amount:,}" if currency in WHOLE else f"{amount // 100:,}.{amount % 100:02}"
    return SYMBOLS.get(currency, f"{currency.upper()} ") + figure


def countdown(seconds: int) -> str:
    """Seconds as hours, minutes and seconds."""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def qr_code(content: str, title: str) -> Markup:
    """A QR code as inline SVG without styles, which the page's policy would refuse."""
    out = io.BytesIO()
    segno.make(content, error="m", micro=False).save(
        out,
        kind="svg",
        xmldecl=False,
        svgns=True,
        title=title,
        border=4,
        scale=6,
        light="#ffffff",
        omitsize=False,
    )
    # The drawing comes from segno, which escapes the title.
    return Markup(out.getvalue().decode())  # noqa: S704


class Desk:
    """One request's view of one session: its language, its state, where it leads."""

    def __init__(self, account: Account, session_id: str) -> None:
        catch_up(account)
        self.account = account
        self.session = account.store.get("checkout.session", session_id) or abort(404)
        self.lang = language(self.session["locale"])

    def page(self, template: str, status: int = 200, **more: Any) -> Response:
        """A page about the session."""
        seconds = max(0, int(self.session["expires_at"] - self.account.clock.now()))
        html = render_template(
            template,
            session=self.session,
            items=line_items(self.account, self.session["id"]),
            seconds_left=seconds,
            lang=self.lang,
            w=pay_words(self.lang),
            **more,
        )
        response = make_response(html, status)
        targets = {
            _origin(self.session[name]) for name in ("success_url", "cancel_url") if self.session[name]
        }
        response.headers["Content-Security-Policy"] = policy(*sorted(targets))
        return response

    def url(self, endpoint: str) -> str:
        """The address of another page about the session, in the same language."""
        return url_for(endpoint, session_id=self.session["id"], lang=self.lang)

    def closed(self) -> Answer | None:
        """What to show instead of a form when the session is no longer open; None while it is."""
        status, paid = self.session["status"], self.session["payment_status"] == "paid"
        if status == "open":
            return None
        return self.page(
            "pay/closed.html",
            state="expired" if status == "expired" else "paid" if paid else "processing",
            back=self.session["cancel_url"] if status == "expired" else return_url(self.session),
        )

    def send_away(self, method: str, card: str | None = None) -> Answer:
        """Send the payer to the wallet or the bank to confirm."""
        errand = errands.send(self.account, self.session["id"], method, card)
        return redirect(url_for("confirm", token=errand.token, lang=self.lang), 303)

    def choose(self, form: CardForm | None = None, status: int = 200) -> Response:
        """The page where the payer chooses how to pay."""
        return self.page("pay/choose.html", status, form=form or CardForm(), refusal=self.refusal())

    def refusal(self) -> str | None:
        """Why the last attempt failed, in the payer's language, if the session is still unpaid."""
        if not self.session["payment_intent"]:
            return None
        error = self.account.get("payment_intent", self.session["payment_intent"])["last_payment_error"]
        return refusal_words(str(error["message"]), self.lang) if error else None

    def after(self) -> Answer:
        """Where an attempt leads: back to the merchant if it succeeded, else to choosing again."""
        paid = self.session["status"] == "complete"
        return redirect(return_url(self.session) if paid else self.url("choose"), 303)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


class Hosted:
    """The hosted pages over one account."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def install(self, app: Flask) -> None:
        """Add every page, and the page for an address that leads nowhere."""
        app.add_template_filter(show_amount, "show_amount")
        app.add_template_filter(countdown, "countdown")
        app.register_error_handler(404, unknown)
        for rule, method, view in (
            ("/c/pay/<session_id>", "GET", self.choose),
            ("/c/pay/<session_id>/card", "POST", self.pay_by_card),
            ("/c/pay/<session_id>/wechat", "POST", self.start_wechat),
            ("/c/pay/<session_id>/wechat", "GET", self.wait_for_wechat),
            ("/c/pay/<session_id>/card", "GET", self.start_over),
            ("/c/pay/<session_id>/alipay", "GET", self.start_over),
            ("/c/pay/<session_id>/phone", "GET", self.phone_done),
            ("/c/pay/<session_id>/state", "GET", self.state),
            ("/c/pay/<session_id>/alipay", "POST", self.start_alipay),
            ("/confirm/<token>", "GET", self.confirm),
            ("/confirm/<token>", "POST", self.answer),
            ("/receipts/<charge_id>", "GET", self.receipt),
        ):
            app.add_url_rule(rule, view.__name__, view, methods=[method])

    def choose(self, session_id: str) -> Answer:
        """Choose how to pay."""
        desk = Desk(self._account, session_id)
        return desk.closed() or desk.choose()

    def start_over(self, session_id: str) -> Answer:
        """Back to choosing, for someone who loads the answer to a form again."""
        return redirect(Desk(self._account, session_id).url("choose"), 303)

    def pay_by_card(self, session_id: str) -> Answer:
        """Pay by the card typed in, unless its bank wants to ask the holder first."""
        desk = Desk(self._account, session_id)
        form = CardForm.read(request.form, self._account.clock.now(), pay_words(desk.lang))
        if form.errors:
            return desk.closed() or desk.choose(form, 422)
        if look_up(form.number).authenticate:
            return desk.closed() or desk.send_away(CARD, form.number)
        with self._account.store.transaction():
            desk = Desk(self._account, session_id)
            if closed := desk.closed():
                return closed
            attempt(self._account, desk.session, Means.of(CARD, form.number))
        return desk.after()

    def start_wechat(self, session_id: str) -> Answer:
        """Show a code for the payer's phone."""
        desk = Desk(self._account, session_id)
        if closed := desk.closed():
            return closed
        errands.send(self._account, session_id, WECHAT)
        return redirect(desk.url("wait_for_wechat"), 303)

    def wait_for_wechat(self, session_id: str) -> Answer:
        """The code, until the phone has answered."""
        desk = Desk(self._account, session_id)
        errand = errands.under_way(self._account, session_id, WECHAT)
        if errand is None or desk.session["status"] != "open":
            return desk.after()
        phone = self._account.base_url + url_for("confirm", token=errand.token)
        return desk.page("pay/wechat.html", phone=phone, qr=qr_code(phone, pay_words(desk.lang).scan_alt))

    def state(self, session_id: str) -> Response:
        """Where the waiting page should go now, if anywhere."""
        desk = Desk(self._account, session_id)
        waiting = desk.session["status"] == "open" and errands.under_way(self._account, session_id, WECHAT)
        return jsonify(to=None if waiting else desk.after().location)

    def start_alipay(self, session_id: str) -> Answer:
        """Go to Alipay."""
        desk = Desk(self._account, session_id)
        return desk.closed() or desk.send_away(ALIPAY)

    def confirm(self, token: str) -> Answer:
        """The phone, the wallet or the bank asks: pay or not?"""
        errand = errands.find(self._account, token)
        if errand is None:
            return _gone()
        desk = Desk(self._account, errand.session)
        return desk.closed() or desk.page("pay/confirm.html", errand=errand)

    def answer(self, token: str) -> Answer:
        """The payer's answer."""
        errand = errands.find(self._account, token)
        if errand is None:
            return _gone()
        done = errands.finish(self._account, errand, approved=request.form.get("answer") == "approve")
        desk = Desk(self._account, errand.session)
        if errand.method == WECHAT and done:
            return redirect(desk.url("phone_done"), 303)
        return desk.closed() or desk.after() if not done else desk.after()

    def phone_done(self, session_id: str) -> Answer:
        """What the phone shows after the answer."""
        return Desk(self._account, session_id).page("pay/phone_done.html")

    def receipt(self, charge_id: str) -> str:
        """The receipt of a charge."""
        charge = self._account.store.get("charge", charge_id) or abort(404)
        lang = language()
        return render_template("pay/receipt.html", charge=charge, lang=lang, w=pay_words(lang))


def unknown(problem: HTTPException) -> Answer | HTTPException:
    """The page for an address that leads nowhere."""
    lang = language()
    return make_response(render_template("pay/unknown.html", lang=lang, w=pay_words(lang)), problem.code)


def _gone() -> Response:
    lang = language()
    return make_response(render_template("pay/gone.html", lang=lang, w=pay_words(lang)), 410)
