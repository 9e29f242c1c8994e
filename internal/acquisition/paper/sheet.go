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
	Label string // printed below, in Latin letters and digits
}

// A4 holds ten cards of the size of business cards, in millimetres.
const (
	cardW, cardH   = 90.0, 54.0
	columns, rows  = 2, 5
	sheetX, sheetY = 15.0, 13.5
	qrSide         = 38.0
)

// Sheets writes cards as a PDF on A4, ten a page with hairlines to cut along.
// picture, when not empty, is a PNG or JPEG behind each card; the code stands
// at its right.
func Sheets(w io.Writer, cards []Card, picture []byte, kind string) error {
	if len(cards) == 0 || len(cards) > MaxSheet {
		return fmt.Errorf("paper: %d cards; a document has 1 to %d", len(cards), MaxSheet)
	}
	doc := fpdf.New("P", "mm", "A4", "")
	doc.SetAutoPageBreak(false, 0)
	doc.SetFont("Helvetica", "", 8)
	doc.SetDrawColor(200, 200, 200)
	doc.SetLineWidth(0.1)
	options := fpdf.ImageOptions{ImageType: kind}
	if len(picture) > 0 {
		doc.RegisterImageOptionsReader("back", options, bytes.NewReader(picture))
	}
	for i, c := range cards {
		if i%(columns*rows) == 0 {
			doc.AddPage()
		}
		x := sheetX + float64(i%columns)*cardW
		y := sheetY + float64(i/columns%rows)*cardH
		if len(picture) > 0 {
			doc.ImageOptions("back", x, y, cardW, cardH, false, options, 0, "")
		}
		doc.Rect(x, y, cardW, cardH, "D")
		if err := face(doc, c, x+cardW-qrSide-5, y+4); err != nil {
			return err
		}
	}
	if err := doc.Output(w); err != nil {
		return fmt.Errorf("paper: %w", err)
	}
	return nil
}

// face draws a card's code as vectors, with its label below.
func face(doc *fpdf.Fpdf, c Card, x, y float64) error {
	m, err := matrix(c.URL)
	if err != nil {
		return err
	}
	side := qrSide / float64(len(m))
	doc.SetFillColor(255, 255, 255)
	doc.Rect(x, y, qrSide, qrSide+6, "F")
	doc.SetFillColor(0, 0, 0)
	runs(m, func(cx, cy, n int) {
		doc.Rect(x+float64(cx)*side, y+float64(cy)*side, float64(n)*side, side, "F")
	})
	doc.SetXY(x, y+qrSide)
	doc.CellFormat(qrSide, 5, c.Label, "", 0, "C", false, 0, "")
	return nil
}
