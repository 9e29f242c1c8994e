package paper

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"

	"github.com/skip2/go-qrcode"
	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"
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
		out, err := Poster(data, address, Place{380, 570, 200})
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
		if _, err := Poster(data, address, Place{500, 570, 200}); err == nil {
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
		if err := (Sheet{Cards: cards, Title: "谢谢惠顾", Brand: "鱼塘", Text: hostile, Hint: "扫码领取", Picture: picture, Kind: "png"}).Write(&out); err != nil {
			t.Fatal(err)
		}
		if b := out.Bytes(); !bytes.HasPrefix(b, []byte("%PDF-")) || bytes.Count(b, []byte("/Type /Page\n")) != 3 || len(b) > 1<<20 {
			t.Errorf("%d bytes, %d pages", len(b), bytes.Count(b, []byte("/Type /Page\n")))
		}
		if n := bytes.Count(out.Bytes(), []byte("/Subtype /Image")); n != 2*min(len(picture), 1) { // with its transparency
			t.Errorf("the picture is in it %d times", n)
		}
		if !bytes.Contains(out.Bytes(), []byte("/FontFile2")) || len(out.Bytes()) > 400_000 {
			t.Errorf("the font is not in it, or not cut down: %d bytes", out.Len())
		}
	}
	if (Sheet{Cards: make([]Card, MaxSheet+1)}).Write(&bytes.Buffer{}) == nil || (Sheet{}).Write(&bytes.Buffer{}) == nil {
		t.Error("too many or none")
	}
	var stands bytes.Buffer
	if err := (Sheet{Cards: cards[:2], Title: "会员有礼", Brand: "鱼塘", Hint: "扫码添加 小鱼", Stand: true}).Write(&stands); err != nil || bytes.Count(stands.Bytes(), []byte("/Type /Page\n")) != 2 {
		t.Error(err)
	}
}

// hostile is text that has broken printers before.
const hostile = "生僻字𠮷龘 emoji 👨‍👩‍👧‍👦🎉 \u202e反 \x00\x07 العربية ไทย " + "Latin-word-that-is-far-too-long-for-a-line-of-a-card é ß 一二三，四五六。\n第二行"

func TestPrintable(t *testing.T) {
	face, err := unpacked()
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{"鱼塘 Fishpond": "鱼塘 Fishpond", "扫码添加小鱼": "扫码添加小鱼", "𠮷": "□", "🎉好": "□好", "👍🏽": "□□", "a\u200bb\x00": "ab", "x\ty": "x y",
		"\xff": "□", "❤️": "□", "“引号”—…€": "“引号”—…€"} {
		if got := face.printable(in); got != want {
			t.Errorf("%q is printed as %q, not %q", in, got, want)
		}
	}
	missing := 0
	for hi := byte(0xB0); hi <= 0xF7; hi++ { // the hanzi of GB 2312
		for lo := byte(0xA1); lo <= 0xFE; lo++ {
			r, err := simplifiedchinese.GBK.NewDecoder().String(string([]byte{hi, lo}))
			if err == nil && !strings.ContainsAny(r, "\ufffd") && (hi != 0xD7 || lo < 0xFA) && face.printable(r) != r {
				missing++
			}
		}
	}
	if missing > 0 {
		t.Errorf("%d characters of GB 2312 are missing", missing)
	}
}

// Nothing that is written makes the printer fail, and lines stay within their
// width.
func TestAnyTextPrints(t *testing.T) {
	wide := func(s string) float64 { return float64(len([]rune(s))) }
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Just(hostile), rapid.StringOf(rapid.SampledFrom([]rune("ab 鱼塘，\n")))).Draw(t, "text")
		width, most := float64(rapid.IntRange(2, 12).Draw(t, "width")), rapid.IntRange(1, 4).Draw(t, "most")
		lines := wrap(text, width, most, wide)
		if len(lines) == 0 || len(lines) > most {
			t.Fatalf("%d lines", len(lines))
		}
		for _, l := range lines {
			if wide(l) > width {
				t.Fatalf("%q is wider than %v", l, width)
			}
		}
		if rapid.IntRange(0, 9).Draw(t, "print") > 0 { // a font takes its time
			return
		}
		if err := (Sheet{Cards: []Card{{URL: "https://a.example", Label: text}}, Title: text, Text: text, Brand: text, Hint: text}).Write(io.Discard); err != nil {
			t.Fatal(err)
		}
	})
}

func TestPosterWords(t *testing.T) {
	var pn bytes.Buffer
	if err := png.Encode(&pn, picture(600, 800)); err != nil {
		t.Fatal(err)
	}
	dark := func(p Place, words ...string) (n int) {
		t.Helper()
		out, err := Poster(pn.Bytes(), address, p, words...)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		at, _ := p.Caption(600, 800)
		for y := at.Min.Y; y < at.Max.Y; y++ {
			for x := at.Min.X; x < at.Max.X; x++ {
				if r, _, _, _ := img.At(x, y).RGBA(); r < 0x4000 {
					n++
				}
			}
		}
		return n
	}
	below, above := Place{200, 300, 200}, Place{200, 590, 200}
	if at, ok := below.Caption(600, 800); !ok || at.Min.Y != 500 {
		t.Errorf("%v", at)
	}
	if at, ok := above.Caption(600, 800); !ok || at.Max.Y != 590 {
		t.Errorf("%v", at)
	}
	if _, ok := (Place{200, 20, 770}).Caption(1000, 800); ok {
		t.Error("room where there is none")
	}
	for _, p := range []Place{below, above} {
		if n := dark(p, "扫码添加 小鱼", "鱼塘"); n < 300 {
			t.Errorf("only %d dark pixels in the words", n)
		}
		dark(p, strings.Repeat("很长的名字", 40), hostile)
	}
	if n := dark(below); n != 0 {
		t.Errorf("%d dark pixels without words", n)
	}
	if _, err := Poster(pn.Bytes(), address, Place{0, 5, 595}, "x"); err != nil {
		t.Error(err)
	}
	if _, err := Poster(pn.Bytes(), address, Place{0, 110, 580}, "x"); err == nil {
		t.Error("words beyond the edge")
	}
}
