package paper

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"

	"golang.org/x/image/draw"
)

// PortraitSide is a side of a portrait in pixels.
const PortraitSide = 240

// Portrait makes the middle of a picture a small square JPEG. It is drawn anew:
// nothing else that the file held (a place, a device, a script) is in it.
func Portrait(picture []byte) ([]byte, error) {
	if _, _, _, err := Picture(picture); err != nil {
		return nil, err
	}
	img, _, err := image.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, fmt.Errorf("paper: %w", err)
	}
	b := img.Bounds()
	side := min(b.Dx(), b.Dy())
	from := image.Rect(0, 0, side, side).Add(b.Min).Add(image.Pt((b.Dx()-side)/2, (b.Dy()-side)/2))
	out := image.NewRGBA(image.Rect(0, 0, PortraitSide, PortraitSide))
	draw.Draw(out, out.Bounds(), image.White, image.Point{}, draw.Src)
	draw.ApproxBiLinear.Scale(out, out.Bounds(), img, from, draw.Over, nil)
	var file bytes.Buffer
	err = jpeg.Encode(&file, out, &jpeg.Options{Quality: 85})
	return file.Bytes(), err
}
