package media

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
)

func TestSniff(t *testing.T) {
	var docx bytes.Buffer
	z := zip.NewWriter(&docx)
	for _, n := range []string{"[Content_Types].xml", "word/document.xml"} {
		if _, err := z.Create(n); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ content, mediaType, kind string }{
		{"\x89PNG\r\n\x1a\n....", "image/png", Image},
		{"\xff\xd8\xff\xe0", "image/jpeg", Image},
		{"GIF89a", "image/gif", Image},
		{"#!AMR\n\x3c", "audio/amr", Voice},
		{"\xff\xfb\x90\x00", "audio/mpeg", Voice},
		{"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", "video/mp4", Video},
		{"%PDF-1.7", "application/pdf", File},
		{docx.String(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", File},
		{`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`, "image/svg+xml", File},
		{"\ufeff <?xml version=\"1.0\"?>\n<!-- x --><SVG onload=x>", "image/svg+xml", File},
		{"<!DOCTYPE html><script>alert(1)</script>", "text/html", File},
		{"MZ\x90\x00\x03", "application/octet-stream", File},
		{"hello", "text/plain", File},
		{"", "text/plain", File},
	} {
		mediaType, kind := Sniff([]byte(c.content))
		if mediaType != c.mediaType || kind != c.kind {
			t.Errorf("%.20q: %s %s, want %s %s", c.content, mediaType, kind, c.mediaType, c.kind)
		}
		if runs := strings.Contains(c.content, "script") || strings.Contains(c.content, "SVG"); runs && (Shown(mediaType) || Served(mediaType) != "application/octet-stream") {
			t.Errorf("%.20q would be shown as %s", c.content, Served(mediaType))
		}
	}
}

func TestName(t *testing.T) {
	for _, c := range []struct{ name, mediaType, want string }{
		{"../../etc/passwd", "application/octet-stream", "passwd"},
		{`..\..\x.png`, "image/png", "x.png"},
		{"报价单.pdf", "application/pdf", "报价单.pdf"},
		{"photo\u202egnp.exe", "image/png", "photognp.exe.png"},
		{"a\x00b\r\nc\u200b.txt", "text/plain", "abc.txt"},
		{"", "image/jpeg", "file.jpg"},
		{"...", "video/mp4", "file.mp4"},
		{"IMG.JPEG", "image/jpeg", "IMG.JPEG"},
		{`"quoted"<b>|?.zip`, "application/zip", "quotedb.zip"},
		{strings.Repeat("长", 300) + ".png", "image/png", strings.Repeat("长", 96) + ".png"},
		{"x." + strings.Repeat("y", 300), "application/octet-stream", "x"},
	} {
		if got := Name(c.name, c.mediaType); got != c.want {
			t.Errorf("%.40q: %q, want %q", c.name, got, c.want)
		}
	}
}
