package paper

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// Limits of a poster's picture.
const (
	MaxPicture = 3 << 20 // bytes
	maxSide    = 4096    // pixels: 64 MB when unpacked
)

// Picture says what a picture is without unpacking it: png or jpeg, and its
// size in pixels. A picture that is too large to unpack is an error.
func Picture(data []byte) (kind string, width, height int, err error) {
	c, kind, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return "", 0, 0, fmt.Errorf("paper: %w", err)
	}
	if c.Width > maxSide || c.Height > maxSide || c.Width < MinSize || c.Height < MinSize {
		return "", 0, 0, fmt.Errorf("paper: a picture of %d × %d pixels; it must have %d to %d a side", c.Width, c.Height, MinSize, maxSide)
	}
	return kind, c.Width, c.Height, nil
}

// Place is where the code of a poster goes: a square of Size pixels whose upper
// left corner is X, Y.
type Place struct{ X, Y, Size int }

func (p Place) code() image.Rectangle { return image.Rect(p.X, p.Y, p.X+p.Size, p.Y+p.Size) }

// Caption is where the words of a poster of w × h pixels go: below the code, or
// above it where there is no room below. ok is false when there is none at all.
func (p Place) Caption(w, h int) (at image.Rectangle, ok bool) {
	high := p.Size * 3 / 10
	below, above := image.Rect(p.X, p.Y+p.Size, p.X+p.Size, p.Y+p.Size+high), image.Rect(p.X, p.Y-high, p.X+p.Size, p.Y)
	all := image.Rect(0, 0, w, h)
	if below.In(all) {
		return below, true
	}
	return above, above.In(all)
}

// Poster is a picture with the QR code of text on it, as PNG, with two lines of
// words beside it; none where both are empty. Code and words lie within the
// picture.
func Poster(picture []byte, text string, p Place, words ...string) ([]byte, error) {
	if _, _, _, err := Picture(picture); err != nil {
		return nil, err
	}
	back, _, err := image.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, fmt.Errorf("paper: %w", err)
	}
	qr, err := code(text, p.Size)
	if err != nil {
		return nil, err
	}
	b := back.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Bounds(), back, b.Min, draw.Src)
	if !p.code().In(out.Bounds()) {
		return nil, fmt.Errorf("paper: the code at %v is not within the picture %v", p.code(), out.Bounds())
	}
	draw.Draw(out, p.code(), qr, image.Point{}, draw.Src)
	if len(words) > 0 {
		at, ok := p.Caption(b.Dx(), b.Dy())
		if !ok {
			return nil, fmt.Errorf("paper: no room for words beside the code at %v in %v", p.code(), out.Bounds())
		}
		if err := caption(out, at, words); err != nil {
			return nil, err
		}
	}
	return encode(out)
}

// caption writes lines into a white box, each as large as it fits.
func caption(out *image.RGBA, at image.Rectangle, lines []string) error {
	t, err := unpacked()
	if err != nil {
		return err
	}
	draw.Draw(out, at, image.White, image.Point{}, draw.Src)
	high := at.Dy() / len(lines)
	for i, line := range lines {
		box := image.Rect(at.Min.X, at.Min.Y+i*high, at.Max.X, at.Min.Y+(i+1)*high)
		if err := t.write(out, box, t.printable(line)); err != nil {
			return err
		}
	}
	return nil
}

// write draws a line in the middle of a box: smaller where it is too long, and
// cut where it would become too small to read.
func (t *typeface) write(out *image.RGBA, box image.Rectangle, line string) error {
	size, room := float64(box.Dy())*0.66, float64(box.Dx())*0.94
	face, err := opentype.NewFace(t.font, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return fmt.Errorf("paper: %w", err)
	}
	width := func(s string) float64 { return float64(font.MeasureString(face, s)) / 64 }
	if w := width(line); w > room {
		size = max(size*room/w, float64(box.Dy())*0.4)
		if face, err = opentype.NewFace(t.font, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone}); err != nil {
			return fmt.Errorf("paper: %w", err)
		}
		if width(line) > room {
			line = shorten(line, room, width)
		}
	}
	m := face.Metrics()
	d := font.Drawer{Dst: out, Src: image.NewUniform(color.Gray{Y: 20}), Face: face}
	d.Dot = fixed.Point26_6{
		X: fixed.I(box.Min.X) + (fixed.I(box.Dx())-font.MeasureString(face, line))/2,
		Y: fixed.I(box.Min.Y) + (fixed.I(box.Dy())+m.Ascent-m.Descent)/2,
	}
	d.DrawString(line)
	return nil
}
