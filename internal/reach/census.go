package reach

import (
	"context"
	"database/sql"
	"fmt"

	"fishpond/internal/platform/db"
	"fishpond/internal/reach/gate"
)

// lastingRules are those of the gate that no waiting changes.
var lastingRules = []gate.Reason{gate.DoNotContact, gate.NoConsent}

// EachWord tells of everybody of whom the gate knows something whether messages of
// a purpose may go to them at all, by any of their ids; why is empty where they
// may. Everybody else is as unknown says. What passes by itself (quiet hours,
// limits, attention) is not asked.
func (s *Service) EachWord(ctx context.Context, tx *db.Tx, orgID, purpose string, tell func(personID string, why gate.Reason)) (unknown gate.Reason, err error) {
	rules, err := s.rulesOf(ctx, tx, orgID)
	if err != nil {
		return "", err
	}
	word := func(p *person) gate.Reason {
		var f gate.Facts
		p.facts(purpose, rules.zone, s.now(), &f)
		for _, c := range rules.Explain(&f, gate.Ask{Purpose: purpose, At: s.now()}) {
			for _, r := range lastingRules {
				if c.Rule == r && !c.Passed {
					return r
				}
			}
		}
		return ""
	}
	// The gate's word hangs on few facts: ask it once for each mixture.
	type mixture struct {
		dnc  bool
		said gate.Word
	}
	words := map[mixture]gate.Reason{}
	asked := func(p *person) gate.Reason {
		m := mixture{p.dnc, p.word(purpose)}
		why, ok := words[m]
		if !ok {
			why = word(p)
			words[m] = why
		}
		return why
	}
	several := map[string]*person{} // who goes by several ids
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var speaker string
		err := rows.Scan(&speaker)
		several[speaker] = &person{id: speaker}
		return err
	}, "SELECT DISTINCT speaker_id FROM reach_person WHERE org_id = ? AND speaker_id <> person_id", orgID); err != nil {
		return "", fmt.Errorf("reach: census: %w", err)
	}
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var id, speaker string
		var dnc, marketing, marketingAt, service, serviceAt int64
		if err := rows.Scan(&id, &speaker, &dnc, &marketing, &marketingAt, &service, &serviceAt); err != nil {
			return err
		}
		p, shared := several[speaker]
		if !shared {
			p = &person{}
		}
		p.dnc = p.dnc || dnc == 1
		if marketing != 0 && marketingAt >= p.marketingAt {
			p.marketing, p.marketingAt = gate.Word(marketing), marketingAt //nolint:gosec // -1, 0 or 1
		}
		if service != 0 && serviceAt >= p.serviceAt {
			p.service, p.serviceAt = gate.Word(service), serviceAt //nolint:gosec // -1, 0 or 1
		}
		if !shared {
			tell(id, asked(p))
		}
		return nil
	}, "SELECT person_id, speaker_id, dnc, marketing, marketing_at, service, service_at FROM reach_person WHERE org_id = ?", orgID); err != nil {
		return "", fmt.Errorf("reach: census: %w", err)
	}
	for id, p := range several {
		tell(id, asked(p))
	}
	return asked(&person{}), nil
}
