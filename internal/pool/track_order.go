package pool

import (
	"encoding/json"
	"fmt"
	"regexp"

	"github.com/shopspring/decimal"

	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/i18n"
)

const (
	maxAmount = int64(1e15) // minor units; sums of millions of orders still fit int64
	maxItems  = 500
)

var currencyPattern = regexp.MustCompile(`^[A-Z]{3}$`)

// trackedOrder is the data of order.paid and order.refunded as callers write
// it: quantities as numbers or as decimal texts.
type trackedOrder struct {
	OrderID     string `json:"order_id"`
	RefundID    string `json:"refund_id"`
	AmountMinor *int64 `json:"amount_minor"`
	Currency    string `json:"currency"`
	Region      string `json:"region"`
	Items       []struct {
		SKU         string          `json:"sku"`
		Name        string          `json:"name"`
		Quantity    json.RawMessage `json:"quantity"`
		AmountMinor int64           `json:"amount_minor"`
	} `json:"items"`
}

// cleanOrder checks the data of order events and gives it the form that
// mallevent says; other fields of the caller stay. Other kinds pass as they are.
func cleanOrder(kind string, raw json.RawMessage) (data json.RawMessage, key string, problem i18n.Text) {
	if kind != mallevent.OrderPaid && kind != mallevent.OrderRefunded {
		return raw, "", problem
	}
	var o trackedOrder
	if err := json.Unmarshal(raw, &o); err != nil {
		return nil, "", i18n.T("data 与 %s 不符：%v", "data does not fit %s: %v", kind, err)
	}
	id, name := o.OrderID, "order_id"
	if kind == mallevent.OrderRefunded {
		id, name = o.RefundID, "refund_id"
	}
	switch {
	case id == "" || !plain(id, maxTrackKey) || !plain(o.OrderID, maxTrackKey):
		return nil, "", i18n.T("data.%s 必填，最多 %d 字节", "data.%s is needed, at most %d bytes", name, maxTrackKey)
	case o.AmountMinor == nil || *o.AmountMinor < 0 || *o.AmountMinor > maxAmount:
		return nil, "", i18n.T("data.amount_minor 必填，应为不小于 0 的整数（最小货币单位）", "data.amount_minor is needed: a whole number of minor units, not negative")
	case !currencyPattern.MatchString(o.Currency):
		return nil, "", i18n.T("data.currency 应为三个大写字母，例如 CNY", "data.currency is three capital letters, as CNY")
	case len(o.Items) > maxItems:
		return nil, "", i18n.T("data.items 最多 %d 项", "data.items has at most %d items", maxItems)
	}
	region, problem := cleanLine(o.Region, maxRegion)
	if !problem.IsZero() {
		return nil, "", i18n.T("data.region 最多 %d 个字符", "data.region has at most %d characters", maxRegion)
	}
	items := make([]mallevent.Item, len(o.Items))
	for i, in := range o.Items {
		quantity, ok := cleanQuantity(in.Quantity)
		name, problem := cleanLine(in.Name, 256)
		if !ok || !problem.IsZero() || !plain(in.SKU, maxTrackKey) || in.AmountMinor < 0 || in.AmountMinor > maxAmount {
			return nil, "", i18n.T("data.items[%d] 不正确：sku 最多 128 字节，quantity 为正数，amount_minor 为不小于 0 的整数", "data.items[%d] is not right: sku of at most 128 bytes, quantity above 0, amount_minor a whole number, not negative", i)
		}
		items[i] = mallevent.Item{SKU: in.SKU, Name: name, Quantity: quantity, AmountMinor: in.AmountMinor}
	}
	fields := map[string]any{}
	var rest map[string]json.RawMessage
	if err := json.Unmarshal(raw, &rest); err != nil {
		return nil, "", i18n.T("data 应为对象", "data must be an object")
	}
	for k, v := range rest {
		fields[k] = v
	}
	if len(items) > 0 {
		fields["items"] = items
	} else {
		delete(fields, "items")
	}
	if region != "" {
		fields["region"] = region
	}
	data, err := json.Marshal(fields)
	if err != nil {
		return nil, "", i18n.T("data 不正确", "data is not right")
	}
	return data, fmt.Sprintf("%s:%s", kind, id), problem
}

// cleanQuantity reads a positive decimal of sane size, as number or as text.
func cleanQuantity(raw json.RawMessage) (string, bool) {
	s := string(raw)
	if len(s) > 1 && s[0] == '"' {
		s = s[1 : len(s)-1]
	}
	if s == "" || len(s) > 24 { // also keeps 1e400 from being written out in full
		return "", false
	}
	d, err := decimal.NewFromString(s)
	if err != nil || d.Exponent() > 12 || d.Exponent() < -12 || !d.IsPositive() || d.GreaterThan(decimal.NewFromInt(1e12)) {
		return "", false
	}
	return d.String(), true
}
