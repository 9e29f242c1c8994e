package acquisition

import (
	"net/http"
	"regexp"
	"time"

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
	page := sheet{Title: f.spec.Title, Text: f.spec.Text, Form: &sheetForm{Person: true, Token: slug(), Consent: f.spec.Consent, NameLabel: i18n.T("称呼", "Name").In(lang),
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
	if !s.limits.allow("form "+f.id+" "+s.ip(r), sendsIn10Min, 10*time.Minute, s.now()) {
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
		s.thanks(w, r, f)
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
	if err := s.enter(r.Context(), f, e); errs.Is(err, errs.CodeInvalid) {
		wrong(i18n.T("手机号不正确，请检查", "The phone number is not right; please check it"))
		return
	} else if err != nil {
		s.fail(w, r, err)
		return
	}
	s.thanks(w, r, f)
}

func (s *Service) thanks(w http.ResponseWriter, r *http.Request, f *form) {
	page := sheet{Title: i18n.T("提交成功", "Thank you").In(pageLang(r)), Text: f.spec.Thanks}
	if f.spec.CodeID != "" {
		if shown, err := s.showQR(w, r, f.org, f.spec.CodeID); err == nil && shown.Picture != "" {
			page.Picture, page.PictureText = shown.Picture, shown.sheet.Text
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
	page := sheet{Title: p.spec.Title, Text: p.spec.Text, ReceiptText: i18n.T("已领取 %s，请出示此凭证", "%s is yours; show this receipt", p.spec.Reward.Title).In(lang)}
	if p.spec.Reward.Kind != "none" {
		page.Note = i18n.T("奖励与是否评价、评价内容无关", "The reward does not depend on whether you review, or what you write").In(lang)
	}
	if p.spec.CodeID != "" {
		if shown, err := s.showQR(w, r, p.org, p.spec.CodeID); err == nil && shown.Picture != "" {
			page.Picture, page.PictureText = shown.Picture, shown.sheet.Text
		}
	} else {
		page.Next, page.NextText = p.spec.Target, i18n.T("打开", "Open").In(lang)
	}
	status := http.StatusOK
	if r.Method == http.MethodPost && p.spec.Reward.Kind != "none" {
		status = s.redeem(w, r, p, visitor, &page)
		if status == 0 {
			return
		}
	} else {
		s.remember(r, p.org, visit{visitor: visitor, way: "card", thing: p.id, card: p.code, channel: p.channel})
		s.scanned(r, p)
		page.Receipt = p.receipt
	}
	if p.spec.Reward.Kind != "none" && page.Receipt == "" {
		if p.taken {
			page.Error = i18n.T("这张卡片的奖励已被领取", "The reward of this card has been taken").In(lang)
		} else {
			page.Form = &sheetForm{Token: slug(), Button: i18n.T("领取 %s", "Take %s", p.spec.Reward.Title).In(lang), Order: p.mode == CardPerOrder,
				OrderLabel: i18n.T("订单号", "Order number").In(lang), OrderNo: short(r.PostForm.Get("order_no"), 40)}
		}
	}
	s.render(w, r, status, page)
}

// redeem takes the reward of a card; 0: the answer has been given.
func (s *Service) redeem(w http.ResponseWriter, r *http.Request, p *printed, visitor string, page *sheet) int {
	if err := r.ParseForm(); err != nil {
		s.message(w, r, http.StatusBadRequest, i18n.T("提交的内容无法读取", "What was sent cannot be read"))
		return 0
	}
	if !s.limits.allow("card "+p.id+" "+s.ip(r), sendsIn10Min, 10*time.Minute, s.now()) {
		s.fail(w, r, tooOften)
		return 0
	}
	receipt, err := s.claimCard(r.Context(), p, visitor, r.PostForm.Get("order_no"))
	e := errs.As(err)
	switch {
	case err == nil:
		page.Receipt = receipt
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
