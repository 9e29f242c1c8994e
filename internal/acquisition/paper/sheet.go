package paper

import (
	"bytes"
	"fmt"
	"io"

	"codeberg.org/go-pdf/fpdf"
)

// MaxSheet is how many cards a document has at most.
const MaxSheet = 2000

// Card is one card of a sheet.
type Card struct {
	URL   string // what its QR code holds
	Label string // printed below
}

// Sheet is what is printed. Texts may hold any character: those that the font
// lacks are boxes.
type Sheet struct {
	Cards   []Card // 1 … MaxSheet
	Brand   string
	Title   string
	Text    string
	Hint    string // below each code: what it is for
	Picture []byte // a PNG or JPEG behind each card, instead of the texts
	Kind    string // of the picture: png or jpeg
	Stand   bool   // one to a page of A5, to stand on a till
}

// A4 holds ten cards of the size of business cards, in millimetres.
const (
	cardW, cardH   = 90.0, 54.0
	columns, rows  = 2, 5
	sheetX, sheetY = 15.0, 13.5
	qrSide         = 36.0
	standW, standH = 148.0, 210.0 // A5
	standSide      = 90.0
	family         = "typeface"
)

// Write writes a sheet as PDF: cards ten to a page of A4 with hairlines to cut
// along, the code at the right; or stands.
func (s Sheet) Write(w io.Writer) error {
	if len(s.Cards) == 0 || len(s.Cards) > MaxSheet {
		return fmt.Errorf("paper: %d cards; a document has 1 to %d", len(s.Cards), MaxSheet)
	}
	face, err := unpacked()
	if err != nil {
		return err
	}
	for _, text := range []*string{&s.Brand, &s.Title, &s.Text, &s.Hint} {
		*text = face.printable(*text)
	}
	size := "A4"
	if s.Stand {
		size = "A5"
	}
	doc := fpdf.New("P", "mm", size, "")
	doc.SetAutoPageBreak(false, 0)
	doc.SetCompression(true)
	doc.AddUTF8FontFromBytes(family, "", face.file)
	doc.SetDrawColor(200, 200, 200)
	doc.SetLineWidth(0.1)
	if len(s.Picture) > 0 {
		doc.RegisterImageOptionsReader("back", s.options(), bytes.NewReader(s.Picture))
	}
	for i, c := range s.Cards {
		c.Label = face.printable(c.Label)
		if s.Stand {
			doc.AddPage()
			err = s.stand(doc, c)
		} else {
			if i%(columns*rows) == 0 {
				doc.AddPage()
			}
			err = s.card(doc, c, sheetX+float64(i%columns)*cardW, sheetY+float64(i/columns%rows)*cardH)
		}
		if err != nil {
			return err
		}
	}
	if err := doc.Output(w); err != nil {
		return fmt.Errorf("paper: %w", err)
	}
	return nil
}

func (s Sheet) options() fpdf.ImageOptions { return fpdf.ImageOptions{ImageType: s.Kind} }

// card draws one card whose upper left corner is x, y.
func (s Sheet) card(doc *fpdf.Fpdf, c Card, x, y float64) error {
	if len(s.Picture) > 0 {
		doc.ImageOptions("back", x, y, cardW, cardH, false, s.options(), 0, "")
	} else {
		const left, width = 5.0, cardW - qrSide - 14
		at := y + 5
		at = block(doc, s.Brand, 8, 100, x+left, at, width, 3.6, 1)
		at = block(doc, s.Title, 13, 20, x+left, at+1.5, width, 5.6, 3)
		block(doc, s.Text, 8, 70, x+left, at+1.5, width, 3.8, int((y+cardH-4-at-1.5)/3.8))
	}
	doc.Rect(x, y, cardW, cardH, "D")
	return face(doc, c, s.Hint, x+cardW-qrSide-5, y+3.5, qrSide, 7.5)
}

// stand draws one page for a till.
func (s Sheet) stand(doc *fpdf.Fpdf, c Card) error {
	if len(s.Picture) > 0 {
		doc.ImageOptions("back", 0, 0, standW, standH, false, s.options(), 0, "")
	} else {
		at := centred(doc, s.Brand, 16, 100, 16, 1)
		at = centred(doc, s.Title, 28, 20, at+3, 2)
		centred(doc, s.Text, 13, 70, at+3, 3)
	}
	return face(doc, c, s.Hint, (standW-standSide)/2, 88, standSide, 15)
}

// block writes text of a size in points and a grey into a column of so many
// lines at most, and returns where it ends.
func block(doc *fpdf.Fpdf, text string, points float64, grey int, x, y, width, height float64, most int) float64 {
	if text == "" || most < 1 {
		return y
	}
	doc.SetFont(family, "", points)
	doc.SetTextColor(grey, grey, grey)
	for _, line := range wrap(text, width, most, doc.GetStringWidth) {
		doc.SetXY(x, y)
		doc.CellFormat(width, height, line, "", 0, "L", false, 0, "")
		y += height
	}
	return y
}

func centred(doc *fpdf.Fpdf, text string, points float64, grey int, y float64, most int) float64 {
	const margin = 12.0
	if text == "" {
		return y
	}
	doc.SetFont(family, "", points)
	doc.SetTextColor(grey, grey, grey)
	for _, line := range wrap(text, standW-2*margin-4, most, doc.GetStringWidth) {
		doc.SetXY(margin, y)
		doc.CellFormat(standW-2*margin, points*0.5, line, "", 0, "C", false, 0, "")
		y += points * 0.5
	}
	return y
}

// face draws a card's code as vectors on white, with the hint and the label
// below, of below millimetres together.
func face(doc *fpdf.Fpdf, c Card, hint string, x, y, size, below float64) error {
	m, err := matrix(c.URL)
	if err != nil {
		return err
	}
	side := size / float64(len(m))
	doc.SetFillColor(255, 255, 255)
	doc.Rect(x, y, size, size+below, "F")
	doc.SetFillColor(0, 0, 0)
	runs(m, func(cx, cy, n int) {
		doc.Rect(x+float64(cx)*side, y+float64(cy)*side, float64(n)*side, side, "F")
	})
	y += size
	for i, line := range []string{hint, c.Label} {
		if line == "" {
			continue
		}
		points := below * (1.25 - 0.35*float64(i))
		doc.SetFont(family, "", points)
		doc.SetTextColor(20, 20, 20)
		if doc.GetStringWidth(line) > size {
			line = shorten(line, size, doc.GetStringWidth)
		}
		doc.SetXY(x, y)
		doc.CellFormat(size, below/2, line, "", 0, "C", false, 0, "")
		y += below / 2
	}
	return nil
}
