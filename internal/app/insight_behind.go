package app

import (
	"context"
	"slices"

	"fishpond/internal/insight/behind"
	"fishpond/internal/platform/db"
	"fishpond/internal/segment"
)

// desk hands out the people behind figures.
func (a *App) desk() *behind.Desk {
	return &behind.Desk{Ports: peopleBehind{a}, Now: a.now, Log: a.Log, Figures: figures()}
}

// peopleBehind answers with the pool, the segments and the audit log.
type peopleBehind struct{ app *App }

func (b peopleBehind) Persons(ctx context.Context, orgID string, seqs []uint32) (out []behind.PersonBehind, err error) {
	err = b.app.DB.Read(ctx, orgID, func(tx *db.Tx) error {
		out = nil
		found, err := b.app.Pool.ByNumbers(ctx, tx, orgID, seqs)
		for _, seq := range seqs {
			if p, there := found[seq]; there {
				out = append(out, behind.PersonBehind{Seq: seq, ID: p.ID, Name: p.Name, Stage: p.Stage, Region: p.Region, Orders: p.Orders})
			}
		}
		return err
	})
	return out, err
}

func (b peopleBehind) Exported(ctx context.Context, orgID, list string, detail any) error {
	return b.app.DB.Write(ctx, orgID, func(tx *db.Tx) error {
		return b.app.Org.Audit(ctx, tx, "people.exported", "figure", list, detail)
	})
}

// SaveSegment puts the persons on a list and makes a segment of it.
func (b peopleBehind) SaveSegment(ctx context.Context, orgID, name, description string, seqs []uint32) (string, error) {
	var ids []string
	if err := b.app.DB.Read(ctx, orgID, func(tx *db.Tx) error {
		for part := range slices.Chunk(seqs, 5000) {
			found, err := b.app.Pool.ByNumbers(ctx, tx, orgID, part)
			if err != nil {
				return err
			}
			for _, seq := range part {
				if p, there := found[seq]; there {
					ids = append(ids, p.ID)
				}
			}
		}
		return nil
	}); err != nil {
		return "", err
	}
	list, err := careLists(b).MakeList(ctx, name, ids)
	if err != nil {
		return "", err
	}
	made, err := b.app.Segments.Create(ctx, segment.SegmentInput{Name: name, Description: description, Predicate: segment.Predicate{Text: "list:#" + list}})
	if err != nil {
		if left := b.app.Segments.DeleteList(ctx, list); left != nil {
			b.app.Log.WarnContext(ctx, "a list without its segment is left", "list", list, "error", left)
		}
		return "", err
	}
	return made.ID, nil
}
