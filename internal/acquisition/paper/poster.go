package paper

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
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

// Poster is a picture with the QR code of text on it, as PNG: a square of size
// pixels whose upper left corner is x, y. The square lies within the picture.
func Poster(picture []byte, text string, x, y, size int) ([]byte, error) {
	if _, _, _, err := Picture(picture); err != nil {
		return nil, err
	}
	back, _, err := image.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, fmt.Errorf("paper: %w", err)
	}
	qr, err := code(text, size)
	if err != nil {
		return nil, err
	}
	b := back.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Bounds(), back, b.Min, draw.Src)
	at := image.Rect(x, y, x+size, y+size)
	if !at.In(out.Bounds()) {
		return nil, fmt.Errorf("paper: the code at %v is not within the picture %v", at, out.Bounds())
	}
	draw.Draw(out, at, qr, image.Point{}, draw.Src)
	return encode(out)
}
