package importer

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"

	"fishpond/internal/platform/i18n"
)

// Limits of what identifies things, in bytes. More is a wrong column.
const (
	maxID     = 128
	maxPhone  = 64
	maxEmail  = 254
	maxRegion = 128
	maxText   = 300 // characters of names; longer ones are cut
)

// line is one line of an order. Its byte slices point into the row.
type line struct {
	number   int64
	key      []byte // the order's number, or the hash of the line
	at       int64
	quantity number
	amount   number
}

var (
	noOrder       = i18n.Text{ZH: "没有订单号", EN: "no order number"}
	negativePrice = i18n.Text{ZH: "单价是负数", EN: "the price is negative"}
	wrongSign     = i18n.Text{ZH: "数量或金额是负数，但订单号没有退款前缀", EN: "the quantity or amount is negative, but the order's number has no prefix of refunds"}
)

// hasCustomer reports whether the row names anybody.
func (p *plan) hasCustomer(cells [][]byte) bool {
	return filled(cells, p.c.customer) || filled(cells, p.c.phone) || filled(cells, p.c.email)
}

func filled(cells [][]byte, i int) bool { return i >= 0 && len(bytes.TrimSpace(cells[i])) > 0 }

func cell(cells [][]byte, i int) []byte {
	if i < 0 {
		return nil
	}
	return bytes.TrimSpace(cells[i])
}

// orderKey is the order's number as far as it can be used to find the other
// lines of the order, also for lines that are rejected.
func (p *plan) orderKey(cells [][]byte) []byte {
	key := cell(cells, p.c.order)
	if len(key) > maxID {
		return nil
	}
	return key
}

// read checks a row and fills l; the text says why it cannot be taken.
func (p *plan) read(l *line, cells [][]byte) i18n.Text {
	if why := p.checkIDs(cells); !why.IsZero() {
		return why
	}
	var ok bool
	if l.at, ok = p.layout.parse(cells[p.c.time]); !ok {
		return i18n.T("时间“%[1]s”读不出来（格式 %[2]s）", "the time %[1]s cannot be read as %[2]s", short(string(cell(cells, p.c.time))), p.layout.pattern)
	}
	if why := p.readAmount(l, cells); !why.IsZero() {
		return why
	}
	if p.c.order >= 0 {
		l.key = cell(cells, p.c.order)
	} else {
		l.key = p.contentKey(l, cells)
	}
	if l.amount.units < 0 && !p.isRefund(l.key) && !p.NegativeRefunds {
		return wrongSign
	}
	return i18n.Text{}
}

func (p *plan) isRefund(key []byte) bool {
	return p.RefundPrefix != "" && len(key) > len(p.RefundPrefix) && string(key[:len(p.RefundPrefix)]) == p.RefundPrefix && p.c.order >= 0
}

func (p *plan) checkIDs(cells [][]byte) i18n.Text {
	order := cell(cells, p.c.order)
	switch {
	case p.c.order >= 0 && len(order) == 0:
		return noOrder
	case len(order) > maxID:
		return tooLong(p.header[p.c.order], len(order), maxID)
	case lostDigits(order):
		return scientific(p.header[p.c.order], order)
	}
	if sku := cell(cells, p.c.sku); len(sku) > maxID {
		return tooLong(p.header[p.c.sku], len(sku), maxID)
	}
	return p.checkContact(cells)
}

func (p *plan) checkContact(cells [][]byte) i18n.Text {
	for _, f := range [...]struct {
		at, most int
		id       bool
	}{{p.c.customer, maxID, true}, {p.c.phone, maxPhone, true}, {p.c.email, maxEmail, false}, {p.c.region, maxRegion, false}} {
		v := cell(cells, f.at)
		if len(v) > f.most {
			return tooLong(p.header[f.at], len(v), f.most)
		}
		if f.id && lostDigits(v) {
			return scientific(p.header[f.at], v)
		}
	}
	return i18n.Text{}
}

func tooLong(column string, got, most int) i18n.Text {
	return i18n.T("“%s”有 %d 字节，最多 %d 字节", "%s has %d bytes; at most %d are taken", short(column), got, most)
}

// lostDigits recognises a long number that a spreadsheet has turned into
// 4.2E+18: different numbers then look the same.
func lostDigits(id []byte) bool {
	i := bytes.Index(id, []byte("E+"))
	if i < 1 || id[0] < '0' || id[0] > '9' {
		return false
	}
	for j, c := range id {
		if (c < '0' || c > '9') && c != '.' && j != i && j != i+1 {
			return false
		}
	}
	return true
}

func scientific(column string, v []byte) i18n.Text {
	return i18n.T("“%[1]s”是 %[2]s：Excel 把长号码变成了科学计数，尾数已经丢失；请把这一列设为文本后重新导出", "%[1]s is %[2]s: the spreadsheet has rounded a long number; export that column again as text", short(column), string(v))
}

func (p *plan) readAmount(l *line, cells [][]byte) i18n.Text {
	l.quantity = number{1, 0}
	var why i18n.Text
	if p.c.quantity >= 0 && (p.c.amount < 0 || filled(cells, p.c.quantity)) {
		if l.quantity, why = parseNumber(cells[p.c.quantity], p.grouped); !why.IsZero() {
			return p.about(p.c.quantity, cells, why)
		}
	}
	var price number
	if p.c.price >= 0 && (p.c.amount < 0 || filled(cells, p.c.price)) {
		if price, why = parseNumber(cells[p.c.price], p.grouped); !why.IsZero() {
			return p.about(p.c.price, cells, why)
		}
		if price.units < 0 {
			return negativePrice
		}
	}
	if p.c.amount >= 0 {
		if l.amount, why = parseNumber(cells[p.c.amount], p.grouped); !why.IsZero() {
			return p.about(p.c.amount, cells, why)
		}
	} else {
		var ok bool
		if l.amount, ok = l.quantity.times(price); !ok {
			return tooBig
		}
	}
	if _, ok := l.amount.roundMinor(p.digits); !ok {
		return tooBig
	}
	if l.quantity.units < 0 && l.amount.units == 0 && !p.NegativeRefunds && (p.c.order < 0 || !p.isRefund(cell(cells, p.c.order))) {
		return wrongSign
	}
	return i18n.Text{}
}

func (p *plan) about(column int, cells [][]byte, why i18n.Text) i18n.Text {
	v := short(string(cell(cells, column)))
	return i18n.T("“%[1]s”是“%[2]s”：%[3]s", "%[1]s is %[2]q: %[4]s", short(p.header[column]), v, why.ZH, why.EN)
}

// contentKey stands for the order's number in files without one. It is made
// of what the line says, so that the same line is the same order next time.
func (p *plan) contentKey(l *line, cells [][]byte) []byte {
	h := sha256.New()
	for _, i := range []int{p.c.customer, p.c.phone, p.c.email, p.c.sku, p.c.name} {
		h.Write(cell(cells, i))
		h.Write([]byte{0})
	}
	h.Write(strconv.AppendInt(nil, l.at, 10))
	h.Write([]byte{0})
	h.Write([]byte(l.quantity.String()))
	h.Write([]byte{0})
	h.Write([]byte(l.amount.String()))
	return hex.AppendEncode(nil, h.Sum(nil)[:16])
}

// customerID undoes what programs that know numbers only make of ids: 17850.0
// is 17850.
func customerID(b []byte) string {
	if n, ok := bytes.CutSuffix(b, []byte(".0")); ok && len(n) > 0 {
		for _, c := range n {
			if c < '0' || c > '9' {
				return string(b)
			}
		}
		return string(n)
	}
	return string(b)
}

// text cuts a name to what is kept of it.
func text(b []byte) string {
	s := string(b)
	if strings.ContainsAny(s, "\t\r\n\u00a0\u3000") || strings.Contains(s, "  ") {
		s = strings.Join(strings.Fields(s), " ")
	}
	if len(s) <= maxText {
		return s
	}
	if utf8.RuneCountInString(s) > maxText {
		return string([]rune(s)[:maxText])
	}
	return s
}
