package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"fishpond/internal/app"
	"fishpond/internal/insight/clv"
	"fishpond/internal/insight/uplift"
)

type insightCmd struct {
	Uplift upliftCmd `cmd:"" help:"Tell what an experiment brought: each group against the one left out, with intervals. Touches no database."`
	CLV    clvCmd    `cmd:"" name:"clv" help:"Tell what customers are worth: models of who will buy again and for how much, fitted to a file of orders and held against its later part. Touches no database."`
}

type upliftCmd struct {
	CSV       string             `name:"csv" required:"" help:"The file, a person a line, with a header; gzip too. -: standard input." placeholder:"FILE"`
	Group     string             `required:"" help:"The column that says in which group a person is." placeholder:"COLUMN"`
	Control   string             `required:"" help:"That column's value for who was left out." placeholder:"VALUE"`
	Outcome   []string           `required:"" sep:"none" help:"A column that holds what came of it, numbers or yes and no. May be given several times." placeholder:"COLUMN"`
	Covariate string             `help:"A column with what was known of the person before, such as last year's spending; makes intervals narrower." placeholder:"COLUMN"`
	Share     map[string]float64 `help:"How large the groups were meant to be, in any unit; without it, equal." placeholder:"GROUP=SHARE"`
	EmptyZero bool               `help:"An empty outcome or covariate means 0."`
	JSON      bool               `help:"Print one JSON object."`
}

func (u *upliftCmd) Run(ctx context.Context, out *output) (err error) {
	in := os.Stdin
	if u.CSV != "-" {
		if in, err = os.Open(u.CSV); err != nil {
			return fmt.Errorf("--csv: %w", err)
		}
		defer func() { err = errors.Join(err, in.Close()) }()
	}
	report, err := app.Uplift(ctx, in, uplift.Options{Group: u.Group, Control: u.Control, Outcomes: u.Outcome, Covariate: u.Covariate, Shares: u.Share, EmptyIsZero: u.EmptyZero})
	if err != nil {
		return err
	}
	if u.JSON {
		return out.json(report)
	}
	return report.Print(out.stdout, language())
}

type clvCmd struct {
	CSV            string            `name:"csv" required:"" help:"The file, a line or more an order, with a header; gzip too. -: standard input." placeholder:"FILE"`
	Columns        map[string]string `required:"" mapsep:"," help:"Which columns are customer, time, amount and currency; the last two may be missing. amount may be QUANTITY*PRICE." placeholder:"customer=COLUMN,time=COLUMN,amount=COLUMN"`
	TimeLayout     string            `help:"How times are written, as 02/01/2006 15:04; not needed where the year comes first." placeholder:"LAYOUT"`
	Currency       string            `help:"Count only rows in this currency." placeholder:"CODE"`
	CalibrationEnd string            `help:"The last day that models may see when they are held to their word; without it, two thirds of the time." placeholder:"DATE"`
	Unit           string            `default:"week" enum:"day,week,month" help:"The unit of time in which parameters are given: day, week or month."`
	Discount       float64           `default:"0.1" help:"By how much money a year later counts less; 0.1 is 10 %."`
	Horizon        int               `default:"1095" help:"For how many days the value of a person is summed up."`
	JSON           bool              `help:"Print one JSON object."`
}

func (c *clvCmd) Run(ctx context.Context, out *output) (err error) {
	in := os.Stdin
	if c.CSV != "-" {
		if in, err = os.Open(c.CSV); err != nil {
			return fmt.Errorf("--csv: %w", err)
		}
		defer func() { err = errors.Join(err, in.Close()) }()
	}
	report, err := app.CLV(ctx, in, clv.FileOptions{
		Columns: c.Columns, TimeLayout: c.TimeLayout, Currency: c.Currency, CalibrationEnd: c.CalibrationEnd, Unit: c.Unit, Discount: c.Discount, Horizon: c.Horizon,
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return out.json(report)
	}
	return report.Print(out.stdout, language())
}
