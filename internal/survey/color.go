package survey

import "math"

// luminance is how bright a colour is, from 0 to 1 (WCAG 2.2, relative
// luminance).
func luminance(rgb uint64) float64 {
	channel := func(n uint64) float64 {
		c := float64(n&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(rgb>>16) + 0.7152*channel(rgb>>8) + 0.0722*channel(rgb)
}
