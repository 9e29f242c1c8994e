package wecom

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"time"

	"fishpond/internal/carrier/wire"
)

// MaxMomentText is how many characters and bytes the text of a moment has at most.
const (
	MaxMomentText  = 2000
	MaxMomentBytes = 4000
)

// MomentLink is a link in a moment; the cover is an uploaded picture.
type MomentLink struct {
	Title   string `json:"title"`
	URL     string `json:"url"`
	MediaID string `json:"media_id"`
}

// MomentAttachment is nine pictures', one video's or one link's worth of a
// moment; exactly the field that MsgType names is set.
type MomentAttachment struct {
	MsgType string      `json:"msgtype"` // image, video, link
	Image   *Media      `json:"image,omitempty"`
	Video   *Media      `json:"video,omitempty"`
	Link    *MomentLink `json:"link,omitempty"`
}

// Moment is a post that members are asked to publish on their customers'
// timelines.
type Moment struct {
	Text        *Text
	Attachments []MomentAttachment
	Senders     []string // members
	Tags        []string // who has one of them sees it; none: everybody
}

// AddMoment asks members to publish a moment and returns the job that makes it
// (externalcontact/add_moment_task). The platform knows the call by no key.
func (c *Client) AddMoment(ctx context.Context, m Moment) (job string, err error) {
	in := map[string]any{"visible_range": map[string]any{"sender_list": map[string]any{"user_list": m.Senders}, "external_contact_list": map[string]any{"tag_list": append([]string{}, m.Tags...)}}}
	if m.Text != nil {
		in["text"] = m.Text
	}
	if len(m.Attachments) > 0 {
		in["attachments"] = m.Attachments
	}
	var out struct {
		Job string `json:"jobid"`
	}
	return out.Job, c.c.Post(ctx, "externalcontact/add_moment_task", in, &out)
}

// MomentJobDone is the status of a job that has ended.
const MomentJobDone = 3

// MomentJob is how the making of a moment stands.
type MomentJob struct {
	Status int // 1 begun, 2 under way, MomentJobDone
	Result struct {
		Code           int    `json:"errcode"`
		Message        string `json:"errmsg"`
		MomentID       string `json:"moment_id"`
		InvalidSenders struct {
			Users []string `json:"user_list"`
		} `json:"invalid_sender_list"`
		InvalidContacts struct {
			Tags []string `json:"tag_list"`
		} `json:"invalid_external_contact_list"`
	} `json:"result"`
}

// MomentJob tells how the making of a moment stands (externalcontact/get_moment_task_result).
func (c *Client) MomentJob(ctx context.Context, job string) (j MomentJob, err error) {
	return j, c.c.Get(ctx, "externalcontact/get_moment_task_result", url.Values{"jobid": {job}}, &j)
}

// Seconds is a moment since 1970 that the platform writes as a number or as
// its digits.
type Seconds int64

// UnmarshalJSON reads both.
func (s *Seconds) UnmarshalJSON(b []byte) error {
	n, err := strconv.ParseInt(string(bytes.Trim(b, `"`)), 10, 64)
	*s = Seconds(n)
	return err
}

// MomentRecord is a moment as the platform's list has it.
type MomentRecord struct {
	ID         string            `json:"moment_id"`
	Creator    string            `json:"creator"` // empty: made over the API
	CreateTime Seconds           `json:"create_time"`
	CreateType int               `json:"create_type"` // 0 by the corp, 1 by a member
	Text       Text              `json:"text"`
	Images     []json.RawMessage `json:"image"`
}

// Moments lists the corp's moments of a time, at most MaxMassSpan long, and the
// next page's cursor (externalcontact/get_moment_list).
func (c *Client) Moments(ctx context.Context, from, to time.Time, cursor string) ([]MomentRecord, string, error) {
	var out struct {
		List []MomentRecord `json:"moment_list"`
		Next string         `json:"next_cursor"`
	}
	in := map[string]any{"start_time": from.Unix(), "end_time": to.Unix(), "filter_type": 0, "limit": 20, "cursor": cursor}
	err := c.c.Post(ctx, "externalcontact/get_moment_list", in, &out)
	return out.List, out.Next, err
}

// MomentTask is whether one member has published a moment.
type MomentTask struct {
	UserID string `json:"userid"`
	Status int    `json:"publish_status"` // 0 not yet, 1 published
}

// MomentTasks tells which members were asked to publish a moment, and the next
// page's cursor (externalcontact/get_moment_task).
func (c *Client) MomentTasks(ctx context.Context, id, cursor string) ([]MomentTask, string, error) {
	var out struct {
		List []MomentTask `json:"task_list"`
		Next string       `json:"next_cursor"`
	}
	err := c.c.Post(ctx, "externalcontact/get_moment_task", map[string]any{"moment_id": id, "limit": 1000, "cursor": cursor}, &out)
	return out.List, out.Next, err
}

// MomentCustomers lists who is within the range that was chosen for a member's
// moment, and the next page's cursor (externalcontact/get_moment_customer_list).
func (c *Client) MomentCustomers(ctx context.Context, id, userID, cursor string) ([]string, string, error) {
	return c.momentCustomers(ctx, "externalcontact/get_moment_customer_list", id, userID, cursor, 1000)
}

// MomentSeen lists whose timelines a member's moment is on, and the next page's
// cursor (externalcontact/get_moment_send_result).
func (c *Client) MomentSeen(ctx context.Context, id, userID, cursor string) ([]string, string, error) {
	return c.momentCustomers(ctx, "externalcontact/get_moment_send_result", id, userID, cursor, 5000)
}

func (c *Client) momentCustomers(ctx context.Context, api, id, userID, cursor string, limit int) ([]string, string, error) {
	var out struct {
		List []struct {
			External string `json:"external_userid"`
		} `json:"customer_list"`
		Next string `json:"next_cursor"`
	}
	err := c.c.Post(ctx, api, map[string]any{"moment_id": id, "userid": userID, "limit": limit, "cursor": cursor}, &out)
	list := make([]string, len(out.List))
	for i, x := range out.List {
		list[i] = x.External
	}
	return list, out.Next, err
}

// Reaction is a comment on, or a like of, a moment; the platform does not give
// the comment's words.
type Reaction struct {
	External   string  `json:"external_userid"` // one of both
	UserID     string  `json:"userid"`
	CreateTime Seconds `json:"create_time"`
}

// MomentReactions tells who commented on and liked a member's moment
// (externalcontact/get_moment_comments).
func (c *Client) MomentReactions(ctx context.Context, id, userID string) (comments, likes []Reaction, err error) {
	var out struct {
		Comments []Reaction `json:"comment_list"`
		Likes    []Reaction `json:"like_list"`
	}
	err = c.c.Post(ctx, "externalcontact/get_moment_comments", map[string]any{"moment_id": id, "userid": userID}, &out)
	return out.Comments, out.Likes, err
}

// CancelMoment keeps members who have not published a moment from doing so
// (externalcontact/cancel_moment_task).
func (c *Client) CancelMoment(ctx context.Context, id string) error {
	err := c.c.Post(ctx, "externalcontact/cancel_moment_task", map[string]string{"moment_id": id}, nil)
	if wire.KindOf(err) == wire.Done {
		return nil
	}
	return err
}

// UploadAttachment is [Client.Upload] for what stands in a moment: pictures and
// videos, for three days (media/upload_attachment).
func (c *Client) UploadAttachment(ctx context.Context, kind, name, contentType string, content []byte) (mediaID string, err error) {
	var out struct {
		MediaID string `json:"media_id"`
	}
	err = c.c.Upload(ctx, "media/upload_attachment", url.Values{"media_type": {kind}, "attachment_type": {"1"}}, name, contentType, content, &out)
	return out.MediaID, err
}
