package app

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"fishpond/internal/acquisition"
	"fishpond/internal/carrier"
	"fishpond/internal/demo"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
)

// demoVisitors is how many people scan the brand's codes on its first day on
// the simulator.
const demoVisitors = 24

// demoPatience is how long the first sync and the codes may take.
const demoPatience = time.Minute

// DemoOcean connects the synthetic brand with a simulator, makes live codes
// and lets people scan them. What is there already stays; only the callback is
// told anew, since the server may have moved. The server must be serving.
func (a *App) DemoOcean(ctx context.Context, ocean *demo.Ocean) error {
	brand, err := a.Org.FindOrg(ctx, demo.Brand)
	if err != nil {
		return err
	}
	ctx = access.With(ctx, access.ForSystem(brand.ID, "demo"))
	visited, err := ocean.Visited(ctx)
	if err != nil {
		return err
	}
	account, err := a.demoAccount(ctx, ocean, brand.ID)
	if err != nil {
		return err
	}
	if err := a.demoMembers(ctx, brand.ID, account); err != nil {
		return err
	}
	codes, err := a.demoCodes(ctx, brand.ID, account)
	if err != nil || visited {
		return err
	}
	if err := a.demoFriends(ctx, account); err != nil {
		return err
	}
	return ocean.Visit(ctx, codes, demoVisitors)
}

// demoAccount connects the brand's corp and has it tell us what happens.
func (a *App) demoAccount(ctx context.Context, ocean *demo.Ocean, orgID string) (string, error) {
	corp, err := ocean.Found(ctx, demo.Brand)
	if err != nil {
		return "", err
	}
	var b [48]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", err
	}
	token, key := hex.EncodeToString(b[:16]), base64.RawStdEncoding.EncodeToString(b[16:])
	values := map[string]string{"corp_id": demo.CorpID, "secret": corp.Secret, "callback_token": token, "callback_key": key, "base_url": ocean.URL()}
	accounts, err := a.Carrier.Accounts(ctx)
	if err != nil {
		return "", err
	}
	var account carrier.Account
	for _, had := range accounts {
		if had.PlatformID == demo.CorpID {
			account = had
		}
	}
	if account.ID == "" {
		var byName map[string]string
		if byName, err = a.demoStaff(ctx, orgID); err != nil {
			return "", err
		}
		account, err = a.Carrier.Connect(ctx, carrier.NewAccount{Kind: carrier.KindWecom, Name: demo.Brand + "企业微信", Values: values, OwnerStaffID: byName[demo.Staff()[0]]})
	} else {
		delete(values, "corp_id") // what names an account does not change
		account, err = a.Carrier.Update(ctx, account.ID, carrier.AccountPatch{Values: values})
	}
	if err != nil {
		return "", err
	}
	return account.ID, ocean.Call(ctx, corp.App, account.CallbackURL, token, key)
}

// demoMembers brings the corp's members in and says who of the staff they are.
func (a *App) demoMembers(ctx context.Context, orgID, account string) error {
	run, err := a.Carrier.StartSync(ctx, account)
	if err != nil {
		return err
	}
	if err := a.until(ctx, "the first sync", func() (bool, error) {
		runs, err := a.Carrier.Syncs(ctx, account, "", 1)
		if err == nil && len(runs) == 1 && runs[0].Status == "failed" {
			err = errors.New(runs[0].Error)
		}
		return len(runs) == 1 && runs[0].ID == run.ID && runs[0].Status == "done", err
	}); err != nil {
		return err
	}
	byName, err := a.demoStaff(ctx, orgID)
	if err != nil {
		return err
	}
	for i, name := range demo.Staff() {
		id := byName[name]
		if err := a.Carrier.SetStaff(ctx, account, demo.MemberID(i), carrier.StaffPatch{StaffID: &id}); err != nil {
			return fmt.Errorf("member %s: %w", name, err)
		}
	}
	return nil
}

func (a *App) demoStaff(ctx context.Context, orgID string) (byName map[string]string, err error) {
	err = a.DB.Read(ctx, orgID, func(tx *db.Tx) error {
		byName, err = a.Org.StaffByName(ctx, tx, orgID)
		return err
	})
	return byName, err
}

// demoCodes makes live codes for the busiest entrances and returns what their
// QR pictures hold once the platform has them.
func (a *App) demoCodes(ctx context.Context, orgID, account string) ([]string, error) {
	codes, _, _, err := a.Acquisition.Codes(ctx, acquisition.CodeFilter{}, "", 100)
	if err != nil {
		return nil, err
	}
	if len(codes) == 0 {
		byName, err := a.demoStaff(ctx, orgID)
		if err != nil {
			return nil, err
		}
		channels, err := a.demoChannels(ctx)
		if err != nil {
			return nil, err
		}
		for i, e := range demo.Busiest() {
			in := acquisition.CodeInput{Name: e.Path[2], Kind: acquisition.CodeStaff, Mode: acquisition.ModeWay, ChannelID: channels[e.Key], AccountID: account,
				CodeSpec: acquisition.CodeSpec{Tags: []string{"新客", e.Path[0]}, Remark: "{{name}}-{{channel}}",
					Welcome: []acquisition.Welcome{{Parts: []acquisition.Part{{Kind: "text", Text: e.Welcome()}}}}}}
			for k := range 3 { // of the six, three a code
				in.Members = append(in.Members, acquisition.CodeMember{StaffID: byName[demo.Staff()[(i+k*2)%len(demo.Staff())]], Weight: 1})
			}
			c, err := a.Acquisition.CreateCode(ctx, in)
			if err != nil {
				return nil, fmt.Errorf("live code %s: %w", e.Path[2], err)
			}
			codes = append(codes, c)
		}
	}
	out := make([]string, len(codes))
	for i, c := range codes {
		if c.AccountID != account || c.Status != acquisition.StatusActive {
			continue
		}
		if _, err := a.Acquisition.Push(ctx, c.ID); err != nil { // the platform may be a new one
			return nil, err
		}
		if err := a.until(ctx, "the code "+c.Name, func() (bool, error) {
			now, err := a.Acquisition.Code(ctx, c.ID)
			out[i] = now.QRURL
			return out[i] != "", err
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// until asks again and again whether something has come about.
func (a *App) until(ctx context.Context, what string, there func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, demoPatience)
	defer cancel()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		ok, err := there()
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s did not come about: %w", what, ctx.Err())
		case <-again.C:
		}
	}
}
