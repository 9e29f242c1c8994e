package paper

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/skip2/go-qrcode"
)

const address = "https://pond.example/q/abcdefghijkmnpqr"

// modules reads a square picture back as modules, by the middle of each.
func modules(img image.Image, at image.Rectangle, n int) [][]bool {
	scale := at.Dx() / n
	margin := (at.Dx() - scale*n) / 2
	out := make([][]bool, n)
	for y := range n {
		for x := range n {
			r, _, _, _ := img.At(at.Min.X+margin+x*scale+scale/2, at.Min.Y+margin+y*scale+scale/2).RGBA()
			out[y] = append(out[y], r < 0x8000)
		}
	}
	return out
}

func want(t *testing.T) [][]bool {
	t.Helper()
	q, err := qrcode.New(address, qrcode.Medium)
	if err != nil {
		t.Fatal(err)
	}
	return q.Bitmap()
}

func TestPNG(t *testing.T) {
	for _, size := range []int{MinSize, 301, MaxSize} {
		data, err := PNG(address, size)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil || img.Bounds().Dx() != size {
			t.Fatal(err, img.Bounds())
		}
		if m := want(t); fmt.Sprint(modules(img, img.Bounds(), len(m))) != fmt.Sprint(m) {
			t.Errorf("%d pixels: another code", size)
		}
	}
	if _, err := PNG(address, 20); err == nil {
		t.Error("a code of 20 pixels can be read by nobody")
	}
	if _, err := PNG(strings.Repeat("x", 5000), 500); err == nil {
		t.Error("no code holds 5000 letters")
	}
}

func TestSVG(t *testing.T) {
	data, err := SVG(address, 300)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		ViewBox string `xml:"viewBox,attr"`
		Paths   []struct {
			D string `xml:"d,attr"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	m := want(t)
	got := make([][]bool, len(m))
	for y := range got {
		got[y] = make([]bool, len(m))
	}
	for _, run := range strings.Split(strings.TrimSuffix(doc.Paths[1].D, "z"), "z") {
		var x, y, n, back int
		if _, err := fmt.Sscanf(run, "M%d %dh%dv1h-%d", &x, &y, &n, &back); err != nil {
			t.Fatal(run, err)
		}
		for i := range n {
			got[y][x+i] = true
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(m) || doc.ViewBox != fmt.Sprintf("0 0 %d %d", len(m), len(m)) {
		t.Error("another code")
	}
}

func picture(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = 0x80
	}
	img.Set(0, 0, color.RGBA{255, 0, 0, 255})
	return img
}

func TestPoster(t *testing.T) {
	var jpg, pn bytes.Buffer
	if err := jpeg.Encode(&jpg, picture(600, 800), nil); err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(&pn, picture(600, 800)); err != nil {
		t.Fatal(err)
	}
	for kind, data := range map[string][]byte{"jpeg": jpg.Bytes(), "png": pn.Bytes()} {
		k, w, h, err := Picture(data)
		if err != nil || k != kind || w != 600 || h != 800 {
			t.Fatal(k, w, h, err)
		}
		out, err := Poster(data, address, 380, 570, 200)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		m := want(t)
		if fmt.Sprint(modules(img, image.Rect(380, 570, 580, 770), len(m))) != fmt.Sprint(m) {
			t.Error("the code is not where it should be")
		}
		if _, err := Poster(data, address, 500, 570, 200); err == nil {
			t.Error("a code beyond the edge")
		}
	}
	if _, _, _, err := Picture([]byte("GIF89a")); err == nil {
		t.Error("what is no picture was taken")
	}
	// A header that promises a picture of a hundred thousand pixels a side.
	bomb := bytes.Clone(pn.Bytes())
	copy(bomb[16:], []byte{0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0})
	if _, _, _, err := Picture(bomb); err == nil {
		t.Error("a bomb was taken")
	}
}

func TestSheets(t *testing.T) {
	var back bytes.Buffer
	if err := png.Encode(&back, picture(300, 180)); err != nil {
		t.Fatal(err)
	}
	var cards []Card
	for i := range 23 {
		cards = append(cards, Card{URL: fmt.Sprint(address, i), Label: fmt.Sprintf("No. %06d", i+1)})
	}
	for _, picture := range [][]byte{nil, back.Bytes()} {
		var out bytes.Buffer
		if err := Sheets(&out, cards, picture, "png"); err != nil {
			t.Fatal(err)
		}
		if b := out.Bytes(); !bytes.HasPrefix(b, []byte("%PDF-")) || bytes.Count(b, []byte("/Type /Page\n")) != 3 || len(b) > 1<<20 {
			t.Errorf("%d bytes, %d pages", len(b), bytes.Count(b, []byte("/Type /Page\n")))
		}
		if n := bytes.Count(out.Bytes(), []byte("/Subtype /Image")); n != 2*min(len(picture), 1) { // with its transparency
			t.Errorf("the picture is in it %d times", n)
		}
	}
	if Sheets(&bytes.Buffer{}, make([]Card, MaxSheet+1), nil, "") == nil || Sheets(&bytes.Buffer{}, nil, nil, "") == nil {
		t.Error("too many or none")
	}
}
