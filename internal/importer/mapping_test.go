package importer

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"fishpond/internal/platform/errs"
)

// show writes a mapping in the form of the command line, sorted.
func show(m Mapping) string {
	var out []string
	for _, f := range slices.Sorted(maps.Keys(m)) {
		out = append(out, f+"="+m[f])
	}
	return strings.Join(out, ",")
}

func TestGuessMapping(t *testing.T) {
	for _, c := range []struct{ name, kind, header, want string }{
		{"Shopify", Orders, "Name,Email,Financial Status,Paid at,Currency,Subtotal,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Name,Shipping Province,Shipping Country,Phone",
			"email=Email,name=Lineitem name,order=Name,person_name=Billing Name,phone=Phone,price=Lineitem price,quantity=Lineitem quantity,region=Shipping Province,sku=Lineitem sku,time=Paid at"},
		{"Taobao", Orders, "订单编号,买家会员名,买家应付货款,总金额,买家实际支付金额,订单状态,收货人姓名,收货地址,联系手机,订单创建时间,订单付款时间,宝贝标题,宝贝总数量",
			"amount=买家实际支付金额,customer=买家会员名,name=宝贝标题,order=订单编号,person_name=收货人姓名,phone=联系手机,quantity=宝贝总数量,time=订单付款时间"},
		{"Youzan", Orders, "订单号,买家付款时间,下单时间,商品名称,规格编码,商品数量,商品单价,商品实付金额,买家手机号,收货人,收货人省份",
			"name=商品名称,order=订单号,person_name=收货人,phone=买家手机号,price=商品单价,quantity=商品数量,region=收货人省份,sku=规格编码,time=下单时间"},
		{"plain Chinese", Orders, "客户,订单号,下单时间,数量,单价,金额,手机,邮箱,地区,商品",
			"customer=客户,email=邮箱,name=商品,order=订单号,phone=手机,price=单价,quantity=数量,region=地区,time=下单时间"},
		{"plain English", Orders, "Customer ID,Order No.,Date,Amount,Country,Mobile", "amount=Amount,customer=Customer ID,order=Order No.,phone=Mobile,region=Country,time=Date"},
		{"nothing known", Orders, "foo,bar", ""},
		{"a name twice", Orders, "客户,手机,手机", "customer=客户"},
		{"members", Persons, "会员编号,姓名,手机号码,性别,生日,注册时间,客户标签,导购,城市", "birthday=生日,created_at=注册时间,customer=会员编号,gender=性别,name=姓名,owner=导购,phone=手机号码,region=城市,tags=客户标签"},
	} {
		if got := show(guessMapping(c.kind, strings.Split(c.header, ","))); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

func TestParseMapping(t *testing.T) {
	m, err := ParseMapping(`customer=Buyer, no.\, old\=1,time = When`)
	if err == nil {
		t.Errorf("a name with a bare comma was taken: %v", m)
	}
	m, err = ParseMapping(`customer=Buyer no.\, a\=1\\,time = When`)
	if want := `customer=Buyer no., a=1\,time=When`; err != nil || show(m) != want {
		t.Errorf("%s, %v; want %s", show(m), err, want)
	}
	for _, bad := range []string{"", "customer", "customer=", "=x", "a=b=c", "a=b,a=c"} {
		if m, err := ParseMapping(bad); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("%q: %v, %v", bad, m, err)
		}
	}
}

// A spreadsheet as it leaves a Chinese Windows: GB18030, every fact under its
// Chinese name, no options given.
func TestChineseExportNeedsNoOptions(t *testing.T) {
	in, err := simplifiedchinese.GB18030.NewEncoder().String("订单号,客户,下单时间,数量,单价,商品,地区\r\n" +
		"DD1,张伟,2024年5月1日 9:30,2,￥19.90,龙井茶叶,浙江\r\nDD1,张伟,2024年5月1日 9:30,1,\"￥1,000.00\",紫砂壶,浙江\r\nDD2,王芳,2024年5月2日 10:00,1,5,,江苏\r\n")
	if err != nil {
		t.Fatal(err)
	}
	r, rejected, now, err := small(t, in, Options{})
	if want := (Result{Rows: 3, Persons: 2, Orders: 2, GMVMinor: 104480}); err != nil || without(r) != want || rejected != "" {
		t.Fatalf("%+v %q, %v", r, rejected, err)
	}
	for _, want := range []string{"per_张伟 浙江", `"name":"紫砂壶","quantity":"1","amount_minor":100000`, "order.paid1714527000000000"} {
		if !strings.Contains(now, want) {
			t.Errorf("%s is not in\n%s", want, now)
		}
	}
}
