package carrier

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/carrier/officialaccount"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/db"
)

// How long one file may take to come, and how often it is asked for.
const (
	fetchWithin = 6 * time.Second
	fetchTries  = 4 // then the message comes without it
)

// received is one attachment whose content has been fetched, before it is kept.
type received struct {
	id      string // of the media
	content []byte
	at      int64
	carrierevent.Attachment
}

// keep stores the content and adds the attachment to a message.
func (r *received) keep(ctx context.Context, tx *db.Tx, a *account, external, person string, m *carrierevent.Message) error {
	x := r.Attachment
	if err := attach(ctx, tx, a, r.id, r.content, r.at, &x); err != nil {
		return err
	}
	if x.MediaID != "" {
		if err := useMedia(ctx, tx, a, external, person, x.MediaID); err != nil {
			return err
		}
	}
	m.Attachments = append(m.Attachments, x)
	return nil
}

// fetch gets the content of a temporary material. Without it stays what is gone
// or too large, and what is not to be had after several tries; before that the
// error says to come again.
func (r *received) fetch(ctx context.Context, download func(context.Context, string, int) (wire.File, error), mediaID string, lastTry bool) error {
	brief, cancel := context.WithTimeout(ctx, fetchWithin)
	defer cancel()
	f, err := download(brief, mediaID, MaxMedia)
	switch kind := wire.KindOf(err); {
	case err == nil:
		r.content = f.Content
		if r.Name == "" {
			r.Name = f.Name
		}
	case errors.Is(err, wire.ErrTooLarge):
		r.Missing = "too_large"
	case kind == wire.Missing || kind == wire.Other:
		r.Missing = "expired"
	case lastTry || kind == wire.Operator: // what people must mend keeps no message waiting
		r.Missing = "unavailable"
	default:
		return err
	}
	return nil
}

// officialAttachment is what came with a message of a follower; nil: nothing.
func (s *Service) officialAttachment(ctx context.Context, a *account, e officialaccount.Event, lastTry bool) (*received, error) {
	r := &received{id: attachedID(a.id, e.MsgID, 0), at: occurredAt(e.CreateTime)}
	switch e.MsgType {
	case "image", "voice", "video", "shortvideo":
		r.Kind = e.MsgType
		if r.Kind == "shortvideo" {
			r.Kind = carrierevent.AttachedVideo
		}
		return r, r.fetch(ctx, s.officialOf(a, impatient).Download, e.MediaID, lastTry)
	case "location":
		r.Kind, r.Title, r.URL = carrierevent.AttachedLocation, oneLine(e.Label, 200), place(e.LocationX, e.LocationY)
	case "link":
		r.Kind, r.Title = carrierevent.AttachedLink, oneLine(e.Title, 200)
		if webLink(e.URL) && len(e.URL) <= 2048 {
			r.URL = e.URL
		}
	default:
		return nil, nil
	}
	return r, nil
}

// place is a point on the map as an address (RFC 5870); empty when it is none.
func place(latitude, longitude string) string {
	var x, y float64
	if _, err := fmt.Sscanf(latitude+" "+longitude, "%f %f", &x, &y); err != nil || x < -90 || x > 90 || y < -180 || y > 180 {
		return ""
	}
	return fmt.Sprintf("geo:%.6f,%.6f", x, y)
}
