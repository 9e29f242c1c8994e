package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestUpliftOfAFile(t *testing.T) {
	t.Setenv("LANG", "en_GB.UTF-8")
	file := filepath.Join(t.TempDir(), "trial.csv")
	var b strings.Builder
	b.WriteString("who,mailed,bought,spent\n")
	for i := range 2000 {
		line := "a,no,0,0\n"
		switch {
		case i%2 == 0 && i%20 == 0:
			line = "a,no,1,19.5\n"
		case i%2 == 1 && i%5 == 0:
			line = "a,yes,1,20.5\n"
		case i%2 == 1:
			line = "a,yes,0,0\n"
		}
		b.WriteString(line)
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"insight", "uplift", "--csv", file, "--group", "mailed", "--control", "no", "--outcome", "bought", "--outcome", "spent"}

	var out, complaints strings.Builder
	if code := run(context.Background(), append(args, "--json"), &out, &complaints); code != 0 {
		t.Fatalf("%d: %s", code, complaints.String())
	}
	var r struct {
		Rows        int64
		Comparisons []struct {
			Outcome, Treatment, Verdict string
			Per1000                     struct{ Difference, Low, High float64 } `json:"per_1000"`
		}
	}
	if err := json.Unmarshal([]byte(out.String()), &r); err != nil {
		t.Fatal(err)
	}
	if r.Rows != 2000 || len(r.Comparisons) != 2 {
		t.Fatalf("%+v", r)
	}
	for i, want := range []float64{100, 1000 * (0.2*20.5 - 0.1*19.5)} {
		c := r.Comparisons[i]
		if d := c.Per1000.Difference; c.Treatment != "yes" || c.Verdict != "higher" || d < want-1e-6 || d > want+1e-6 || c.Per1000.Low <= 0 || c.Per1000.High <= d {
			t.Errorf("%+v, want %v per 1,000", c, want)
		}
	}

	out.Reset()
	if code := run(context.Background(), args, &out, &complaints); code != 0 || !strings.Contains(out.String(), "yes brings 100 more bought per 1,000 people") {
		t.Errorf("%d: %s%s", code, out.String(), complaints.String())
	}
	complaints.Reset()
	if code := run(context.Background(), append(args, "--outcome", "who"), &out, &complaints); code != 2 || !strings.Contains(complaints.String(), "line 2, column 1 (who): “a” is neither a number nor yes or no") {
		t.Errorf("%d: %s", code, complaints.String())
	}
	if code := run(context.Background(), []string{"insight", "uplift", "--csv", file + ".no", "--group", "a", "--control", "b", "--outcome", "c"}, &out, &complaints); code != 1 {
		t.Errorf("a file that is not there ends with %d", code)
	}
}

func TestCLVOfAFile(t *testing.T) {
	t.Setenv("LANG", "en_GB.UTF-8")
	src := rand.New(rand.NewPCG(1, 2))
	begin := time.Date(2024, 1, 1, 9, 30, 0, 0, time.UTC)
	var b strings.Builder
	b.WriteString("客户,时间,数量,单价\n")
	for who := range 600 {
		rate, gone := 0.02+0.1*src.ExpFloat64(), 120*src.ExpFloat64()
		for day, from := float64(src.IntN(120)), 0.0; day < 360 && from < gone; {
			fmt.Fprintf(&b, "c%d,%s,2,%.2f\n", who, begin.Add(time.Duration(day*24)*time.Hour).Format("2006/1/2 15:04"), 20+float64(who%50)+5*src.Float64())
			gap := src.ExpFloat64() / rate
			day += gap
			from += gap
		}
	}
	b.WriteString(",2024/5/1 10:00,1,5\nc1,2024/6/1 10:00,-1,5\n")
	file := filepath.Join(t.TempDir(), "orders.csv")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"insight", "clv", "--csv", file, "--columns", "customer=客户,time=时间,amount=数量*单价", "--currency", "CNY", "--calibration-end", "2024-08-31"}
	var out, complaints strings.Builder
	if code := run(context.Background(), append(args, "--json"), &out, &complaints); code != 0 {
		t.Fatalf("%d: %s", code, complaints.String())
	}
	var r struct {
		People, Repeaters, Rows int64
		WithoutCustomer         int64 `json:"rows_without_customer"`
		Refunds                 int64 `json:"refund_rows"`
		Models                  []struct {
			Model         string
			LogLikelihood float64 `json:"log_likelihood"`
			Parameters    []struct {
				Name  string
				Value float64
			} `json:"parameters"`
		}
		Value      struct{ Parameters []struct{ Value float64 } }
		Population struct {
			Alive float64
			Ahead []struct {
				Days          int
				Orders, Worth float64
			}
		}
		Validation struct {
			CalibrationEnd string `json:"calibration_end"`
			Purchases      []struct {
				Name             string
				Expected, Actual float64
				RMSE             float64 `json:"root_mean_square_error"`
			}
			Tracking []struct{ Actual int64 }
		}
	}
	if err := json.Unmarshal([]byte(out.String()), &r); err != nil {
		t.Fatal(err)
	}
	if r.People != 600 || r.WithoutCustomer != 1 || r.Refunds != 1 || len(r.Models) != 2 || len(r.Models[0].Parameters) != 4 || r.Models[0].LogLikelihood < r.Models[1].LogLikelihood || len(r.Value.Parameters) != 3 {
		t.Errorf("%+v", r)
	}
	if p := r.Population; p.Alive < 20 || p.Alive > 200 || len(p.Ahead) != 3 || p.Ahead[0].Orders >= p.Ahead[2].Orders || p.Ahead[2].Worth < 80*p.Ahead[2].Orders || p.Ahead[2].Worth > 125*p.Ahead[2].Orders {
		t.Errorf("%+v", p)
	}
	v := r.Validation
	if v.CalibrationEnd != "2024-08-31" || len(v.Purchases) != 4 || len(v.Tracking) < 50 || v.Purchases[0].Actual == 0 || v.Purchases[0].RMSE >= v.Purchases[3].RMSE {
		t.Errorf("%+v", v)
	}

	out.Reset()
	if code := run(context.Background(), args, &out, &complaints); code != 0 || !strings.Contains(out.String(), "Of 600 people about") || !strings.Contains(out.String(), "Pareto/NBD") || strings.Contains(out.String(), "NaN") {
		t.Errorf("%d: %s%s", code, out.String(), complaints.String())
	}
	out.Reset()
	one := filepath.Join(t.TempDir(), "one.csv")
	if err := os.WriteFile(one, []byte("客户,时间,数量,单价\na,2024/1/1,1,2\nb,2024/2/1,1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args[3] = one
	if code := run(context.Background(), args, &out, &complaints); code != 0 || !strings.Contains(out.String(), "Cannot say: nobody has bought twice") {
		t.Errorf("%d: %s%s", code, out.String(), complaints.String())
	}
	if err := os.WriteFile(one, []byte("客户,时间,数量,单价\na,2024/1/1,1,2\nb,1/2/2024,1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	complaints.Reset()
	if code := run(context.Background(), args, &out, &complaints); code != 2 || !strings.Contains(complaints.String(), "line 3, column 3 (时间)") {
		t.Errorf("%d: %s", code, complaints.String())
	}
}
