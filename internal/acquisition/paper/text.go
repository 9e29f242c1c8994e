package paper

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
)

// typefaceGZ is a font with the characters of GB 2312; see font/README.md.
//
//go:embed font/NotoSansSC-GB2312.ttf.gz
var typefaceGZ []byte

// typeface is a font that is part of the program, as its file and as what was
// read of it.
type typeface struct {
	file []byte
	font *sfnt.Font
}

// unpacked unpacks the font when it is first needed: many a server prints
// nothing.
var unpacked = sync.OnceValues(func() (*typeface, error) {
	r, err := gzip.NewReader(bytes.NewReader(typefaceGZ))
	if err != nil {
		return nil, fmt.Errorf("paper: font: %w", err)
	}
	t := &typeface{}
	if t.file, err = io.ReadAll(r); err != nil {
		return nil, fmt.Errorf("paper: font: %w", err)
	}
	if t.font, err = opentype.Parse(t.file); err != nil {
		return nil, fmt.Errorf("paper: font: %w", err)
	}
	return t, nil
})

// missing stands for a character that the font does not have.
const missing = '□'

// printable is text as the font can print it: a character that it lacks is a
// box, what has no shape of its own vanishes, and blanks are plain blanks.
func (t *typeface) printable(s string) string {
	var buf sfnt.Buffer
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r), unicode.Is(unicode.Mn, r):
			return -1
		}
		if i, err := t.font.GlyphIndex(&buf, r); err != nil || i == 0 {
			return missing
		}
		return r
	}, strings.ToValidUTF8(s, string(missing)))
}

// wrap breaks text into lines of at most width, as measure says, and at most
// most lines; what is left over is cut with an ellipsis. Latin words stay
// whole where they fit into a line.
func wrap(text string, width float64, most int, measure func(string) float64) (lines []string) {
	for _, part := range strings.Split(text, "\n") {
		line := ""
		for _, piece := range pieces(part) {
			for measure(line+piece) > width && line+piece != "" {
				if line == "" { // longer than a line: as much of it as fits
					cut := fits(piece, width, measure)
					lines, piece = append(lines, piece[:cut]), piece[cut:]
					continue
				}
				lines, line = append(lines, strings.TrimRight(line, " ")), ""
				piece = strings.TrimLeft(piece, " ")
			}
			line += piece
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	if len(lines) > most {
		lines = lines[:most]
		lines[most-1] = shorten(lines[most-1]+"…", width, measure)
	}
	return lines
}

// pieces are what a line can be broken between: words and single characters of
// East Asian writing.
func pieces(s string) (out []string) {
	word := ""
	for _, r := range s {
		if r < 0x2E80 && r != ' ' {
			word += string(r)
			continue
		}
		if word != "" {
			out, word = append(out, word), ""
		}
		out = append(out, string(r))
	}
	if word != "" {
		out = append(out, word)
	}
	return out
}

// fits is how many bytes of s fit into width: at least one character.
func fits(s string, width float64, measure func(string) float64) int {
	end := 0
	for i, r := range s {
		next := i + len(string(r))
		if end > 0 && measure(s[:next]) > width {
			break
		}
		end = next
	}
	return end
}

// shorten cuts a line that is too wide and says so with an ellipsis.
func shorten(s string, width float64, measure func(string) float64) string {
	r := []rune(strings.TrimSuffix(s, "…"))
	for len(r) > 0 && measure(string(r)+"…") > width {
		r = r[:len(r)-1]
	}
	return string(r) + "…"
}
