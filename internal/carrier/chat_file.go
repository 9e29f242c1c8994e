package carrier

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/carrier/web"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/timeline"
)

// What a visitor may send.
const (
	maxChatFile    = 10 << 20
	filesAMinute   = 5 // of one visitor
	filesAnHour    = 30
	filesOfAnIP    = 120 // an hour
	chatFileWithin = time.Minute
)

// chatTypes are the files that visitors may send besides pictures, sounds and films.
var chatTypes = []string{"application/pdf", "text/plain", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/vnd.openxmlformats-officedocument.presentationml.presentation"}

// chatFile takes a picture or a file as a message of its own. The body is the
// file; its name and the message's key stand in the query.
func (s *Service) chatFile(ctx context.Context, c request) (any, error) {
	key := c.query("key")
	if !messageKey.MatchString(key) {
		return nil, errs.InvalidField("query.key", i18n.T("应为 8–64 个字母或数字", "8 to 64 letters and digits"))
	}
	if len(c.body) == 0 {
		return nil, errs.InvalidField("body", i18n.T("文件是空的", "The file is empty"))
	}
	at := s.micros()
	m := newMedia(attachedID(c.site.id, c.visitor+" "+key, 0), c.query("name"), "", c.body, at)
	if !m.Inline && !slices.Contains(chatTypes, m.Type) {
		return nil, errs.InvalidField("body", i18n.T("可以发送图片、语音、视频、PDF、Office 文档和文本", "Pictures, sounds, films, PDF, Office documents and text can be sent"))
	}
	msg := ChatMessage{From: fromVisitor, Parts: []Part{{Kind: m.Kind, MediaID: m.ID, Title: m.Name}}, At: clock.Time(at)}
	err := s.db.Write(ctx, c.site.org, func(tx *db.Tx) error {
		person, err := s.welcomeVisitor(ctx, tx, c)
		if err != nil {
			return err
		}
		fresh, err := keepMessage(ctx, tx, c.site.account, c.visitor, key, &msg)
		if err != nil || !fresh {
			return err
		}
		if err := insertMedia(ctx, tx, c.site.org, m, c.body); err != nil {
			return err
		}
		if err := useMedia(ctx, tx, c.site.account, c.visitor, person, m.ID); err != nil {
			return err
		}
		if err := heard(ctx, tx, c.site.account, c.visitor, at); err != nil {
			return err
		}
		_, err = s.log.Append(ctx, tx, c.site.org, timeline.Fact{Kind: carrierevent.MessageReceived, PersonID: person, OccurredAt: msg.At, Source: KindWeb,
			DedupeKey: fmt.Sprint("message.received:", c.site.id, ":", c.visitor, ":", msg.Seq),
			Data: carrierevent.Message{AccountID: c.site.id, MessageID: fmt.Sprint(msg.Seq), ExternalID: c.visitor, Type: m.Kind,
				Attachments: []carrierevent.Attachment{{MediaID: m.ID, Kind: m.Kind, Name: m.Name, Type: m.Type, Bytes: m.Bytes}}}})
		if err == nil {
			tx.OnCommit(func() { s.chat.bells.ring(c.site.id, c.visitor) })
		}
		return err
	})
	return c.site.forVisitor(c.visitor, msg), err
}

// mayFile slows down who sends many files, before anything is read.
func (s *Service) mayFile(c request) error {
	if err := s.limit("file "+c.ip, filesOfAnIP, time.Hour); err != nil {
		return err
	}
	if err := s.limit("file "+c.visitor, filesAMinute, time.Minute); err != nil {
		return err
	}
	return s.limit("files "+c.visitor, filesAnHour, time.Hour)
}

// forVisitor is a message as the browser gets it: files have addresses that
// only this visitor was told.
func (st *site) forVisitor(visitor string, m ChatMessage) ChatMessage {
	m.Parts = slices.Clone(m.Parts)
	for i, p := range m.Parts {
		if !ours(p.MediaID) {
			continue
		}
		address := "media/" + p.MediaID + "?v=" + visitor + "&s=" + web.FileMark(st.key, st.id, visitor, p.MediaID)
		m.Parts[i].MediaID = ""
		if p.Kind == PartImage {
			m.Parts[i].PicURL = address
		} else {
			m.Parts[i].URL = address
		}
	}
	return m
}

// chatMedia gives a visitor a file of their chat.
func (s *Service) chatMedia(w http.ResponseWriter, r *http.Request) {
	st, err := s.site(r.Context(), r.PathValue("account"))
	q, id := r.URL.Query(), r.PathValue("id")
	if err == nil {
		err = s.limit("media "+httpx.ClientIP(r, s.o.TrustProxy), 600, time.Minute)
	}
	if err == nil && !web.MayRead(st.key, st.id, q.Get("v"), id, q.Get("s")) {
		err = errNoMedia()
	}
	var m Media
	var content []byte
	if err == nil {
		err = s.db.Read(r.Context(), st.org, func(tx *db.Tx) error {
			var used int
			if err := tx.QueryRow(r.Context(), "SELECT count(*) FROM carrier_media_use WHERE org_id = ? AND media_id = ? AND account_id = ? AND external_id = ?", st.org, id, st.id, q.Get("v")).Scan(&used); err != nil {
				return err
			}
			if used == 0 {
				return errNoMedia()
			}
			if m, err = mediaByID(r.Context(), tx, st.org, id); err == nil {
				content, err = mediaContent(r.Context(), tx, st.org, id)
			}
			return err
		})
	}
	if err != nil {
		httpx.WriteProblem(w, r, s.logger, err)
		return
	}
	serveMedia(&crossOrigin{ResponseWriter: w}, r, m, content)
}

// crossOrigin lets brands' pages show what is served: who may read it, the
// address has proved.
type crossOrigin struct {
	http.ResponseWriter
	begun bool
}

// WriteHeader implements http.ResponseWriter.
func (c *crossOrigin) WriteHeader(status int) {
	c.begun = true
	c.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	c.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (c *crossOrigin) Write(b []byte) (int, error) {
	if !c.begun {
		c.WriteHeader(http.StatusOK)
	}
	return c.ResponseWriter.Write(b)
}

// readChatFile reads a file of somebody who may have a slow line.
func readChatFile(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	rc := http.NewResponseController(w)
	timer := time.AfterFunc(chatFileWithin, func() { _ = rc.SetReadDeadline(time.Unix(1, 0)) }) // a recorder in a test has none
	defer timer.Stop()
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxChatFile))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, errs.TooLarge(i18n.T("文件最大 %d MB", "A file may have %d MB at most", maxChatFile>>20))
	}
	if err != nil {
		return nil, errs.Invalid(i18n.T("文件没有传完，请重试", "The upload broke off; try again")).Because(err)
	}
	return b, nil
}

// namesOf gives parts with our files the names of the files, for the visitor.
func namesOf(parts []Part, files map[string]Media) []Part {
	out := slices.Clone(parts)
	for i, p := range out {
		if f, ok := files[p.MediaID]; ok && strings.TrimSpace(p.Title) == "" {
			out[i].Title = f.Name
		}
	}
	return out
}
