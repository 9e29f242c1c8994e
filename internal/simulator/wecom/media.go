package wecom

import (
	"bytes"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// Media is an uploaded file. Temporary ones live for three days.
type Media struct {
	ID      string `json:"media_id"`
	Kind    string `json:"type"`
	Name    string `json:"name"`
	Data    []byte `json:"data"`
	Expires int64  `json:"expires"` // seconds; 0: never
}

// media finds a temporary file that has not expired.
func (c *call) media(id string) *Media {
	m := c.Media[id]
	if m == nil || m.Expires == 0 || m.Expires <= c.unix() {
		return nil
	}
	return m
}

// largest sizes of temporary files by kind, in bytes. Documentation page: 「上传临时素材」.
var largest = map[string]int{"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "file": 20 << 20}

const temporary = 3 * 24 * time.Hour

// mediaUpload answers 「上传临时素材」.
func mediaUpload(c *call) (any, error) {
	return c.keepUpload(c.query.Get("type"))
}

// mediaUploadAttachment answers 「上传附件资源」, for moments and product albums.
func mediaUploadAttachment(c *call) (any, error) {
	if kind := c.query.Get("attachment_type"); kind != "1" && kind != "2" {
		return nil, fail(40035, "attachment_type")
	}
	return c.keepUpload(c.query.Get("media_type"))
}

func (c *call) keepUpload(kind string) (any, error) {
	most, ok := largest[kind]
	if !ok {
		return nil, fail(40004, "%q", kind)
	}
	name, data, err := c.upload()
	if err != nil {
		return nil, err
	}
	switch {
	case len(data) <= 5:
		return nil, fail(40006, "must be larger than 5 bytes")
	case len(data) > most && kind == "image":
		return nil, fail(40009, "")
	case len(data) > most && kind == "video":
		return nil, fail(40011, "")
	case len(data) > most:
		return nil, fail(45001, "")
	}
	ext := strings.ToLower(path.Ext(name))
	if kind == "image" && !isPicture(data) || kind == "voice" && ext != ".amr" || kind == "video" && ext != ".mp4" {
		return nil, fail(40005, "%s of type %s", name, kind)
	}
	for id, old := range c.Media {
		if old.Expires > 0 && old.Expires <= c.unix() {
			delete(c.Media, id)
		}
	}
	m := &Media{ID: "3" + random(63), Kind: kind, Name: name, Data: data, Expires: c.at.Add(temporary).Unix()}
	c.Media[m.ID] = m
	return reply{"type": kind, "media_id": m.ID, "created_at": strconv.FormatInt(c.unix(), 10)}, nil
}

// mediaUploadImg answers 「上传图片」: a lasting address of a picture.
func mediaUploadImg(c *call) (any, error) {
	name, data, err := c.upload()
	switch {
	case err != nil:
		return nil, err
	case len(data) > 2<<20 || len(data) <= 5:
		return nil, fail(40009, "")
	case !isPicture(data):
		return nil, fail(40005, "%s", name)
	}
	m := &Media{ID: "p" + random(40), Kind: "image", Name: name, Data: data}
	c.Media[m.ID] = m
	return reply{"url": c.link("/media/" + c.ID + "/" + m.ID)}, nil
}

func isPicture(data []byte) bool {
	kind := http.DetectContentType(data)
	return kind == "image/png" || kind == "image/jpeg"
}

// upload reads the form field media.
func (c *call) upload() (name string, data []byte, err error) {
	_, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return "", nil, fail(41005, "")
	}
	form, err := multipart.NewReader(bytes.NewReader(c.body), params["boundary"]).ReadForm(maxBody)
	if err != nil || len(form.File["media"]) == 0 {
		return "", nil, fail(41005, "")
	}
	head := form.File["media"][0]
	f, err := head.Open()
	if err != nil {
		return "", nil, fail(41005, "")
	}
	defer f.Close()
	data = make([]byte, head.Size)
	if _, err := f.ReadAt(data, 0); err != nil && head.Size > 0 {
		return "", nil, fail(41005, "")
	}
	return head.Filename, data, nil
}

// mediaGet answers 「获取临时素材」.
func mediaGet(c *call) (any, error) {
	id := c.query.Get("media_id")
	if id == "" {
		return nil, fail(41006, "")
	}
	m := c.media(id)
	if m == nil {
		return nil, fail(40007, "")
	}
	return file{name: m.Name, kind: http.DetectContentType(m.Data), data: m.Data}, nil
}

// MediaFile returns an uploaded file, also one that has expired, for the pages.
func (c *Corp) MediaFile(id string) (m Media, ok bool) {
	_ = c.do(func() error {
		if have := c.Media[id]; have != nil {
			m, ok = *have, true
		}
		return nil
	})
	return m, ok
}
