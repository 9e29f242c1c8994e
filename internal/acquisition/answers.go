package acquisition

import (
	"context"
	"strings"

	"fishpond/internal/platform/db"
)

// ChannelName is a channel as others name it.
type ChannelName struct {
	ID    string
	Name  string   // its own name; the path from the platform down, with slashes, where several are called the same
	Below []string // ids of all channels below it
}

// ChannelNames lists an org's channels in the order of the tree, archived ones
// too: people came through them.
func (s *Service) ChannelNames(ctx context.Context, tx *db.Tx, orgID string) ([]ChannelName, error) {
	t, err := treeOf(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	called := map[string]int{}
	for _, n := range t.nodes {
		called[n.name]++
	}
	all := t.below("")
	out := make([]ChannelName, len(all))
	for i, n := range all {
		out[i] = ChannelName{ID: n.id, Name: n.name}
		if called[n.name] > 1 {
			out[i].Name = strings.Join(t.path(n.id), "/")
		}
		for _, c := range t.below(n.id)[1:] {
			out[i].Below = append(out[i].Below, c.id)
		}
	}
	return out, nil
}
