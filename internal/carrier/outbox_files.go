package carrier

import (
	"context"
	"slices"
	"sync"
	"time"

	"fishpond/internal/carrier/email"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// What goes along with mails that go to many.
const (
	MaxBulkFiles = 5 << 20 // bytes of a mail's files together, as they are in the mail: about 3.6 MB of files
	MaxBulkCount = 10
)

const (
	bulkKept = 16 << 20 // bytes of encoded files that an outbox keeps
	bulkRest = time.Minute
)

// CheckAttachments returns the files that shall go along with each mail to
// many, and says at the field body.attachments what stands against it: one that
// there is not, too many, or too much.
func (s *Service) CheckAttachments(ctx context.Context, tx *db.Tx, orgID string, mediaIDs []string) ([]Media, error) {
	const at = "body.attachments"
	if len(mediaIDs) > MaxBulkCount {
		return nil, errs.InvalidField(at, i18n.T("最多 %d 个附件", "At most %d attachments", MaxBulkCount))
	}
	out := make([]Media, 0, len(mediaIDs))
	size := int64(0)
	for i, id := range mediaIDs {
		if !ours(id) || slices.Contains(mediaIDs[:i], id) {
			return nil, errs.InvalidField(at, i18n.T("附件要各不相同，并先上传", "Attachments are uploaded first, and each is there once"))
		}
		m, err := mediaByID(ctx, tx, orgID, id)
		if errs.Is(err, errs.CodeNotFound) {
			return nil, errs.InvalidField(at, i18n.T("没有这个文件，请重新上传", "There is no such file; upload it again"))
		}
		if err != nil {
			return nil, err
		}
		out, size = append(out, m), size+email.EncodedSize(m.Bytes)
	}
	if size > MaxBulkFiles {
		return nil, errs.InvalidField(at, tooMuch(size))
	}
	return out, nil
}

// tooMuch says that files of a mail are too large together.
func tooMuch(size int64) i18n.Text {
	return i18n.T("附件编码后共 %.1f MB，群发邮件最多 %d MB（约 %.1f MB 的文件）。大文件请放进素材库，在正文里放一个可追踪的链接，还能知道谁打开过",
		"The attachments have %.1f MB in the mail; a mail to many may have %d MB (about %.1f MB of files). Put large files into the content library and a tracked link into the text: it also tells who opened them",
		float64(size)/(1<<20), MaxBulkFiles>>20, float64(MaxBulkFiles)/(1<<20)*57/78)
}

// UseMedia notes that files are in use, by the caller's name of what uses them,
// so that they are kept.
func (s *Service) UseMedia(ctx context.Context, tx *db.Tx, orgID, use string, mediaIDs []string) error {
	return useMedia(ctx, tx, &account{org: orgID}, use, "", mediaIDs...)
}

// bulkFiles are files as they go along with mails, for the batches that come
// one after the other.
type bulkFiles struct {
	mu   sync.Mutex
	kept []*bulkFile // the one used last at the end
}

type bulkFile struct {
	id, org string
	file    *email.Attachment
	used    time.Time
}

// of returns the files of messages, each encoded once, by id. A file that is
// not there any more is nil.
func (b *bulkFiles) of(ctx context.Context, s *Service, orgID string, all []Outgoing) (map[string]*email.Attachment, error) {
	out := map[string]*email.Attachment{}
	for _, m := range all {
		for _, p := range m.Parts {
			if _, known := out[p.MediaID]; known || !ours(p.MediaID) {
				continue
			}
			f, err := b.one(ctx, s, orgID, p.MediaID)
			if err != nil {
				return nil, err
			}
			out[p.MediaID] = f
		}
	}
	return out, nil
}

func (b *bulkFiles) one(ctx context.Context, s *Service, orgID, id string) (*email.Attachment, error) {
	b.mu.Lock()
	defer b.mu.Unlock() // others wait for the same file, mostly
	now := s.now()
	b.kept = slices.DeleteFunc(b.kept, func(f *bulkFile) bool { return now.Sub(f.used) > bulkRest })
	if i := slices.IndexFunc(b.kept, func(f *bulkFile) bool { return f.id == id && f.org == orgID }); i >= 0 {
		f := b.kept[i]
		f.used = now
		b.kept = append(slices.Delete(b.kept, i, i+1), f)
		return f.file, nil
	}
	var file *email.Attachment
	err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		m, err := mediaByID(ctx, tx, orgID, id)
		if err != nil {
			return err
		}
		if email.EncodedSize(m.Bytes) > MaxBulkFiles { // not even read
			return errs.Invalid(tooMuch(email.EncodedSize(m.Bytes)))
		}
		content, err := mediaContent(ctx, tx, orgID, id)
		if err == nil {
			file, err = email.NewAttachment(m.Name, m.Type, content)
		}
		return err
	})
	if errs.Is(err, errs.CodeNotFound) || errs.Is(err, errs.CodeInvalid) {
		return nil, nil //nolint:nilnil // the mails that want it are told
	}
	if err != nil {
		return nil, err
	}
	b.kept = append(b.kept, &bulkFile{id, orgID, file, now})
	size := int64(0)
	for i := len(b.kept) - 1; i >= 0; i-- {
		if size += b.kept[i].file.Size(); size > bulkKept {
			b.kept = slices.Delete(b.kept, 0, i+1)
			break
		}
	}
	return file, nil
}

// attached gives a message its files, or says why it cannot have them.
func (m *Outgoing) attached(files map[string]*email.Attachment) (out []*email.Attachment, err error) {
	size := int64(0)
	for _, p := range m.Parts {
		if !ours(p.MediaID) {
			continue
		}
		f := files[p.MediaID]
		if f == nil {
			return nil, errs.Conflict(i18n.T("附件不在了，或者太大", "An attachment is not there any more, or too large"))
		}
		out, size = append(out, f), size+f.Size()
	}
	if size > MaxBulkFiles+MaxBulkCount<<10 { // with their headers
		return nil, errs.Conflict(tooMuch(size))
	}
	return out, nil
}
