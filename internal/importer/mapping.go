package importer

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"fishpond/internal/importer/table"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// What is imported.
const (
	Orders  = "orders"
	Persons = "persons"
)

// The fields that a column can be mapped to. In orders, name is the product's;
// in persons, the person's.
const (
	fieldCustomer   = "customer"
	fieldOrder      = "order"
	fieldTime       = "time"
	fieldQuantity   = "quantity"
	fieldPrice      = "price"
	fieldAmount     = "amount"
	fieldSKU        = "sku"
	fieldName       = "name"
	fieldRegion     = "region"
	fieldPhone      = "phone"
	fieldEmail      = "email"
	fieldPersonName = "person_name"
	fieldGender     = "gender"
	fieldBirthday   = "birthday"
	fieldCreatedAt  = "created_at"
	fieldTags       = "tags"
	fieldOwner      = "owner"
	traitPrefix     = "trait:"
)

var fieldsOf = map[string][]string{
	Orders: {fieldCustomer, fieldOrder, fieldTime, fieldQuantity, fieldPrice, fieldAmount, fieldSKU, fieldName, fieldRegion,
		fieldPhone, fieldEmail, fieldPersonName},
	Persons: {fieldCustomer, fieldName, fieldPhone, fieldEmail, fieldRegion, fieldGender, fieldBirthday, fieldCreatedAt, fieldTags, fieldOwner},
}

// Mapping names, for each field, the column that holds it.
type Mapping map[string]string

// ParseMapping reads the form of the command line: customer=Buyer,order=No.
// A comma or equals sign inside a column's name is written \, or \=.
func ParseMapping(s string) (Mapping, error) {
	m := Mapping{}
	for _, pair := range splitEscaped(s, ',') {
		kv := splitEscaped(pair, '=')
		if len(kv) != 2 || strings.TrimSpace(kv[0]) == "" || strings.TrimSpace(kv[1]) == "" {
			return nil, errs.InvalidField("columns", i18n.T("“%s”应写成 字段=列名", "%s: write field=Column", pair))
		}
		field := strings.TrimSpace(unescape(kv[0]))
		if _, twice := m[field]; twice {
			return nil, errs.InvalidField("columns", i18n.T("字段 %s 写了两次", "The field %s is given twice", field))
		}
		m[field] = strings.TrimSpace(unescape(kv[1]))
	}
	return m, nil
}

func splitEscaped(s string, sep byte) []string {
	var out []string
	start := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case sep:
			out, start = append(out, s[start:i]), i+1
		}
	}
	return append(out, s[start:])
}

func unescape(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\,`, `,`, `\=`, `=`).Replace(s)
}

// columnsOf turns a mapping into positions in the header; -1 for fields that
// are not mapped.
func columnsOf(kind string, m Mapping, header []string) (map[string]int, error) {
	at := map[string]int{}
	for _, f := range fieldsOf[kind] {
		at[f] = -1
	}
	fields := make([]string, 0, len(m))
	for f := range m {
		fields = append(fields, f)
	}
	slices.Sort(fields) // the same mistake gives the same message
	for _, field := range fields {
		column := strings.TrimSpace(m[field])
		if _, known := at[field]; !known && (kind != Persons || !strings.HasPrefix(field, traitPrefix)) {
			return nil, errs.InvalidField("mapping."+short(field), i18n.T("没有字段“%s”；可用：%s", "There is no field %s; there are %s", short(field), strings.Join(fieldsOf[kind], ", ")))
		}
		if column == "" {
			continue
		}
		found := slices.Index(header, column)
		if found < 0 {
			return nil, errs.InvalidField("mapping."+short(field), i18n.T("第 1 行（表头）没有列“%s”；有：%s", "Line 1 (the header) has no column %s; it has %s", short(column), short(strings.Join(header, ", "))))
		}
		if slices.Index(header[found+1:], column) >= 0 {
			return nil, errs.InvalidField("mapping."+short(field), i18n.T("第 1 行（表头）有两列都叫“%s”，请先改名", "Line 1 (the header) has two columns named %s; rename one", short(column)))
		}
		at[field] = found
	}
	return at, complete(kind, at)
}

// complete checks that what is mapped is enough to go by.
func complete(kind string, at map[string]int) error {
	has := func(fields ...string) bool {
		return slices.ContainsFunc(fields, func(f string) bool { return at[f] >= 0 })
	}
	switch {
	case !has(fieldCustomer, fieldPhone, fieldEmail):
		return errs.InvalidField("mapping.customer", i18n.Text{ZH: "要有一列说明客户是谁：客户编号、手机或邮箱", EN: "One column must say who the customer is: a number, a phone or an e-mail"})
	case kind == Persons:
		return nil
	case !has(fieldTime):
		return errs.InvalidField("mapping.time", i18n.Text{ZH: "要有一列是下单时间", EN: "One column must hold the time of the order"})
	case !has(fieldAmount) && !has(fieldPrice):
		return errs.InvalidField("mapping.amount", i18n.Text{ZH: "要有金额列，或单价列（与数量相乘）", EN: "One column must hold the amount, or the price (times the quantity)"})
	}
	return nil
}

// Preset is a mapping for a known kind of file.
type Preset struct {
	Name         string    `json:"name"`
	Title        string    `json:"title"`
	Kind         string    `json:"kind"`
	Mapping      Mapping   `json:"mapping"`
	TimeZone     string    `json:"time_zone"`
	Currency     string    `json:"currency"`
	RefundPrefix string    `json:"refund_prefix"`
	layouts      []string  // in the order in which they are tried
	title        i18n.Text // Title in both languages
}

// Presets lists the known kinds of files.
func Presets(lang i18n.Lang) []Preset {
	all := []Preset{{
		Name: "online-retail", Kind: Orders, title: i18n.Text{ZH: "UCI Online Retail 示例数据", EN: "UCI Online Retail sample data"},
		Mapping: Mapping{fieldCustomer: "CustomerID", fieldOrder: "InvoiceNo", fieldTime: "InvoiceDate", fieldQuantity: "Quantity",
			fieldPrice: "UnitPrice", fieldSKU: "StockCode", fieldName: "Description", fieldRegion: "Country"},
		TimeZone: "Europe/London", Currency: "GBP", RefundPrefix: "C", layouts: []string{"2006-1-2 15:04:05", "1/2/2006 15:04", layoutExcel},
	}}
	for i := range all {
		all[i].Title = all[i].title.In(lang)
	}
	return all
}

// PresetNamed finds a preset.
func PresetNamed(name string) (Preset, bool) {
	all := Presets(i18n.ZH)
	i := slices.IndexFunc(all, func(p Preset) bool { return p.Name == name })
	if i < 0 {
		return Preset{}, false
	}
	return all[i], true
}

// names are what columns are called out there, in the order of trust, already
// in the form that plainName gives.
var names = map[string]map[string][]string{
	Orders: {
		fieldCustomer: {"customerid", "customerno", "memberno", "memberid", "userid", "buyerid", "客户编号", "客户id", "会员号", "会员编号", "会员卡号", "会员id", "用户id", "买家会员名",
			"买家昵称", "买家账号", "买家id", "客户", "会员", "customer", "buyer", "openid", "unionid"},
		fieldOrder: {"invoiceno", "orderid", "orderno", "ordernumber", "ordersn", "订单编号", "订单号", "主订单编号", "订单id", "交易单号", "单号", "invoice", "order"},
		fieldTime: {"invoicedate", "paidat", "paytime", "paymenttime", "订单付款时间", "付款时间", "支付时间", "orderdate", "ordertime", "createdat", "订单创建时间", "下单时间", "创建时间",
			"成交时间", "交易时间", "订单时间", "下单日期", "日期", "时间", "date", "time"},
		fieldQuantity: {"lineitemquantity", "quantity", "qty", "商品数量", "宝贝总数量", "购买数量", "数量", "件数"},
		fieldPrice:    {"lineitemprice", "unitprice", "price", "商品单价", "商品价格", "单价", "价格", "售价"},
		fieldAmount: {"买家实际支付金额", "实付金额", "商品实付金额", "实收金额", "实付款", "实付", "支付金额", "订单金额", "订单实付金额", "总金额", "成交金额", "销售额", "金额", "amount",
			"linetotal", "total", "totalprice", "grandtotal", "subtotal"},
		fieldSKU:        {"lineitemsku", "sku", "stockcode", "商品编码", "规格编码", "商家编码", "商品编号", "货号", "商品id", "productid", "productcode", "itemid"},
		fieldName:       {"lineitemname", "description", "productname", "product", "itemname", "宝贝标题", "商品名称", "商品标题", "商品", "品名", "宝贝", "item"},
		fieldRegion:     {"shippingprovince", "收货人省份", "收货省份", "省份", "省", "地区", "区域", "所在地", "城市", "province", "region", "state", "shippingcountry", "country", "国家"},
		fieldPhone:      {"买家手机号", "收货人手机号", "收货人手机", "联系手机", "手机号码", "手机号", "手机", "联系电话", "电话", "phone", "mobile", "phonenumber", "tel"},
		fieldEmail:      {"email", "emailaddress", "mail", "电子邮箱", "电子邮件", "邮箱", "邮件"},
		fieldPersonName: {"收货人姓名", "收件人", "收货人", "客户姓名", "客户名称", "买家姓名", "姓名", "billingname", "shippingname", "customername", "buyername"},
	},
	Persons: {
		fieldCustomer:  {"memberno", "memberid", "customerid", "customerno", "userid", "会员号", "会员编号", "会员卡号", "会员id", "客户编号", "客户id", "用户id", "卡号", "客户", "会员", "customer", "member"},
		fieldName:      {"姓名", "客户姓名", "会员姓名", "客户名称", "名字", "昵称", "name", "fullname", "customername", "nickname"},
		fieldPhone:     {"手机号码", "手机号", "手机", "联系电话", "电话", "phone", "mobile", "phonenumber", "tel"},
		fieldEmail:     {"email", "emailaddress", "mail", "电子邮箱", "电子邮件", "邮箱", "邮件"},
		fieldRegion:    {"地区", "区域", "省份", "省", "城市", "所在地", "region", "province", "city", "state", "country", "国家"},
		fieldGender:    {"性别", "gender", "sex"},
		fieldBirthday:  {"生日", "出生日期", "出生年月日", "birthday", "birthdate", "dateofbirth"},
		fieldCreatedAt: {"注册时间", "入会时间", "加入时间", "创建时间", "添加时间", "注册日期", "入会日期", "createdat", "registeredat", "joinedat", "createddate"},
		fieldTags:      {"标签", "客户标签", "tags", "tag", "labels"},
		fieldOwner:     {"归属员工", "所属员工", "专属顾问", "导购", "负责人", "跟进人", "owner", "staff", "salesrep"},
	},
}

// plainName is a column's name without case, spaces and punctuation.
func plainName(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// guessMapping maps what it recognises by name; each column at most once.
func guessMapping(kind string, header []string) Mapping {
	plain := make([]string, len(header))
	for i, h := range header {
		plain[i] = plainName(h)
	}
	m, used := Mapping{}, map[int]bool{}
	for _, field := range fieldsOf[kind] {
		for _, name := range names[kind][field] {
			i := slices.Index(plain, name)
			if i < 0 || used[i] || slices.Index(header[i+1:], header[i]) >= 0 {
				continue
			}
			m[field], used[i] = header[i], true
			break
		}
	}
	// Shopify calls the order "Name" and repeats it on every line.
	if kind == Orders && m[fieldOrder] == "" && slices.Contains(plain, "lineitemname") {
		if i := slices.Index(plain, "name"); i >= 0 {
			m[fieldOrder] = header[i]
		}
	}
	if kind == Orders && m[fieldPrice] != "" && m[fieldQuantity] != "" {
		// A total beside a price per line is the order's on most exports, not the line's.
		delete(m, fieldAmount)
	}
	return m
}

// Guess is what a file seems to hold.
type Guess struct {
	Kind       string   `json:"kind" enum:"orders,persons"`
	Preset     string   `json:"preset"`
	Mapping    Mapping  `json:"mapping"`
	TimeLayout string   `json:"time_layout"`
	Ambiguous  []string `json:"ambiguous_layouts" nullable:"false" doc:"When not empty, each of these reads the times, as different days: ask which is meant"`
}

// guess looks at the header and the first rows; kind is what is wanted, or
// empty.
func guess(t *table.Table, rows [][][]byte, kind string) Guess {
	g := Guess{Kind: or(kind, Orders), Ambiguous: []string{}}
	for _, p := range Presets(i18n.ZH) {
		if kind != "" && kind != p.Kind {
			continue
		}
		if _, err := columnsOf(p.Kind, p.Mapping, t.Columns); err == nil {
			g.Kind, g.Preset, g.Mapping = p.Kind, p.Name, p.Mapping
			g.TimeLayout = presetLayout(p, sample(t, rows, p.Mapping[fieldTime]))
			return g
		}
	}
	g.Mapping = guessMapping(g.Kind, t.Columns)
	if kind == "" && (g.Mapping[fieldTime] == "" || g.Mapping[fieldAmount] == "" && g.Mapping[fieldPrice] == "") {
		g.Kind, g.Mapping = Persons, guessMapping(Persons, t.Columns)
	}
	column := g.Mapping[fieldTime]
	if g.Kind == Persons {
		column = g.Mapping[fieldCreatedAt]
	}
	if column != "" {
		first, second := guessLayout(sample(t, rows, column))
		g.TimeLayout = first
		if second != "" {
			g.TimeLayout, g.Ambiguous = "", []string{first, second}
		}
	}
	return g
}

// presetLayout is the first of the preset's layouts that reads the samples, empty when
// none does.
func presetLayout(p Preset, samples [][]byte) string {
	for _, pattern := range p.layouts {
		if readsAll(pattern, samples) {
			return pattern
		}
	}
	return ""
}

func readsAll(pattern string, samples [][]byte) bool {
	l, err := newLayout(pattern, time.UTC)
	if err != nil {
		return false
	}
	for _, s := range samples {
		if _, ok := l.parse(s); !ok && len(s) > 0 {
			return false
		}
	}
	return true
}

// sample picks one column of the rows.
func sample(t *table.Table, rows [][][]byte, column string) [][]byte {
	i := slices.Index(t.Columns, column)
	if i < 0 {
		return nil
	}
	out := make([][]byte, 0, len(rows))
	for _, r := range rows {
		out = append(out, r[i])
	}
	return out
}

// short keeps what is echoed small.
func short(s string) string {
	r := []rune(s)
	if len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return s
}
