package content

import (
	"context"

	"fishpond/internal/platform/db"
)

// TakeInput asks for a material or a briefcase to be sent.
type TakeInput struct {
	LinkInput
	As string `json:"as,omitempty" enum:"link,message" doc:"link: a card or text that leads to the radar page; message: the thing itself, where it can be one, so that nobody can tell whether it was read. Left out: text as itself, all else as a link"`
}

// Part is one part of a message, as POST of a conversation's messages takes it.
type Part struct {
	Kind    string `json:"kind" enum:"text,image,video,file,link,mini_program"`
	Text    string `json:"text,omitempty"`
	Title   string `json:"title,omitempty"`
	URL     string `json:"url,omitempty"`
	PicURL  string `json:"pic_url,omitempty"`
	MediaID string `json:"media_id,omitempty"`
	AppID   string `json:"app_id,omitempty"`
	Page    string `json:"page,omitempty"`
}

// Taken is what is sent.
type Taken struct {
	Parts []Part     `json:"parts" nullable:"false"`
	Link  *RadarLink `json:"link" doc:"Not there when the thing itself is sent"`
}

// Take makes what is sent of a material or a briefcase to one person, or to
// nobody in particular.
func (s *Service) Take(ctx context.Context, in TakeInput) (out Taken, err error) {
	a := actorOf(ctx)
	out.Parts = []Part{}
	var m Material
	if in.MaterialID != "" {
		if m, err = s.Material(ctx, in.MaterialID); err != nil {
			return out, err
		}
		if m.DeletedAt != nil {
			return out, noSuchMaterial
		}
		if m.Expired {
			return out, expired
		}
	}
	if in.As == "" {
		in.As = "link"
		if m.Kind == Text {
			in.As = "message"
		}
	}
	if s.Carrier == nil && m.File != nil || m.Kind == Link || m.Kind == Article || in.MaterialID == "" {
		in.As = "link" // it is nothing by itself
	}
	if in.As == "message" {
		if out.Parts, err = s.itself(ctx, a.OrgID, m); err != nil {
			return out, err
		}
		return out, s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, "UPDATE content_material SET used = used + 1 WHERE org_id = ? AND id = ?", a.OrgID, m.ID)
			return err
		})
	}
	links, err := s.MakeLinks(ctx, in.LinkInput)
	if err != nil {
		return out, err
	}
	l := links[0]
	card := Part{Kind: "link", Title: l.Title, URL: l.URL, Text: m.Preview}
	if m.CoverID != "" {
		card.PicURL = l.URL + "/f/" + m.CoverID
	}
	if in.BriefcaseID != "" {
		b, err := s.Briefcase(ctx, in.BriefcaseID)
		if err != nil {
			return out, err
		}
		card.Text = short(b.Intro, 80)
	}
	out.Parts, out.Link = append(out.Parts, card), &l
	return out, nil
}

// itself is a material as a message.
func (s *Service) itself(ctx context.Context, org string, m Material) (parts []Part, err error) {
	if m.Body.Text != "" {
		parts = append(parts, Part{Kind: "text", Text: m.Body.Text})
	}
	carry := func(id string) (string, error) {
		var f StoredFile
		var content []byte
		if err := s.db.Read(ctx, org, func(tx *db.Tx) error {
			f, content, err = fileContent(ctx, tx, org, id)
			return err
		}); err != nil {
			return "", err
		}
		return s.Carrier.Carry(ctx, f.Name, content)
	}
	switch m.Kind {
	case Picture, Video, File:
		p := Part{Kind: map[string]string{Picture: "image", Video: "video", File: "file"}[m.Kind], Title: m.Title}
		if p.MediaID, err = carry(m.Body.FileID); err != nil {
			return nil, err
		}
		parts = append(parts, p)
	case MiniProgram:
		p := Part{Kind: "mini_program", Title: m.Title, AppID: m.Body.AppID, Page: m.Body.Page}
		if m.Body.CoverID != "" && s.Carrier != nil {
			if p.MediaID, err = carry(m.Body.CoverID); err != nil {
				return nil, err
			}
		}
		parts = append(parts, p)
	}
	return parts, nil
}
