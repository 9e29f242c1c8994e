package acquisition

import (
	"context"
	"strings"
	"time"

	"fishpond/internal/acquisition/acquisitionevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/timeline"
)

// ChannelNamed finds a channel that can be credited, by its id or by all names
// from the platform down, separated by slashes. It returns an errs.CodeInvalid
// error about field when there is none, or when it is archived.
func (s *Service) ChannelNamed(ctx context.Context, tx *db.Tx, orgID, field, idOrPath string) (string, error) {
	t, err := treeOf(ctx, tx, orgID)
	if err != nil {
		return "", err
	}
	id := idOrPath
	if t.nodes[id] == nil {
		id = t.byName()[pathKey(strings.Split(idOrPath, "/"))]
	}
	n := t.nodes[id]
	switch {
	case n == nil:
		return "", errs.InvalidField(field, i18n.T("没有渠道“%s”；请写渠道编号，或从平台起写全名称，如 抖音/618/直播间",
			"There is no channel %q; write its id, or all names from the platform down, as Douyin/June/Live", short(idOrPath, 80)))
	case n.archived != 0:
		return "", errs.InvalidField(field, i18n.T("渠道“%s”已归档，请先恢复它，或另选一个", "The channel %q is archived; restore it or choose another", strings.Join(t.path(id), "/")))
	}
	return id, nil
}

// Imported is somebody who became known by a file, and when.
type Imported struct {
	PersonID string
	At       time.Time
}

// CreditImport tells of the arrival through a channel of people who became
// known by a file, within the transaction that makes them. A person arrives so
// once, however often it is told.
func (s *Service) CreditImport(ctx context.Context, tx *db.Tx, orgID, channelID, source string, people []Imported) error {
	if len(people) == 0 {
		return nil
	}
	t, err := treeOf(ctx, tx, orgID)
	if err != nil {
		return err
	}
	facts := make([]timeline.Fact, len(people))
	for i, p := range people {
		facts[i] = timeline.Fact{Kind: acquisitionevent.Arrived, PersonID: p.PersonID, OccurredAt: p.At, DedupeKey: "channel.arrived:import:" + p.PersonID,
			Source: source, Data: acquisitionevent.Arrival{Way: acquisitionevent.ByImport, ChannelID: channelID, EntranceID: t.entrance(channelID)}}
	}
	_, err = s.log.Append(ctx, tx, orgID, facts...)
	return err
}
