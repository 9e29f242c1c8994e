package pool

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/ids"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/pool/resolve"
	"fishpond/internal/timeline"
)

// Resolve finds who the contacts are and notes what they tell, as if they
// came one after the other: it makes persons for whoever is not known, and
// merges those who turn out to be one (package resolve has the rules). The
// answers are in the order of the contacts. It takes a handful of statements
// for any number of contacts; a thousand at once is a good number.
//
// A contact that is not valid fails the whole call with errs.CodeInvalid and
// paths like contacts[3].identities[0].value; see Checker to find out before.
func (s *Service) Resolve(ctx context.Context, tx *db.Tx, orgID string, contacts []Contact) ([]Resolved, error) {
	if len(contacts) == 0 {
		return nil, nil
	}
	c, err := s.Checker(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	ps := make([]prepared, len(contacts))
	var wrong []errs.Field
	for i, contact := range contacts {
		p, fields := c.prepare(contact, fmt.Sprintf("contacts[%d].", i))
		ps[i], wrong = p, append(wrong, fields...)
	}
	if len(wrong) > 0 {
		return nil, invalid(wrong)
	}
	return s.resolve(ctx, tx, orgID, ps)
}

// resolve looks first and locks only when there is something to write: most
// contacts of a living brand are known, and tell nothing new.
//
// Two transactions that meet the same new identity on PostgreSQL: the second
// waits for the lock, then looks again (READ COMMITTED shows each statement
// what is committed by then) and finds the person that the first one made.
func (s *Service) resolve(ctx context.Context, tx *db.Tx, orgID string, ps []prepared) ([]Resolved, error) {
	w := &work{s: s, tx: tx, orgID: orgID, now: s.now()}
	if err := w.consider(ctx, ps); err != nil {
		return nil, fmt.Errorf("pool: resolve: %w", err)
	}
	if w.idle() {
		return w.out, nil
	}
	if tx.Engine() == db.Postgres {
		if err := s.lock(ctx, tx, orgID); err != nil {
			return nil, err
		}
		w = &work{s: s, tx: tx, orgID: orgID, now: s.now()}
		if err := w.consider(ctx, ps); err != nil {
			return nil, fmt.Errorf("pool: resolve: %w", err)
		}
	}
	if err := w.write(ctx); err != nil {
		return nil, fmt.Errorf("pool: resolve: %w", err)
	}
	return w.out, nil
}

// work is one call of resolve: the slice of the pool that the contacts touch,
// and what they change in it.
type work struct {
	s     *Service
	tx    *db.Tx
	orgID string
	now   time.Time

	graph   *resolve.Graph
	made    bool   // somebody without any identity is to be made, by hand
	nodes   []*row // by resolve.ID; those from the store first
	before  []row  // the stored ones as they were
	current *prepared
	out     []Resolved

	created []resolve.ID
	held    []holding
	joined  []joining
	claims  map[claim]int64
	traits  map[traitOf]fact
	tags    []tagging
}

type holding struct {
	key  resolve.Key
	of   resolve.ID
	seen int64
	from string // source
}

type joining struct {
	winner, loser resolve.ID
	key           resolve.Key
}

type claim struct {
	key resolve.Key
	of  resolve.ID
}

type traitOf struct {
	of  resolve.ID
	key string
}

// consider loads what the contacts touch and works out what they change.
func (w *work) consider(ctx context.Context, ps []prepared) error {
	if err := w.load(ctx, ps); err != nil {
		return err
	}
	w.claims, w.traits = map[claim]int64{}, map[traitOf]fact{}
	w.graph.Journal = w
	whom := make([]resolve.ID, len(ps))
	w.out = make([]Resolved, len(ps))
	for i := range ps {
		w.current = &ps[i]
		made := len(w.created)
		var p resolve.ID
		if len(ps[i].keys) == 0 && w.made {
			p = w.graph.Add(0)
			w.Created(p)
		} else {
			p = w.graph.Resolve(ps[i].keys...)
		}
		w.learn(w.nodes[p], &ps[i])
		for key, v := range ps[i].traits {
			f := w.traits[traitOf{p, key}]
			if ps[i].seen > f.at || ps[i].seen == f.at && v > f.v {
				w.traits[traitOf{p, key}] = fact{v, ps[i].seen}
			}
		}
		whom[i] = p
		w.out[i].Created = slices.Contains(w.created[made:], p)
	}
	for i, p := range whom {
		who := w.graph.Find(p)
		w.out[i].PersonID = w.nodes[who].id
		w.out[i].Created = w.out[i].Created && int(who) >= len(w.before) // a later contact may show that it is somebody known
		for _, name := range ps[i].tags {
			w.tags = append(w.tags, tagging{person: w.out[i].PersonID, tag: name})
		}
	}
	return w.dropKnownTraits(ctx)
}

// dropKnownTraits forgets the values that are stored already, or are older
// than what is stored.
func (w *work) dropKnownTraits(ctx context.Context) error {
	at := map[string]resolve.ID{}
	for t := range w.traits {
		if int(t.of) < len(w.before) {
			at[w.nodes[t.of].id] = t.of
		}
	}
	if len(at) == 0 {
		return nil
	}
	where, arg := w.tx.In("person_id", keys(at))
	return w.tx.Each(ctx, func(rows *sql.Rows) error {
		var person, key string
		var f fact
		if err := rows.Scan(&person, &key, &f.v, &f.at); err != nil {
			return err
		}
		t := traitOf{at[person], key}
		if n, ok := w.traits[t]; ok && (n.v == f.v || n.at < f.at || n.at == f.at && n.v < f.v) {
			delete(w.traits, t)
		}
		return nil
	}, "SELECT person_id, trait_key, value, updated_at FROM pool_trait WHERE org_id = ? AND "+where, w.orgID, arg)
}

func (w *work) learn(r *row, p *prepared) {
	o := &r.own
	o.name.hear(p.name, p.seen)
	o.region.hear(p.region, p.seen)
	o.gender.hear(p.gender, p.seen)
	o.birthday.hear(p.birthday, p.seen)
	o.owner.hear(p.owner, p.seen)
	o.created = min(o.created, p.seen)
}

func (w *work) load(ctx context.Context, ps []prepared) error {
	byKind := map[resolve.Kind][]string{}
	seen := map[resolve.Key]bool{}
	pairs := false
	for _, p := range ps {
		pairs = pairs || len(p.keys) > 1
		for _, k := range p.keys {
			if !seen[k] {
				seen[k] = true
				byKind[k.Kind] = append(byKind[k.Kind], k.Value)
			}
		}
	}
	type holder struct {
		key resolve.Key
		id  string
	}
	var holders []holder
	owners := map[string]bool{}
	for kind, values := range byKind {
		slices.Sort(values)
		from, args := lookup(w.tx, "pool_identity", "t.org_id = ? AND t.kind = ?", []any{w.orgID, kind.String()}, "value", values, 2*resolve.WeakCap)
		err := w.tx.Each(ctx, func(rows *sql.Rows) error {
			h := holder{key: resolve.Key{Kind: kind}}
			if err := rows.Scan(&h.key.Value, &h.id); err != nil {
				return err
			}
			owners[h.id] = true
			holders = append(holders, h)
			return nil
		}, "SELECT t.value, t.person_id"+from, args...)
		if err != nil {
			return err
		}
	}
	canonical, err := w.loadSpeakers(ctx, keys(owners))
	if err != nil {
		return err
	}
	w.graph = resolve.NewGraph(len(seen))
	known := map[string]resolve.ID{}
	var found []string
	for _, r := range w.nodes {
		known[r.id] = w.graph.Add(r.shown.kinds)
		w.before = append(w.before, *r)
		found = append(found, r.id)
	}
	for _, h := range holders {
		w.graph.Hold(h.key, known[canonical[h.id]])
	}
	if !pairs || len(found) < 2 {
		return nil
	}
	return w.loadApart(ctx, found, known)
}

// loadSpeakers loads who speaks for the owners of the identities.
func (w *work) loadSpeakers(ctx context.Context, owners []string) (canonical map[string]string, err error) {
	rows, err := personRows(ctx, w.tx, w.orgID, owners)
	if err != nil {
		return nil, err
	}
	canonical = make(map[string]string, len(rows))
	here, missing := map[string]bool{}, map[string]bool{}
	for _, r := range rows {
		canonical[r.id] = r.canonical
		if r.id == r.canonical {
			w.nodes, here[r.id] = append(w.nodes, r), true
		} else {
			missing[r.canonical] = true
		}
	}
	maps.DeleteFunc(missing, func(id string, _ bool) bool { return here[id] })
	if len(missing) == 0 {
		return canonical, nil
	}
	if rows, err = personRows(ctx, w.tx, w.orgID, keys(missing)); err != nil {
		return nil, err
	}
	w.nodes = append(w.nodes, rows...)
	slices.SortFunc(w.nodes, func(a, b *row) int { return cmp.Compare(a.seq, b.seq) }) // the graph wants them by age
	return canonical, nil
}

// loadApart notes whom a human has parted, as far as both are in this work.
func (w *work) loadApart(ctx context.Context, found []string, known map[string]resolve.ID) error {
	where, arg := w.tx.In("pa.canonical_id", found)
	return w.tx.Each(ctx, func(rows *sql.Rows) error {
		var a, b string
		if err := rows.Scan(&a, &b); err != nil {
			return err
		}
		if other, ok := known[b]; ok {
			w.graph.KeepApart(known[a], other)
		}
		return nil
	}, `SELECT pa.canonical_id, pb.canonical_id FROM pool_apart x
		JOIN pool_person pa ON pa.org_id = x.org_id AND pa.person_id = x.a
		JOIN pool_person pb ON pb.org_id = x.org_id AND pb.person_id = x.b
		WHERE x.org_id = ? AND `+where, w.orgID, arg)
}

// Created implements resolve.Journal.
func (w *work) Created(p resolve.ID) {
	r := &row{id: ids.New("per"), size: 1, recorded: clock.Micros(w.now)}
	r.canonical, r.own.created = r.id, w.current.seen
	w.nodes = append(w.nodes, r)
	w.created = append(w.created, p)
}

// Held implements resolve.Journal.
func (w *work) Held(k resolve.Key, p resolve.ID) {
	w.held = append(w.held, holding{k, p, w.current.seen, w.current.source})
	w.nodes[p].own.kinds |= k.Kind.Bit()
}

// Joined implements resolve.Journal.
func (w *work) Joined(winner, loser resolve.ID, k resolve.Key) {
	w.joined = append(w.joined, joining{winner, loser, k})
}

// Claimed implements resolve.Journal.
func (w *work) Claimed(k resolve.Key, a, b resolve.ID) {
	for _, p := range []resolve.ID{a, b} {
		if at, ok := w.claims[claim{k, p}]; !ok || w.current.seen < at {
			w.claims[claim{k, p}] = w.current.seen
		}
	}
}

// changed lists the stored persons of whom something new was learned.
func (w *work) changed() (out []resolve.ID) {
	for i := range w.before {
		if w.nodes[i].own != w.before[i].own {
			out = append(out, resolve.ID(i))
		}
	}
	return out
}

func (w *work) idle() bool {
	return len(w.created)+len(w.held)+len(w.joined)+len(w.claims)+len(w.traits)+len(w.tags) == 0 && len(w.changed()) == 0
}

func (w *work) write(ctx context.Context) error {
	if len(w.created) > 0 {
		first, err := nextSeqs(ctx, w.tx, w.orgID, len(w.created))
		if err != nil {
			return err
		}
		for i, p := range w.created {
			w.nodes[p].seq = first + int64(i)
		}
	}
	save := append(w.changed(), w.created...)
	merges, refresh, err := w.applyJoins(ctx)
	if err != nil {
		return err
	}
	for _, j := range w.joined {
		save = append(save, j.loser)
	}
	slices.Sort(save)
	save = slices.Compact(save)
	rows := make([]*row, len(save))
	for i, p := range save {
		r := w.nodes[p]
		r.updated = clock.Micros(w.now)
		if r.size == 1 { // else refresh works it out
			r.shown = r.own
		} else if r.id == r.canonical {
			refresh = append(refresh, r.id)
		}
		rows[i] = r
	}
	if err := saveRows(ctx, w.tx, w.orgID, rows); err != nil {
		return err
	}
	if err := w.writeIdentities(ctx); err != nil {
		return err
	}
	if err := w.writeTraits(ctx); err != nil {
		return err
	}
	if err := w.writeClaims(ctx); err != nil {
		return err
	}
	slices.Sort(refresh)
	fresh, err := w.s.refresh(ctx, w.tx, w.orgID, slices.Compact(refresh))
	if err != nil {
		return err
	}
	if _, err = w.s.log.Append(ctx, w.tx, w.orgID, w.facts(merges, fresh)...); err != nil {
		return err
	}
	return w.writeTags(ctx)
}

// facts is what happened, in an order in which it makes sense.
func (w *work) facts(merges []mergeRow, fresh map[string]*row) []timeline.Fact {
	var out []timeline.Fact
	source := map[resolve.ID]string{}
	for _, h := range w.held {
		if _, ok := source[h.of]; !ok {
			source[h.of] = h.from
		}
	}
	for _, p := range w.created {
		r := w.nodes[p]
		shown := *r
		shown.shown = r.own
		out = append(out, timeline.Fact{Kind: poolevent.Created, PersonID: r.id, OccurredAt: clock.Time(r.own.created), Source: source[p], Data: shown.event()})
	}
	traits := map[resolve.ID]map[string]json.RawMessage{}
	for t, f := range w.traits {
		if traits[t.of] == nil {
			traits[t.of] = map[string]json.RawMessage{}
		}
		traits[t.of][t.key] = f.json()
	}
	for p := range resolve.ID(len(w.nodes)) {
		if stored := int(p) < len(w.before); stored {
			if w.before[p].own.says(w.nodes[p].own) && traits[p] == nil {
				continue // a further identity tells of itself
			}
		} else if traits[p] == nil {
			continue
		}
		r := w.nodes[p]
		if f := fresh[r.id]; f != nil {
			r = f
		}
		data := r.event()
		data.Traits = traits[p]
		out = append(out, timeline.Fact{Kind: poolevent.Updated, PersonID: r.id, OccurredAt: w.now, Source: source[p], Data: data})
	}
	for _, h := range w.held {
		out = append(out, timeline.Fact{Kind: poolevent.IdentityAdded, PersonID: w.nodes[h.of].id, OccurredAt: clock.Time(h.seen), Source: h.from,
			Data: poolevent.Identity{Kind: h.key.Kind.String(), Value: h.key.Value}})
	}
	for _, m := range merges {
		out = append(out, m.fact(poolevent.Merged, w.now))
	}
	return out
}

func (w *work) writeIdentities(ctx context.Context) error {
	n := len(w.held)
	sorted := slices.Clone(w.held)
	slices.SortFunc(sorted, func(a, b holding) int {
		return cmp.Or(cmp.Compare(a.key.Kind.String(), b.key.Kind.String()), cmp.Compare(a.key.Value, b.key.Value), cmp.Compare(a.of, b.of))
	})
	kind, value, holder, person, source, at := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]int64, n)
	for i, h := range sorted {
		kind[i], value[i], person[i], source[i], at[i] = h.key.Kind.String(), h.key.Value, w.nodes[h.of].id, h.from, h.seen
		if !h.key.Kind.Strong() {
			holder[i] = person[i]
		}
	}
	wrote, err := w.tx.BulkInsert(ctx, "pool_identity", "ON CONFLICT (org_id, kind, value, holder) DO NOTHING", db.Same("org_id", w.orgID, n),
		db.Text("kind", kind), db.Text("value", value), db.Text("holder", holder), db.Text("person_id", person), db.Text("source", source), db.Int("created_at", at))
	if err == nil && wrote != int64(n) {
		err = fmt.Errorf("%d of %d identities written: somebody changed them without the lock", wrote, n)
	}
	return err
}

func (w *work) writeClaims(ctx context.Context) error {
	n := len(w.claims)
	if n == 0 {
		return nil
	}
	type line struct {
		kind, value, person string
		at                  int64
	}
	lines := make([]line, 0, n)
	for c, at := range w.claims {
		lines = append(lines, line{c.key.Kind.String(), c.key.Value, w.nodes[c.of].id, at})
	}
	slices.SortFunc(lines, func(a, b line) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.value, b.value), cmp.Compare(a.person, b.person))
	})
	kind, value, person, at := make([]string, n), make([]string, n), make([]string, n), make([]int64, n)
	for i, l := range lines {
		kind[i], value[i], person[i], at[i] = l.kind, l.value, l.person, l.at
	}
	_, err := w.tx.BulkInsert(ctx, "pool_claim", "ON CONFLICT (org_id, kind, value, person_id) DO NOTHING",
		db.Same("org_id", w.orgID, n), db.Text("kind", kind), db.Text("value", value), db.Text("person_id", person), db.Int("at", at))
	return err
}

func (w *work) writeTraits(ctx context.Context) error {
	var lines []traitRow
	for t, f := range w.traits {
		lines = append(lines, traitRow{person: w.nodes[t.of].id, key: t.key, value: f.v, at: f.at})
	}
	return saveTraits(ctx, w.tx, w.orgID, lines)
}
