package acquisition

import (
	"net/http"
	"regexp"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// tokenForm is the id of a page that was shown: sent twice it is one entry.
var tokenForm = regexp.MustCompile(`^[a-z2-9]{16}$`)

var tooOften = errs.TooMany(i18n.T("提交太频繁，请过几分钟再试", "Too many in a short time; please try again in a few minutes"), 10*time.Minute)

func (s *Service) formPage(w http.ResponseWriter, r *http.Request) {
	id, ok := goodSlug(r)
	var f *form
	err := error(noSuchForm)
	if ok {
		err = s.public(r.Context(), func(tx *db.Tx) (err error) {
			f, err = formBy(r.Context(), tx, "", "slug", id)
			return err
		})
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	lang := pageLang(r)
	if f.status != StatusActive {
		s.message(w, r, http.StatusGone, i18n.T("这个活动已经结束", "This has ended"))
		return
	}
	page := view{Title: f.spec.Title, Text: f.spec.Text, Form: &sheetForm{Person: true, Token: slug(), Consent: f.spec.Consent, NameLabel: i18n.T("称呼", "Name").In(lang),
		PhoneLabel: i18n.T("手机号", "Phone").In(lang), Button: i18n.T("提交", "Send").In(lang)}}
	if r.Method != http.MethodPost {
		s.remember(r, f.org, visit{thing: f.id}) // counted; a form that was only opened is no arrival
		s.render(w, r, http.StatusOK, page)
		return
	}
	if err := r.ParseForm(); err != nil {
		s.message(w, r, http.StatusBadRequest, i18n.T("提交的内容无法读取", "What was sent cannot be read"))
		return
	}
	if !s.limits.Allow("form "+f.id+" "+s.ip(r), sendsIn10Min, 10*time.Minute, s.now()) {
		s.fail(w, r, tooOften)
		return
	}
	e := entry{name: short(r.PostForm.Get("name"), 40), phone: short(r.PostForm.Get("phone"), 30), token: r.PostForm.Get("token"), visitor: s.visitor(w, r)}
	page.Form.Name, page.Form.Phone = e.name, e.phone
	if tokenForm.MatchString(e.token) {
		page.Form.Token = e.token
	} else {
		e.token = slug()
	}
	wrong := func(t i18n.Text) {
		page.Error = t.In(lang)
		s.render(w, r, http.StatusUnprocessableEntity, page)
	}
	switch {
	case r.PostForm.Get("website") != "": // no human sees this field
		s.thanks(w, r, f, entered{})
		return
	case e.name == "":
		wrong(i18n.T("请填写称呼", "Please write your name"))
		return
	case e.phone == "":
		wrong(i18n.T("请填写手机号", "Please write your phone number"))
		return
	case r.PostForm.Get("consent") != "yes":
		wrong(i18n.T("请先阅读并勾选同意，未同意时我们不会保存任何信息", "Please read and tick the consent; without it nothing is stored"))
		return
	}
	done, err := s.enter(r.Context(), f, e)
	if errs.Is(err, errs.CodeInvalid) {
		wrong(i18n.T("手机号不正确，请检查", "The phone number is not right; please check it"))
		return
	} else if err != nil {
		s.fail(w, r, err)
		return
	}
	s.thanks(w, r, f, done)
}

func (s *Service) thanks(w http.ResponseWriter, r *http.Request, f *form, done entered) {
	page := view{Title: i18n.T("提交成功", "Thank you").In(pageLang(r)), Text: f.spec.Thanks}
	if done.claim != nil {
		page.showClaim(pageLang(r), done.reward, done.claim)
	} else if done.why != nil {
		page.Note = errs.As(done.why).Text.In(pageLang(r))
	}
	if f.spec.CodeID != "" {
		if shown, err := s.showQR(w, r, f.org, f.spec.CodeID); err == nil && shown.Picture != "" {
			page.Picture, page.PictureText = shown.Picture, shown.view.Text
		}
	}
	s.render(w, r, http.StatusOK, page)
}

func (s *Service) cardPage(w http.ResponseWriter, r *http.Request) {
	id, ok := goodSlug(r)
	visitor := s.visitor(w, r)
	var p *printed
	err := error(noSuchBatch)
	if ok {
		err = s.public(r.Context(), func(tx *db.Tx) (err error) {
			p, err = s.printed(r.Context(), tx, id, visitor)
			return err
		})
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	lang := pageLang(r)
	if p.status != StatusActive || p.voided {
		s.message(w, r, http.StatusGone, i18n.T("这张卡片已经失效", "This card is no longer valid"))
		return
	}
	page := view{Title: p.spec.Title, Text: p.spec.Text}
	if p.spec.CodeID != "" {
		if shown, err := s.showQR(w, r, p.org, p.spec.CodeID); err == nil && shown.Picture != "" {
			page.Picture, page.PictureText = shown.Picture, shown.view.Text
		}
	} else {
		page.Next, page.NextText = p.spec.Target, i18n.T("打开", "Open").In(lang)
	}
	status := http.StatusOK
	if r.Method == http.MethodPost && p.reward != nil {
		status = s.redeem(w, r, p, visitor, &page)
		if status == 0 {
			return
		}
	} else {
		s.remember(r, p.org, visit{visitor: visitor, way: "card", thing: p.id, card: p.code, channel: p.channel})
		s.scanned(r, p)
	}
	if p.reward != nil {
		page.offer(lang, p, clock.Micros(s.now()), short(r.PostForm.Get("order_no"), 40))
	}
	s.render(w, r, status, page)
}

// offer shows the reward of a card: what came of it, or the button for it.
func (page *view) offer(lang i18n.Lang, p *printed, now int64, orderNo string) {
	page.Note = i18n.T("奖励与是否评价、评价内容无关", "The reward does not depend on whether you review, or what you write").In(lang)
	say := func(t i18n.Text) {
		if page.Error == "" {
			page.Error = t.In(lang)
		}
	}
	switch r := p.reward; {
	case p.claim != nil:
		page.showClaim(lang, r, p.claim)
	case p.taken:
		say(i18n.T("这张卡片的奖励已被领取", "The reward of this card has been taken"))
	case r.status != StatusActive || r.until != 0 && now >= r.until:
		say(noLonger.Text)
	case now < r.from:
		say(notYet.Text)
	case r.budget != 0 && r.claims >= r.budget:
		say(soldOut.Text)
	default:
		page.Form = &sheetForm{Token: slug(), Button: i18n.T("领取 %s", "Take %s", r.title).In(lang), Order: p.mode == CardPerOrder,
			OrderLabel: i18n.T("订单号", "Order number").In(lang), OrderNo: orderNo}
	}
}

// showClaim shows what a claim has come to and what is left to do.
func (page *view) showClaim(lang i18n.Lang, r *reward, c *claim) {
	page.Receipt = c.receipt
	switch {
	case c.status == claimEarned:
		page.ReceiptText = i18n.T("已领取 %s，请出示此凭证", "%s is yours; show this receipt", r.title).In(lang)
	case r.condition == ForFriend:
		page.ReceiptText = i18n.T("还差一步：添加好友后把这个凭证发给对方，即可得到 %s", "One step left: add us and send us this receipt to get %s", r.title).In(lang)
	default:
		page.ReceiptText = i18n.T("正在核对订单号，核对后即可得到 %s，请保留此凭证", "The order number is being checked; keep this receipt for %s", r.title).In(lang)
	}
}

// redeem takes the reward of a card; 0: the answer has been given.
func (s *Service) redeem(w http.ResponseWriter, r *http.Request, p *printed, visitor string, page *view) int {
	if err := r.ParseForm(); err != nil {
		s.message(w, r, http.StatusBadRequest, i18n.T("提交的内容无法读取", "What was sent cannot be read"))
		return 0
	}
	if !s.limits.Allow("card "+p.id+" "+s.ip(r), sendsIn10Min, 10*time.Minute, s.now()) {
		s.fail(w, r, tooOften)
		return 0
	}
	made, err := s.claimCard(r.Context(), p, visitor, r.PostForm.Get("order_no"))
	e := errs.As(err)
	switch {
	case err == nil:
		p.claim = made
		return http.StatusOK
	case e.Code == errs.CodeInvalid:
		page.Error = e.Fields[0].Text.In(pageLang(r))
		return http.StatusUnprocessableEntity
	case e.Code == errs.CodeConflict:
		page.Error = e.Text.In(pageLang(r))
		return http.StatusConflict
	}
	s.fail(w, r, err)
	return 0
}

// scanned counts a look at a card.
func (s *Service) scanned(r *http.Request, p *printed) {
	if r.Method != http.MethodGet {
		return
	}
	if err := s.db.Write(r.Context(), p.org, func(tx *db.Tx) error {
		_, err := tx.Exec(r.Context(), "UPDATE acquisition_card SET scans = scans + 1 WHERE org_id = ? AND batch_id = ? AND serial = ?", p.org, p.id, p.serial)
		return err
	}); err != nil {
		s.slog.WarnContext(r.Context(), "a scan was not counted", "batch", p.id, "error", err)
	}
}
