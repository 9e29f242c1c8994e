package simulator

import (
	"fmt"
	"hash/fnv"
	"html"
	"net/http"
	"net/url"
	"strings"

	"github.com/skip2/go-qrcode"
)

// codes are the pictures of QR codes, portraits and uploaded files.
func (s *Server) codes(m *http.ServeMux) {
	m.HandleFunc("GET /qr/{kind}/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.picture(w, r, r.PathValue("kind")+"/"+r.PathValue("id"), r.URL.RawQuery)
	})
	// 「通过ticket换取二维码」 of the official account platform.
	m.HandleFunc("GET /cgi-bin/showqrcode", func(w http.ResponseWriter, r *http.Request) {
		code, ok := s.oa.CodeOfTicket(r.URL.Query().Get("ticket"))
		if !ok {
			http.NotFound(w, r)
			return
		}
		s.picture(w, r, code, "")
	})
	m.HandleFunc("GET /media/{corp}/{id}", func(w http.ResponseWriter, r *http.Request) {
		c := s.wecom.Corp(r.PathValue("corp"))
		if c == nil {
			http.NotFound(w, r)
			return
		}
		f, ok := c.MediaFile(r.PathValue("id"))
		if !ok {
			http.NotFound(w, r)
			return
		}
		// What a brand uploads is shown as a picture or saved, never run.
		kind := http.DetectContentType(f.Data)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if !strings.HasPrefix(kind, "image/") {
			kind = "application/octet-stream"
			w.Header().Set("Content-Disposition", `attachment; filename="`+url.PathEscape(f.Name)+`"`)
		}
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(f.Data)
	})
	m.HandleFunc("GET /avatar/{id}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/svg+xml")
		w.Header().Set("Cache-Control", "max-age=86400")
		fmt.Fprint(w, portrait(r.PathValue("id")))
	})
}

// picture answers with the picture of a code that holds /scan/…; a person who opens
// its address in a browser comes to that page.
func (s *Server) picture(w http.ResponseWriter, r *http.Request, code, query string) {
	target := "/scan/" + code
	if query != "" {
		target += "?" + query
	}
	if strings.Contains(r.Header.Get("Accept"), "text/html") {
		http.Redirect(w, r, target, http.StatusFound)
		return
	}
	png, err := qrcode.Encode(s.wecom.Base(r)+target, qrcode.Medium, 400)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	_, _ = w.Write(png)
}

// portrait is a coloured disc with a letter, the same for the same id.
func portrait(id string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	letter := html.EscapeString(strings.ToUpper(id[:min(len(id), 1)]))
	if len(id) > 3 {
		letter = html.EscapeString(string([]rune(id)[len([]rune(id))-1:]))
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="10" fill="hsl(%d 45%% 55%%)"/>`+
		`<text x="32" y="42" font-size="28" font-family="sans-serif" text-anchor="middle" fill="#fff">%s</text></svg>`, h.Sum32()%360, letter)
}
