// Package media decides what a file is: from its content, never from its name
// or from what its sender says. It also makes names harmless.
package media

import (
	"archive/zip"
	"bytes"
	"net/http"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The kinds of files.
const (
	Image = "image" // a raster picture that browsers show
	Voice = "voice"
	Video = "video"
	File  = "file" // everything else
)

// Most is how many bytes a file may have.
const Most = 20 << 20

// maxName is how many characters a file's name may have.
const maxName = 100

// Sniff tells the media type of content and its kind. What only looks like a
// type is application/octet-stream; SVG, HTML and other text with script in it
// are files, whatever they are called.
func Sniff(content []byte) (mediaType, kind string) {
	head := content[:min(len(content), 1024)]
	switch {
	case bytes.HasPrefix(head, []byte("#!AMR")):
		return "audio/amr", Voice
	case bytes.HasPrefix(head, []byte("\x02#!SILK_V3")), bytes.HasPrefix(head, []byte("#!SILK_V3")):
		return "audio/silk", Voice
	case bytes.HasPrefix(head, []byte("ID3")), len(head) > 2 && head[0] == 0xff && head[1]&0xf6 == 0xf2: // an MPEG frame of layer III
		return "audio/mpeg", Voice
	case markup(head, "<svg"):
		return "image/svg+xml", File
	}
	mediaType, _, _ = strings.Cut(http.DetectContentType(content), ";")
	switch mediaType {
	case "image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp":
		return mediaType, Image
	case "audio/mpeg", "audio/wave", "audio/aiff", "audio/basic":
		return mediaType, Voice
	case "application/ogg":
		return "audio/ogg", Voice
	case "video/mp4":
		if len(head) > 11 && string(head[8:11]) == "M4A" {
			return "audio/mp4", Voice
		}
		return mediaType, Video
	case "video/webm":
		return mediaType, Video
	case "application/zip":
		return office(content), File
	case "application/pdf", "text/plain", "application/x-rar-compressed", "application/x-gzip":
		return mediaType, File
	case "text/html", "text/xml":
		return mediaType, File
	}
	return "application/octet-stream", File
}

// markup reports whether text begins a document with the given element, after
// what may come before it.
func markup(head []byte, element string) bool {
	text := strings.ToLower(strings.TrimSpace(strings.TrimPrefix(string(head), "\ufeff")))
	if strings.HasPrefix(text, element) {
		return true
	}
	return (strings.HasPrefix(text, "<?xml") || strings.HasPrefix(text, "<!")) && strings.Contains(text, element)
}

// office tells the documents that are archives apart.
func office(content []byte) string {
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return "application/zip"
	}
	for i, f := range z.File {
		switch {
		case i > 200:
			return "application/zip"
		case strings.HasPrefix(f.Name, "word/"):
			return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
		case strings.HasPrefix(f.Name, "xl/"):
			return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
		case strings.HasPrefix(f.Name, "ppt/"):
			return "application/vnd.openxmlformats-officedocument.presentationml.presentation"
		}
	}
	return "application/zip"
}

// Shown reports whether a browser may show content of the type on a page of
// ours: pictures that are no documents, sounds and films.
func Shown(mediaType string) bool {
	return strings.HasPrefix(mediaType, "image/") && mediaType != "image/svg+xml" || strings.HasPrefix(mediaType, "audio/") || strings.HasPrefix(mediaType, "video/")
}

// Served is the type under which content may be given to a browser: what could
// run there is bytes.
func Served(mediaType string) string {
	if Shown(mediaType) || mediaType == "application/pdf" || mediaType == "application/zip" || strings.HasPrefix(mediaType, "application/vnd.") {
		return mediaType
	}
	return "application/octet-stream"
}

var extensions = map[string][]string{
	"image/png": {".png"}, "image/jpeg": {".jpg", ".jpeg"}, "image/gif": {".gif"}, "image/webp": {".webp"}, "image/bmp": {".bmp"},
	"audio/amr": {".amr"}, "audio/silk": {".silk"}, "audio/mpeg": {".mp3"}, "audio/wave": {".wav"}, "audio/ogg": {".ogg"}, "audio/mp4": {".m4a"},
	"video/mp4": {".mp4", ".m4v", ".mov"}, "video/webm": {".webm"}, "application/pdf": {".pdf"}, "application/zip": {".zip"},
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   {".docx"},
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         {".xlsx"},
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": {".pptx"},
}

// Name makes a harmless file name: its last part only, without control
// characters, marks that turn text around and characters that systems
// treat specially, with an ending that does not belie a known type.
func Name(name, mediaType string) string {
	name = strings.ToValidUTF8(name, "")
	name = path.Base(strings.ReplaceAll(name, "\\", "/"))
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == '\u2028', r == '\u2029', strings.ContainsRune(`<>:"|?*/\`, r):
			return -1
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, name)
	name = strings.Trim(strings.TrimSpace(name), ". ")
	known := extensions[mediaType]
	end := strings.ToLower(path.Ext(name))
	if name == "" {
		name, end = "file", ""
	}
	if known != nil && !slices.Contains(known, end) {
		name, end = name+known[0], known[0]
	}
	if utf8.RuneCountInString(name) > maxName {
		stem := []rune(name[:len(name)-len(end)])
		name = string(stem[:max(1, maxName-utf8.RuneCountInString(end))])
		if len([]rune(end)) < 12 {
			name += end
		}
	}
	return name
}
