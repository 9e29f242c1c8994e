// Package paper draws what is put on paper and screens: QR codes as PNG and
// SVG, posters with a code on a picture, and sheets of cards as PDF.
package paper

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	_ "image/jpeg" // a poster's picture may be one
	"image/png"
	"strings"

	"github.com/skip2/go-qrcode"
)

// Sizes of pictures in pixels.
const (
	MinSize = 120
	MaxSize = 2048
)

// matrix is a QR code's modules with the quiet zone of four around them, which
// readers need; true is dark. Level M mends 15 % of damage: enough for paper.
func matrix(text string) ([][]bool, error) {
	q, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return nil, fmt.Errorf("paper: %w", err)
	}
	return q.Bitmap(), nil
}

// code draws a QR code of at most size pixels a side, each module the same
// whole number of pixels, so that it stays sharp.
func code(text string, size int) (*image.Paletted, error) {
	m, err := matrix(text)
	if err != nil {
		return nil, err
	}
	scale := size / len(m)
	if scale < 1 {
		return nil, fmt.Errorf("paper: %d modules do not fit into %d pixels", len(m), size)
	}
	img := image.NewPaletted(image.Rect(0, 0, size, size), color.Palette{color.White, color.Black})
	margin := (size - scale*len(m)) / 2
	for y, row := range m {
		for x, dark := range row {
			if dark {
				at := image.Rect(x*scale, y*scale, (x+1)*scale, (y+1)*scale).Add(image.Pt(margin, margin))
				draw.Draw(img, at, image.Black, image.Point{}, draw.Src)
			}
		}
	}
	return img, nil
}

// PNG is a QR code as a square picture of size pixels, MinSize … MaxSize.
func PNG(text string, size int) ([]byte, error) {
	img, err := code(text, size)
	if err != nil {
		return nil, err
	}
	return encode(img)
}

func encode(img image.Image) ([]byte, error) {
	var out bytes.Buffer
	err := png.Encode(&out, img)
	return out.Bytes(), err
}

// SVG is a QR code as vectors, of size pixels unless it is scaled.
func SVG(text string, size int) ([]byte, error) {
	m, err := matrix(text)
	if err != nil {
		return nil, err
	}
	var path strings.Builder
	runs(m, func(x, y, n int) { fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x, y, n, n) })
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path d="%s"/></svg>`,
		size, size, len(m), len(m), len(m), len(m), path.String()), nil
}

// runs calls fn for each run of dark modules in a row.
func runs(m [][]bool, fn func(x, y, n int)) {
	for y, row := range m {
		for x := 0; x < len(row); x++ {
			n := 0
			for x+n < len(row) && row[x+n] {
				n++
			}
			if n > 0 {
				fn(x, y, n)
				x += n
			}
		}
	}
}
