package importer

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
)

// retailSample is in the form of the online-retail preset: 2 orders and 1
// refund of 2 customers, a line without customer, prices of three digits.
const retailSample = `InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,WHITE HANGING HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
536365,71053,"LANTERN, ""WHITE""",6,2010-12-01 08:26:00,3.39,17850.0,United Kingdom
536414,22139,,56,2010-12-01 11:52:00,0.0,,United Kingdom
C536379,D,Discount,-1,2010-12-01 09:41:00,27.50,17850.0,United Kingdom
536370,22728,ALARM CLOCK,24,2010-12-01 08:45:00,3.751,12583.0,France
536370,POST,POSTAGE,3,2010-12-01 08:46:00,18.001,12583.0,France
`

func without(r Result) Result { r.Seconds = 0; return r }

func TestImportOfTheKnownForm(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		s := newService(t, d)
		path := put(t, "retail.csv", retailSample)
		// 6×2.55+6×3.39 = 35.64; 24×3.751+3×18.001 = 144.027 → 144.03
		want := Result{Rows: 6, RowsWithoutCustomer: 1, Persons: 2, Orders: 2, Refunds: 1, GMVMinor: 3564 + 14403, RefundedMinor: 2750}
		before := ""
		for round := range 2 {
			var phases []string
			got, err := s.Import(t.Context(), org, path, Options{Preset: "online-retail"}, func(p Progress) { phases = append(phases, p.Phase) })
			if err != nil || without(got) != want {
				t.Fatalf("round %d: %+v, %v", round, got, err)
			}
			if p := strings.Join(phases, " "); !strings.HasPrefix(p, "reading") || !strings.HasSuffix(p, "storing") {
				t.Errorf("phases %s", p)
			}
			now := stored(t, d)
			if round == 1 && now != before {
				t.Fatalf("the second run changed\n%s\nto\n%s", before, now)
			}
			before = now
		}
		for _, line := range []string{
			"per_12583 France", "per_17850 United Kingdom",
			// London keeps winter time in December.
			`order:online-retail:536370 per_12583 order.paid1291193100000000 {"order_id":"536370","amount_minor":14403,"currency":"GBP","region":"France","items":[` +
				`{"sku":"22728","name":"ALARM CLOCK","quantity":"24","amount_minor":9003},{"sku":"POST","name":"POSTAGE","quantity":"3","amount_minor":5400}]}`,
			`refund:online-retail:C536379 per_17850 order.refunded1291196460000000 {"refund_id":"C536379","amount_minor":2750,"currency":"GBP","items":[{"sku":"D","name":"Discount","quantity":"1","amount_minor":2750}]}`,
		} {
			if !strings.Contains(before, line) {
				t.Errorf("nothing holds %s in\n%s", line, before)
			}
		}
		if left, err := filepath.Glob(filepath.Join(s.dir, "tmp", "*")); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v %v", left, err)
		}
	})
}

// small runs an import on SQLite and gives the result, the rejected lines
// (without the header) and what was stored.
func small(t *testing.T, content string, o Options) (Result, string, string, error) {
	t.Helper()
	d := testkit.Open(t, db.SQLite, schema)
	o.RejectedPath = filepath.Join(t.TempDir(), "rejected.csv")
	r, err := newService(t, d).Import(i18n.With(t.Context(), i18n.EN), org, put(t, "in.csv", content), o, nil)
	rejected, e := os.ReadFile(o.RejectedPath)
	if e != nil && !errors.Is(e, os.ErrNotExist) {
		t.Fatal(e)
	}
	_, lines, _ := strings.Cut(string(rejected), "\n")
	return r, lines, stored(t, d), err
}

const columnsABC = "no,who,at,qty,price\n"

var mapABC = Mapping{"order": "no", "customer": "who", "time": "at", "quantity": "qty", "price": "price"}

// Wrong lines are told with line and reason, take their whole order with
// them, and leave the rest alone.
func TestRejectedLines(t *testing.T) {
	const ok = "9,z,2024-01-05 10:00:00,1,1\n"
	for _, c := range []struct {
		name, in string
		o        Options
		want     string // the rejected lines
	}{
		{"time", "1,a,yesterday,1,1\n", Options{}, "2,the time yesterday cannot be read as 2006-1-2 15:04:05,1,a,yesterday,1,1\n"},
		{"no such day", "1,a,2024-02-30,1,1\n", Options{TimeLayout: "2006-01-02 15:04:05"}, "2,the time 2024-02-30 cannot be read as 2006-01-02 15:04:05,1,a,2024-02-30,1,1\n"},
		{"quantity 1e400", "1,a,2024-01-05 10:00:00,1e400,1\n", Options{}, "2,\"qty is \"\"1e400\"\": a number of more than 15 digits\",1,a,2024-01-05 10:00:00,1e400,1\n"},
		{"negative price", "1,a,2024-01-05 10:00:00,1,-1\n", Options{}, "2,the price is negative,1,a,2024-01-05 10:00:00,1,-1\n"},
		{"negative quantity", "1,a,2024-01-05 10:00:00,-1,1\n", Options{}, "2,\"the quantity or amount is negative, but the order's number has no prefix of refunds\",1,a,2024-01-05 10:00:00,-1,1\n"},
		{"refund that pays", "R1,a,2024-01-05 10:00:00,-1,1\nR1,a,2024-01-05 10:00:00,2,1\n", Options{RefundPrefix: "R"},
			"2,the lines of the refund add up to a payment,R1,a,2024-01-05 10:00:00,-1,1\n3,the lines of the refund add up to a payment,R1,a,2024-01-05 10:00:00,2,1\n"},
		{"no order", " ,a,2024-01-05 10:00:00,1,1\n", Options{}, "2,no order number,\" \",a,2024-01-05 10:00:00,1,1\n"},
		{"an id of 4 kB", "1," + strings.Repeat("x", 4096) + ",2024-01-05 10:00:00,1,1\n", Options{}, "2,who has 4096 bytes; at most 128 are taken,1," + strings.Repeat("x", 4096) + ",2024-01-05 10:00:00,1,1\n"},
		{"rounded id", "1.23457E+17,a,2024-01-05 10:00:00,1,1\n", Options{}, "2,no is 1.23457E+17: the spreadsheet has rounded a long number; export that column again as text,1.23457E+17,a,2024-01-05 10:00:00,1,1\n"},
		{"amount", "1,a,2024-01-05 10:00:00,999999999999999,999999999999999\n", Options{}, "2,the amount is too large,1,a,2024-01-05 10:00:00,999999999999999,999999999999999\n"},
		{"a line of an order", "1,a,2024-01-05 10:00:00,1,1\n1,a,2024-01-05 10:00:00,x,1\n", Options{},
			"2,another line (3) of this order was rejected,1,a,2024-01-05 10:00:00,1,1\n3,\"qty is \"\"x\"\": not a number\",1,a,2024-01-05 10:00:00,x,1\n"},
		{"two customers", "1,a,2024-01-05 10:00:00,1,1\n1,b,2024-01-05 10:00:00,1,1\n", Options{},
			"2,the order names different customers,1,a,2024-01-05 10:00:00,1,1\n3,the order names different customers,1,b,2024-01-05 10:00:00,1,1\n"},
		{"cells", "1,a,2024-01-05 10:00:00,1\n", Options{}, "2,4 cells where the header has 5 columns,1,a,2024-01-05 10:00:00,1,\n"},
		{"bytes", "1,a,2024-01-05 10:00:00,1,1\xff\n", Options{Encoding: "utf-8"}, "2,Some bytes are not text in utf-8,1,a,2024-01-05 10:00:00,1,1\ufffd\n"},
		{"formula", "1,=cmd|'/c calc'!A1,yesterday,-1,1\n", Options{}, "2,the time yesterday cannot be read as 2006-1-2 15:04:05,1,'=cmd|'/c calc'!A1,yesterday,-1,1\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.Mapping = mapABC
			r, rejected, now, err := small(t, columnsABC+c.in+ok+ok[:1]+"8"+ok[1:], c.o)
			if err != nil || rejected != c.want {
				t.Fatalf("rejected %q, %v\nwant     %q", rejected, err, c.want)
			}
			lines := int64(strings.Count(c.in, "\n"))
			if r.Rows != lines+2 || r.RowsRejected != lines || r.Orders != 2 || r.Persons != 1 || r.GMVMinor != 200 {
				t.Errorf("%+v", r)
			}
			if n := strings.Count(now, "order:import:"); n != 2 {
				t.Errorf("%d orders stored:\n%s", n, now)
			}
		})
	}
}

// What is wrong with the file as a whole stores nothing at all, however many
// good orders stand before it.
func TestNothingOfAWrongFile(t *testing.T) {
	good := columnsABC + strings.Repeat("1,a,2024-01-05 10:00:00,1,1\n", 3000)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	for i := range 50_000 {
		fmt.Fprintf(w, "%d,c%d,2024-01-05 10:00:00,1,1\n", i, i*7919%1000)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, in string
		o        Options
		want     string
	}{
		{"truncated gzip", packed.String()[:packed.Len()/2], Options{Mapping: Mapping{"order": "0", "customer": "c0", "time": "2024-01-05 10:00:00", "price": "1"}}, "two columns named 1"},
		{"truncated gzip, mapped", packed.String()[:packed.Len()/2], Options{Mapping: Mapping{"order": "0", "customer": "c0", "time": "2024-01-05 10:00:00", "amount": "0"}}, "The compressed file breaks off here"},
		{"open quote", good + "\"2,a,2024-01-05 10:00:00,1,1\n", Options{Mapping: mapABC}, "Line 3002: A quote"},
		{"10 MB in a cell", good + strings.Repeat("x", 10<<20), Options{Mapping: mapABC}, "Line 3002: The record"},
		{"binary", "\x00\x01\x02", Options{}, "not a CSV"},
		{"header only", columnsABC, Options{Mapping: mapABC}, "a header and no rows"},
		{"wrong column", good, Options{Mapping: Mapping{"customer": "Buyer"}}, "Line 1 (the header) has no column Buyer; it has no, who, at, qty, price"},
		{"wrong field", good, Options{Mapping: Mapping{"buyer": "who"}}, "There is no field buyer"},
		{"no customer column", good, Options{Mapping: Mapping{"time": "at", "price": "price"}}, "who the customer is"},
		{"no time column", good, Options{Mapping: Mapping{"customer": "who", "price": "price"}}, "time of the order"},
		{"no money column", good, Options{Mapping: Mapping{"customer": "who", "time": "at"}}, "amount"},
		{"time layout", good, Options{Mapping: mapABC, TimeLayout: "%Q"}, "time layout %Q"},
		{"times that are none", strings.ReplaceAll(good, "2024-01-05", "someday"), Options{Mapping: mapABC}, "not understood, such as someday"},
		{"ambiguous times", columnsABC + "1,a,5/6/2024 10:00,1,1\n", Options{Mapping: mapABC}, "two ways (1/2/2006 15:04 or 2/1/2006 15:04)"},
		{"time zone", good, Options{Mapping: mapABC, TimeZone: "Mars/Olympus"}, "no time zone Mars/Olympus"},
		{"currency", good, Options{Mapping: mapABC, Currency: "RMBY"}, "RMBY is not an ISO 4217"},
		{"preset", good, Options{Preset: "none"}, "no preset none"},
		{"preset of another file", good, Options{Preset: "online-retail"}, "has no column CustomerID"},
		{"kind", good, Options{Kind: "things"}, "Only orders or persons"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, rejected, now, err := small(t, c.in, c.o)
			e := errs.As(err)
			said := e.Text.EN
			for _, f := range e.Fields {
				said += " " + f.Text.EN
			}
			if err == nil || e.Code != errs.CodeInvalid || !strings.Contains(said, c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if now != "" || rejected != "" {
				t.Errorf("left behind: %q %.200q", rejected, now)
			}
		})
	}
}

func TestWithoutAnOrderColumnEachLineIsOne(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		s := newService(t, d)
		in := "客户,下单时间,数量,单价,手机\n张三,2024/1/5 9:00,2,¥1.50,\n张三,2024/1/5 9:00,2,1.50,\n李四,2024/1/6 9:00,1,3,13800138000\n,2024/1/6 9:00,1,3,\n"
		want := Result{Rows: 4, RowsWithoutCustomer: 1, Persons: 2, Orders: 3, GMVMinor: 900}
		before := ""
		for round := range 3 {
			if round == 2 { // the same lines in another file: nothing new
				in = "手机,单价,数量,下单时间,客户\n13800138000,3.0,1,2024/1/6 9:00,李四\n,1.5,2,2024/1/5 9:00,张三\n"
				want = Result{Rows: 2, Persons: 2, Orders: 2, GMVMinor: 600}
			}
			got, err := s.Import(t.Context(), org, put(t, "in.csv", in), Options{}, nil)
			if err != nil || without(got) != want {
				t.Fatalf("round %d: %+v, %v", round, got, err)
			}
			if now := stored(t, d); before != "" && now != before {
				t.Fatalf("round %d changed\n%s\nto\n%s", round, before, now)
			} else {
				before = now
			}
		}
	})
}

func TestRefundsByOption(t *testing.T) {
	in := columnsABC + "1,a,2024-01-05 10:00:00,-2,1.5\n2,a,2024-01-05 11:00:00,1,1\n2,a,2024-01-05 11:00:00,-1,1\n"
	r, rejected, now, err := small(t, in, Options{Mapping: mapABC, NegativeRefunds: true})
	if err != nil || r.Refunds != 1 || r.RefundedMinor != 300 || r.RowsRejected != 2 || !strings.Contains(now, "refund:import:1") || !strings.Contains(rejected, "positive and negative") {
		t.Fatalf("%+v %q %v\n%s", r, rejected, err, now)
	}
}

func TestCurrenciesWithOtherDigits(t *testing.T) {
	in := columnsABC + "1,a,2024-01-05 10:00:00,3,33.4\n"
	for code, want := range map[string]int64{"JPY": 100, "CNY": 10020, "KWD": 100200} {
		if r, _, _, err := small(t, in, Options{Mapping: mapABC, Currency: code}); err != nil || r.GMVMinor != want {
			t.Errorf("%s: %+v, %v", code, r, err)
		}
	}
}

func TestLastOrderSaysWhereSomebodyLives(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		in := "order,customer,time,amount,region\n2,a,2024-02-01,1,上海\n1,a,2024-01-01,1,北京\n"
		for range 2 {
			if _, err := newService(t, d).Import(t.Context(), org, put(t, "in.csv", in), Options{}, nil); err != nil {
				t.Fatal(err)
			}
			if now := stored(t, d); !strings.Contains(now, "per_a 上海") {
				t.Fatal(now)
			}
		}
	})
}

func TestBadTelephoneDoesNotCostTheOrder(t *testing.T) {
	in := "order,customer,time,amount,phone\n1,a,2024-02-01,1,000\n2,,2024-02-01,1,000\n"
	r, rejected, now, err := small(t, in, Options{})
	if err != nil || r.Orders != 1 || r.RowsRejected != 1 || !strings.Contains(rejected, "3,not a telephone number") || !strings.Contains(now, "per_a") {
		t.Fatalf("%+v %q %v", r, rejected, err)
	}
}

func TestOneNumberForAllIsNoOrder(t *testing.T) {
	var b strings.Builder
	b.WriteString(columnsABC)
	for range maxOrderLines + 5 {
		b.WriteString("UK,a,2024-01-05 10:00:00,1,1\n")
	}
	b.WriteString("1,a,2024-01-05 10:00:00,1,1\n")
	r, rejected, _, err := small(t, b.String(), Options{Mapping: mapABC})
	if err != nil || r.Orders != 1 || r.RowsRejected != maxOrderLines+5 || !strings.HasPrefix(rejected, "2,more than 10000 lines") {
		t.Fatalf("%+v, %v, %.100q", r, err, rejected)
	}
}

func TestWorkbook(t *testing.T) {
	f := excelize.NewFile()
	for i, row := range [][]any{{"订单编号", "买家会员名", "订单付款时间", "买家实际支付金额", "联系手机", "收货人省份"},
		{"T1", "小明", 45296.375, 99.9, "13800138000", "浙江"}, {"T2", "小红", 45297.5, 0.1 + 0.2, nil, "江苏"}} {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "taobao.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	d := testkit.Open(t, db.SQLite, schema)
	r, err := newService(t, d).Import(t.Context(), org, path, Options{}, nil)
	if want := (Result{Rows: 2, Persons: 2, Orders: 2, GMVMinor: 10020}); err != nil || without(r) != want {
		t.Fatalf("%+v, %v", r, err)
	}
	if now := stored(t, d); !strings.Contains(now, "order.paid1704416400000000") { // 2024-01-05 09:00 in Shanghai
		t.Fatal(now)
	}
}

func TestPersons(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		in := "会员号,姓名,手机,性别,生日,标签,导购,是否VIP,身高,爱好\n" +
			"m1,张三,13800138000,男,1990-1-31,\"老客, 大客户\",李雷,是,1.75,钓鱼;下棋\n" +
			"m2,李四,,女,1990年2月30日,,,,,\n" +
			"m3,王五,,x,,,,,,\n" +
			"m4,赵六,,,,,韩梅梅,,,\n" +
			"m5,钱七,,,,,,maybe,,\n" +
			",无名,,,,,,,,\n" +
			"m1,张三丰,,,,,LI@example.com,否,,\n"
		o := Options{Kind: Persons, RejectedPath: filepath.Join(t.TempDir(), "r.csv"), Mapping: Mapping{"customer": "会员号", "name": "姓名", "phone": "手机", "gender": "性别", "birthday": "生日",
			"tags": "标签", "owner": "导购", "trait:vip": "是否VIP", "trait:height": "身高", "trait:hobby": "爱好"}}
		for round := range 2 {
			got, err := newService(t, d).Import(t.Context(), org, put(t, "in.csv", in), o, nil)
			if want := (Result{Rows: 7, RowsWithoutCustomer: 1, RowsRejected: 4, Persons: 1}); err != nil || without(got) != want {
				t.Fatalf("round %d: %+v, %v", round, got, err)
			}
			if now := stored(t, d); now != "per_m1  张三丰 ||stf_li|[]|map[vip:false]\n" {
				t.Fatalf("stored %q", now)
			}
		}
		rejected, err := os.ReadFile(o.RejectedPath)
		if err != nil || !strings.HasPrefix(string(rejected), "\ufeff行号,原因,会员号") {
			t.Fatalf("%q, %v", rejected, err)
		}
		for _, want := range []string{"\n3,“生日”是“1990年2月30日”：不是日期", "\n4,“性别”是“x”", "\n5,“导购”是“韩梅梅”：没有这个员工", "\n6,“是否VIP”是“maybe”"} {
			if !strings.Contains(string(rejected), want) {
				t.Errorf("%q is not in %s", want, rejected)
			}
		}
		o.Mapping["trait:shoe"] = "身高"
		if _, err := newService(t, d).Import(t.Context(), org, put(t, "in.csv", in), o, nil); !errs.Is(err, errs.CodeInvalid) || !strings.Contains(err.Error(), "trait shoe is not declared") {
			t.Errorf("undeclared trait: %v", err)
		}
	})
}

func TestCancelledImportLeavesWholeOrders(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		s := newService(t, d)
		path := put(t, "in.csv", manyOrders(3000))
		ctx, cancel := context.WithCancel(t.Context())
		_, err := s.Import(ctx, org, path, Options{}, func(p Progress) {
			if p.Phase == PhaseStoring {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v", err)
		}
		checkWhole(t, d)
		r, err := s.Import(t.Context(), org, path, Options{}, nil)
		if err != nil || r.Orders != 3000 {
			t.Fatalf("%+v, %v", r, err)
		}
		if n := checkWhole(t, d); n != 3000 {
			t.Fatalf("%d orders", n)
		}
	})
}

// manyOrders is a file of n orders of three lines each, of 1.00, 2.00 and
// 3.00, in no order of time.
func manyOrders(n int) string {
	var b strings.Builder
	b.WriteString("order,customer,time,quantity,price,sku,region\n")
	for line := range 3 {
		for i := range n {
			fmt.Fprintf(&b, "N%d,c%d,2024-%02d-%02d 10:%02d:00,1,%d,sku%d,r%d\n", i, i%(n/4+1), 1+i*7%12, 1+i*13%28, i%60, line+1, line, i%7)
		}
	}
	return b.String()
}

// checkWhole checks that every stored order of manyOrders has all its lines
// and is there once, and counts them.
func checkWhole(t *testing.T, d *db.DB) (n int) {
	t.Helper()
	for line := range strings.Lines(stored(t, d)) {
		key, rest, _ := strings.Cut(line, " {")
		if !strings.HasPrefix(key, "order:") {
			continue
		}
		var o mallevent.Order
		if err := json.Unmarshal([]byte("{"+rest), &o); err != nil || o.AmountMinor != 600 || len(o.Items) != 3 {
			t.Fatalf("%s: %v", line, err)
		}
		n++
	}
	return n
}
