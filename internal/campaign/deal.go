package campaign

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
)

// assign draws the groups, and counts them.
//
// The global control group of a quarter is whose hash, salted with org and
// quarter, falls below its share. Of the others who can be reached, each stage
// gives its share to the hold-out: those with the lowest hash, salted with the
// campaign, of as many as are planned together; what is left of a person is
// carried on to the next ones of the stage. So the shares are exact to one person
// a stage, and nobody can foresee who it will be.
func (p *planner) assign(people []one, carry map[string]int64) map[string]int64 {
	n := map[string]int64{}
	quarter := p.quarter()
	stages := map[string][]*one{}
	for i := range people {
		o := &people[i]
		switch {
		case len(o.addresses) == 0:
			o.variant = ""
		case p.row.purpose == Marketing && draw(p.orgID+"\x00"+quarter, o.ID)%10_000 < uint64(p.set.GlobalBP):
			o.variant = Global
		default:
			o.variant, o.draw = Treated, draw(p.row.id, o.ID)
			stages[o.Stage] = append(stages[o.Stage], o)
			continue
		}
		n[o.variant]++
	}
	for stage, of := range stages {
		slices.SortFunc(of, func(a, b *one) int { return cmp.Or(cmp.Compare(a.draw, b.draw), strings.Compare(a.ID, b.ID)) })
		owed, ok := carry[stage]
		if !ok { // else small stages would give nobody in any campaign, and always round down
			owed = int64(draw(p.row.id, "\x00"+stage) % 10_000)
		}
		owed += int64(len(of)) * p.row.holdout
		out := min(owed/10_000, int64(len(of)))
		if p.row.holdout == 0 {
			out = 0
		}
		carry[stage] = owed - out*10_000
		for _, o := range of[:out] {
			o.variant = Holdout
		}
		n[Holdout] += out
		n[Treated] += int64(len(of)) - out
		if len(p.cells) > 0 {
			deal(p.row.id, stage, p.cells, again(p.row.id, of[out:]), carry)
		}
		for _, o := range of[out:] {
			if o.tested {
				n[tested]++
			}
		}
	}
	return n
}

// tested is under which those are counted who are in the test of variants.
const tested = "tested"

// again orders people by another hash: where they stand among those who were
// nearly left out is not to say which variant they get.
func again(id string, people []*one) []*one {
	for _, o := range people {
		o.draw = draw(id+"\x00variant", o.ID)
	}
	slices.SortFunc(people, func(a, b *one) int { return cmp.Or(cmp.Compare(a.draw, b.draw), strings.Compare(a.ID, b.ID)) })
	return people
}

// draw is a number that nobody can foresee without the salt.
func draw(salt, personID string) uint64 {
	sum := sha256.Sum256([]byte(salt + "\x00" + personID))
	return binary.BigEndian.Uint64(sum[:8])
}
